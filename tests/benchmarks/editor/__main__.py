"""The page's editor in a real browser, against what is asked of it; prints one Markdown table.

    python -m tests.benchmarks.editor [--only editing streaming scoring stopping large coding] [--seconds 15] [--runs 6] [--rounds 15]

Numbers of a busy machine say little: the app, the endpoint and the browser share its cores as it is.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.editor import coding, editing, large, scoring, stopping, streaming
from tests.benchmarks.editor.bench import Bench
from tests.benchmarks.editor.figures import Figure, table
from tests.benchmarks.editor.pacer import Pacer
from tests.browser.app_process import AppProcess
from tests.browser.launch import open_browser

PARTS = ("editing", "streaming", "scoring", "stopping", "large", "coding")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the page's editor in a real browser.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seconds", type=float, default=15, help="how long each streamed answer is")
    parser.add_argument("--runs", type=int, default=6, help="streamed runs")
    parser.add_argument("--rounds", type=int, default=15, help="edits of each kind; a third as many stops and loads")
    options = parser.parse_args()
    print(table(asyncio.run(measure(options))))


async def measure(options: argparse.Namespace) -> list[Figure]:
    few = max(1, options.rounds // 3)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, Pacer() as pacer, AppProcess.start(Path(folder)) as app:
        async with open_browser() as browser:
            bench = Bench(browser, app.url, pacer)
            parts = {
                "editing": lambda: editing.measure(bench, options.rounds),
                "streaming": lambda: streaming.measure(bench, options.seconds, options.runs),
                "scoring": lambda: scoring.measure(bench, few),
                "stopping": lambda: stopping.measure(bench, few),
                "large": lambda: large.measure(bench, few),
                "coding": lambda: coding.measure(bench, options.rounds),
            }
            for name in options.only:
                print(f"measuring: {name}", file=sys.stderr)
                figures += await parts[name]()
    return figures


if __name__ == "__main__":
    main()
