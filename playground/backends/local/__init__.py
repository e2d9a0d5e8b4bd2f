"""Local models: transformers in this process. Importing this package imports neither torch nor transformers."""

from .backend import LocalBackend

__all__ = ["LocalBackend"]
