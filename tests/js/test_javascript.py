"""The page's scripts: their own tests run under Node, and every script parses."""

import re
import subprocess
from pathlib import Path

from tests.snippets.machines import node_and_npm

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "assets" / "js"
SOURCES = sorted(script for script in SCRIPTS.rglob("*.js") if "vendor" not in script.parts)
MOST_LINES = 320
# What a folder may import beside itself and vendor/. The document is pure: it runs under Node.
FOLDERS = {
    "document": set(),
    "session": {"document"},
    "markdown": {".", "document"},
    "images": {".", "document", "session"},
    "editor": {".", "document", "session", "images", "markdown", "views", "settings"},
    "settings": {".", "document", "session"},
    "views": {".", "document", "session"},
}


def test_the_editors_edits_hold():
    done = subprocess.run(
        [node_and_npm()[0], "--test", "--test-reporter=tap", *map(str, sorted(HERE.glob("*.test.mjs")))],
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 0" not in done.stdout


PARSE = """
import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";
for (const path of process.argv.slice(1)) new SourceTextModule(readFileSync(path, "utf-8"), { identifier: path });
"""


def test_every_script_parses():
    done = subprocess.run(
        [node_and_npm()[0], "--experimental-vm-modules", "--input-type=module", "-e", PARSE, *map(str, SOURCES)],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr


def test_folders_import_in_one_direction():
    for script in SOURCES:
        allowed = FOLDERS.get(room := folder(script))
        if allowed is not None:
            strays = {folder(other) for other in imports(script)} - allowed - {room, "vendor"}
            assert not strays, f"{script.relative_to(SCRIPTS)} imports from {strays}"


def test_no_script_imports_itself_by_a_detour():
    known = {script: [other for other in imports(script) if other in SOURCES] for script in SOURCES}
    for script in SOURCES:
        seen: set[Path] = set()
        ahead = list(known[script])
        while ahead:
            other = ahead.pop()
            assert other != script, f"{script.relative_to(SCRIPTS)} imports itself"
            if other not in seen:
                seen.add(other)
                ahead += known[other]


def test_what_a_script_imports_is_exported_there():
    for script in SOURCES:
        for names, path in NAMED.findall(script.read_text("utf-8")):
            target = (script.parent / path).resolve()
            wanted = {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()}
            assert wanted <= exports(target), f"{script.relative_to(SCRIPTS)}: {wanted - exports(target)} from {path}"


NAMED = re.compile(r"""(?:import|export)\s*\{([^}]*)\}\s*from\s*"(\.[^"]+\.js)\"""")


def exports(script: Path) -> set[str]:
    text = script.read_text("utf-8")
    own = set(re.findall(r"^export (?:async )?(?:const|let|function\*?|class) (\w+)", text, re.M))
    lists = re.findall(r"^export \{([^}]*)\}", text, re.M)
    return own | {name.split(" as ")[-1].strip() for names in lists for name in names.split(",")}


def test_scripts_stay_short():
    for script in SOURCES:
        assert len(script.read_text("utf-8").splitlines()) <= MOST_LINES, f"{script.name}: look for the seam"


def folder(script: Path) -> str:
    """The folder of a script within assets/js; "." for those at the top."""
    return script.relative_to(SCRIPTS).parts[0] if script.parent != SCRIPTS else "."


def imports(script: Path) -> list[Path]:
    found = re.findall(r"""(?:from|import)\s*\(?\s*"(\.[^"]+)\"""", script.read_text("utf-8"))
    return [(script.parent / path).resolve() for path in found]
