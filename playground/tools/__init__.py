"""Tools that a model may call: read from Python functions, and a few that this app can carry out itself.

Nothing that a user or a model wrote is executed: functions are parsed, expressions are evaluated node by node.
"""

from .builtins import BUILTINS, Builtin, call_builtin
from .functions import ReadTools, read_functions

__all__ = ["BUILTINS", "Builtin", "ReadTools", "call_builtin", "read_functions"]
