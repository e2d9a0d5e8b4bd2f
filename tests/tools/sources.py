"""Random pieces of Python source that is valid, and often strange: annotations, fields, classes and functions."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

OWN = ["A", "B", "C", "T", "U"]
NAMES = ["f", "f", "f", "g", "g", "g", "größe", "x" * 65]
HEADS = [
    "Literal", "Annotated", "Required", "NotRequired", "Final", "ClassVar", "Union", "Optional", "list", "List", "set",
    "frozenset", "tuple", "Tuple", "dict", "Mapping", "typing.Sequence", "Strange", "A", "T", "f()",
]  # fmt: skip
VALUES = st.sampled_from([
    "None", "True", "...", "0", "-1", "2.5", "1e999", "-1e999", "1j", "1 + 1j", "'a'", "b'a'", "''", "'\\ud800'", "[]", "()",
    "{}", "{1}", "[1, 'a']", "(1, (2,))", "{'a': 1}", "{1: 2}", "{[]: 1}", "{**{}}", "[*'ab']", "(-'a')", "(not 1)", "f'{x}'", "x",
    "x.y", "A.M", "A.M.value", "auto()", "list", "f(1)", "(lambda: 1)", "A", "0x" + "f" * 5000, "[" * 60 + "]" * 60, "[b'a']",
])  # fmt: skip
KEYS = st.sampled_from([
    "ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "description", "title", "examples",
    "default", "default_factory", "alias", "repr", "**",
])  # fmt: skip


def _call(pairs: list[tuple[str, str]], head: str, first: list[str]) -> str:
    words = [f"{key} {value}" if key == "**" else f"{key}={value}" for key, value in dict(pairs).items()]
    return f"{head}({', '.join([*first, *words])})"


FIELDS = st.builds(
    _call,
    st.lists(st.tuples(KEYS, VALUES), max_size=4),
    st.sampled_from(["Field", "pydantic.Field", "field", "Ge", "MinLen", "Doc", "Query"]),
    st.lists(VALUES, max_size=1),
)


def _wider(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    within = st.lists(st.one_of(inner, VALUES, FIELDS), max_size=3).map(lambda parts: ", ".join(parts) or "()")
    return st.one_of(
        st.builds(lambda head, parts: f"{head}[{parts}]", st.sampled_from(HEADS), within),
        st.lists(inner, min_size=2, max_size=3).map(" | ".join),
        inner.map(repr),
    )


ANNOTATIONS = st.recursive(
    st.one_of(st.sampled_from(["str", "int", "bool", "Any", "None", "list", "set", "date", "Strange", *OWN]), VALUES), _wider, max_leaves=8
)  # fmt: skip
DEFAULTS = st.one_of(st.just(""), VALUES.map(" = {}".format), FIELDS.map(" = {}".format))


def _lines(head: str, body: list[str]) -> str:
    return "\n    ".join([head, *(body or ["pass"])])


_LINES = st.one_of(
    st.builds("{}: {}{}".format, st.sampled_from(["a", "b", "M"]), ANNOTATIONS, DEFAULTS),
    st.builds("{} = {}".format, st.sampled_from(["M", "N", "M, N", "_x", "x.y"]), VALUES),
    st.sampled_from(["'Text.'", "def m(self): ...", "'''Text.\n\n    Attributes:\n        a (int): Text.\n    '''"]),
)
_BASES = st.sampled_from([
    "", "()", "(BaseModel)", "(TypedDict, total=False)", "(TypedDict, total=x)", "(str, Enum)", "(StrEnum)", "(IntFlag)", "(A)",
    "(B, C)", "(C, C)", "(Strange)", "(f(1), *x, metaclass=y)", "(Generic[T])",
])  # fmt: skip
CLASSES = st.builds(
    lambda name, bases, lines: _lines(f"class {name}{bases}:", lines),
    st.sampled_from(["A", "B", "C"]), _BASES, st.lists(_LINES, max_size=4),
)  # fmt: skip
ALIASES = st.builds("{} = {}".format, st.sampled_from(["T", "U", "U: TypeAlias"]), ANNOTATIONS)
_DOCSTRINGS = st.sampled_from(
    ["...", "'Does it.'", "'''Does it.\n\n    Args:\n        a (A): one\n        b (list[): two\n    '''"]
)


def _function(name: str, parameters: list[tuple[str, str, str]], body: str) -> str:
    written = ", ".join(f"{name}{kind}{default}" for name, kind, default in parameters)
    return _lines(f"def {name}(*, {written}):" if parameters else f"def {name}():", [body])


FUNCTIONS = st.builds(
    _function,
    st.sampled_from(NAMES),
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "größe"]), st.one_of(st.just(""), ANNOTATIONS.map(": {}".format)), DEFAULTS
        ),
        max_size=3,
        unique_by=lambda parameter: parameter[0],
    ),
    _DOCSTRINGS,
)
SOURCES = st.builds(
    lambda before, functions: "\n".join([*before, *functions]) + "\n",
    st.lists(st.one_of(CLASSES, ALIASES), max_size=5),
    st.lists(FUNCTIONS, min_size=1, max_size=2),
)
