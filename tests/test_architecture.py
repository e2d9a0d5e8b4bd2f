"""The directions of imports, read from the source and held to the table below (see CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

CORE = {"address", "jsonvalue", "values", "errors", "messages", "params", "request", "events", "redact"}
# Top to bottom. A room imports itself and any room further down, and nothing else of the app.
LAYERS: tuple[set[str], ...] = (
    {"app"},
    {"ui", "server"},
    {"exports", "imports"},
    {"conversation", "snippets", "projects", "catalog", "settings"},
    {"backends"},
    {"wire", "tools"},
    {"core"},
)
# Who alone may import a library: these modules, and all below them.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "gradio": ("app", "playground.ui"),
    "torch": ("playground.backends.local",),
    "transformers": ("playground.backends.local",),
    "tokenizers": ("playground.backends.local",),
    "safetensors": ("playground.backends.local",),
    "gguf": ("playground.backends.local",),
    "httpx": ("playground.backends.remote",),
    "httpx_sse": ("playground.backends.remote",),
    "fastapi": ("app", "playground.server"),
    "starlette": ("app", "playground.server", "playground.ui"),
    "uvicorn": ("app",),
    "tree_sitter": ("playground.imports",),
    "tree_sitter_bash": ("playground.imports",),
    "tree_sitter_typescript": ("playground.imports",),
}
LIGHT = {"core": {"pydantic"}, "wire": {"pydantic"}, "tools": {"pydantic"}}
MOST_LINES = 400


def sources() -> dict[str, str]:
    """Every module of the app: dotted name to source text."""
    files = [ROOT / "app.py", *sorted((ROOT / "playground").rglob("*.py"))]
    return {_name(file): file.read_text(encoding="utf-8") for file in files if file.exists()}


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room(module: str) -> str:
    """The room of one of our modules; "" for the package itself, which holds nothing."""
    if module == "app":
        return "app"
    parts = module.split(".")
    name = parts[1] if len(parts) > 1 else ""
    if parts[:3] == ["playground", "backends", "catalog"]:
        return "catalog"
    return "core" if name in CORE else name


def imports(module: str, source: str, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a module imports, wherever in it the import stands.

    `from a import b` gives `a.b`: the module b of a, or the name b in a.
    """
    home = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = home[: len(home) - node.level + 1] if node.level else []
            path = [*start, *(node.module or "").split(".")] if node.module else start
            yield from ((node.lineno, ".".join([*path, alias.name])) for alias in node.names)


def strays(module: str, source: str, is_package: bool = False) -> list[str]:
    """What a module imports against the directions, in words; empty when it is in order."""
    found = []
    for line, target in imports(module, source, is_package):
        top = target.split(".")[0]
        if top in ("playground", "app"):
            wrong = _wrong_way(room(module), room(target))
        elif top == "tests":
            wrong = "the app does not import its tests"
        else:
            wrong = _wrong_library(module, top)
        if wrong:
            found.append(f"{module}:{line} imports {target}: {wrong}")
    return found


def _wrong_way(mine: str, theirs: str) -> str:
    depth = {name: index for index, layer in enumerate(LAYERS) for name in layer}
    if mine == theirs or not theirs:
        return ""
    unknown = [name for name in (mine, theirs) if name and name not in depth]
    if unknown:
        return f"the room {unknown[0]} is not in LAYERS"
    return "" if not mine or depth[mine] < depth[theirs] else f"{mine} stands no higher than {theirs}"


def _wrong_library(module: str, library: str) -> str:
    allowed = ONLY_IN.get(library)
    if allowed and not any(module == place or module.startswith(f"{place}.") for place in allowed):
        return f"only {' and '.join(allowed)} may"
    light = LIGHT.get(room(module))
    if light is not None and library not in light and library not in sys.stdlib_module_names:
        return f"{room(module)} is kept light"
    return ""


def circles(modules: dict[str, str], packages: set[str]) -> list[list[str]]:
    """Groups of modules that import each other, directly or by way of others."""
    graph = {
        name: {_module_of(target, modules) for _, target in imports(name, source, name in packages)} & modules.keys()
        for name, source in modules.items()
    }
    reach = {name: _reachable(name, graph) for name in graph}
    rings = {frozenset(b for b in reach[a] if a in reach[b]) for a in graph if a in reach[a]}
    return sorted(sorted(ring) for ring in rings)


def _module_of(target: str, modules: dict[str, str]) -> str:
    return target if target in modules else target.rpartition(".")[0]


def _reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(graph[name])
    return seen


def packages() -> set[str]:
    return {_name(file) for file in (ROOT / "playground").rglob("__init__.py")}


@pytest.mark.parametrize("module", sorted(sources()))
def test_imports_run_one_way(module: str) -> None:
    assert strays(module, sources()[module], module in packages()) == []


def test_no_circles() -> None:
    assert circles(sources(), packages()) == []


@pytest.mark.parametrize("module", sorted(sources()))
def test_no_module_is_long(module: str) -> None:
    assert sources()[module].count("\n") <= MOST_LINES


# --- the checks catch what they are for ----------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source", "said"),
    [
        ("playground.events", "from .wire import payload", "core stands no higher than wire"),
        ("playground.messages", "def f():\n    import numpy", "core is kept light"),
        ("playground.wire.answers", "from ..backends.base import Backend", "wire stands no higher than backends"),
        ("playground.wire.answers", "import httpx", "only playground.backends.remote may"),
        ("playground.backends.remote", "import torch.nn as nn", "only playground.backends.local may"),
        ("playground.backends.scripted", "from ..ui import page", "backends stands no higher than ui"),
        ("playground.server", "from playground.ui import page", "server stands no higher than ui"),
        ("playground.ui.page", "from ..server import api", "ui stands no higher than server"),
        ("playground.snippets.curl", "import gradio as gr", "only app and playground.ui may"),
        ("playground.conversation", "from gradio.data_classes import FileData", "only app and playground.ui may"),
        ("playground.conversation", "import app", "conversation stands no higher than app"),
        ("playground.ui.page", "from tests.loopback import pick_port", "the app does not import its tests"),
        ("playground.attic", "from .errors import Busy", "the room attic is not in LAYERS"),
    ],
)
def test_a_line_that_strays_is_reported(module: str, source: str, said: str) -> None:
    line = source.count("\n") + 1
    found = strays(module, source)
    assert len(found) == 1
    assert found[0].startswith(f"{module}:{line} imports ")
    assert found[0].endswith(said)


@pytest.mark.parametrize(
    ("module", "source", "is_package"),
    [
        ("app", "import gradio\nfrom playground.ui import page\nfrom playground import server", False),
        ("playground.ui.page", "import gradio\nfrom ..snippets import curl\nfrom . import look", False),
        ("playground.backends.local.engine", "import torch\nfrom ...wire import payload\nfrom ..base import x", False),
        ("playground.wire", "from .answers import sse", True),
        ("playground.backends.catalog", "from .remote import Remote", False),
    ],
)
def test_a_line_in_order_is_not(module: str, source: str, is_package: bool) -> None:
    assert strays(module, source, is_package) == []


def test_a_circle_is_reported() -> None:
    modules = {
        "playground.a": "from . import b",
        "playground.b": "from .c import name",
        "playground.c": "def late():\n    from playground.a import name",
        "playground.d": "from . import a",
    }
    assert circles(modules, set()) == [["playground.a", "playground.b", "playground.c"]]


# --- what an import costs ------------------------------------------------------------------------

_PROBE = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def loaded_by(modules: list[str]) -> set[str]:
    """The top-level names in sys.modules after a fresh interpreter has imported these modules."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, json.dumps(modules)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_model_libraries_are_imported_on_first_use_only() -> None:
    inside = re.compile(r"playground\.backends\.local\.|app$")
    modules = [name for name in sources() if not inside.match(name)]
    assert not loaded_by(modules) & {"torch", "transformers"}


def test_all_but_the_page_does_without_gradio() -> None:
    modules = [name for name in sources() if room(name) not in ("app", "ui")]
    assert not loaded_by(modules) & {"gradio", "gradio_client"}


def test_the_core_and_the_wire_load_pydantic_alone() -> None:
    modules = [name for name in sources() if room(name) in ("core", "wire")]
    assert not loaded_by(modules) & {"httpx", "fastapi", "starlette", "huggingface_hub", "numpy", "PIL"}


# --- dependencies --------------------------------------------------------------------------------


def requirements(file: str) -> set[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    names = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in lines)
    return {_normal(name.group()) for name in names if name}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def used(modules: dict[str, str]) -> set[str]:
    """The distributions that these modules' import lines need."""
    targets = [t for name, source in modules.items() for _, t in imports(name, source, name in packages())]
    third_party = {target.split(".")[0] for target in targets} - set(sys.stdlib_module_names)
    known = packages_distributions()
    return {_normal(known.get(top, [top])[0]) for top in third_party - {"playground", "app", "tests", "spaces"}}


def test_requirements_are_exactly_what_is_imported() -> None:
    by_transformers = {"accelerate"}  # which asks for it to read GGUF files
    there_on_a_space = {"spaces"}
    assert used(sources()) - there_on_a_space == requirements("requirements.txt") - by_transformers


def test_the_tests_import_nothing_that_is_not_required() -> None:
    tests = {_name(file): file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py")}
    inside = {name: source for name, source in tests.items() if "node_modules" not in name}
    assert used(inside) <= requirements("requirements.txt") | requirements("tests/requirements.txt")


def test_every_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Why each dependency is here")[2]
    named = {_normal(name) for name in re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)}
    assert requirements("requirements.txt") | requirements("tests/requirements.txt") == named
