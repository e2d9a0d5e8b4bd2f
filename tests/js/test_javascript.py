"""The page's scripts: their own tests run under Node, and every script parses."""

import subprocess
from pathlib import Path

from tests.snippets.machines import node_and_npm

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "assets" / "js"


def test_the_editors_edits_hold():
    done = subprocess.run(
        [node_and_npm()[0], "--test", "--test-reporter=tap", *map(str, sorted(HERE.glob("*.test.mjs")))],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 0" not in done.stdout


def test_every_script_parses():
    for script in sorted(SCRIPTS.glob("*.js")):
        done = subprocess.run(
            [node_and_npm()[0], "--check", "--input-type=module", "-"],
            input=script.read_text("utf-8"),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{script.name}: {done.stderr}"
