"""Edits of a long conversation: from the key or the click to the paint, and never a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.benchmarks.editor import bench as benches
from tests.benchmarks.editor.bench import TYPED, Bench
from tests.benchmarks.editor.documents import conversation
from tests.benchmarks.editor.figures import Figure, at_most, holds, times
from tests.browser.playground import Playground

ROWS = 300
PLACES = (0.02, 0.5, 0.98)
"""Near the top, in the middle, near the end: shares of the user's rows."""
Edit = Callable[[Playground, int], Awaitable[object]]


async def measure(bench: Bench, rounds: int) -> list[Figure]:
    """`rounds` edits of each kind, and as many texts typed as there are places."""
    rows = conversation(ROWS)
    asked: list[str] = []
    async with bench.tab(rows) as tab:
        tab.page.on("request", lambda request: asked.append(request.url))
        await benches.long_tasks(tab.page)
        kept = [await benches.type_into(tab, await _user_row(tab, place), TYPED) for place in PLACES]
        typing = await benches.typed(tab.page)
        busy = await benches.long_tasks(tab.page)
        edits = {name: await _repeat(tab, edit, rounds) for name, edit in EDITS.items()}
    return [
        times(f"{ROWS} rows: a character to paint", typing, under=50),
        holds(f"{ROWS} rows: texts and caret as typed", kept),
        times(f"{ROWS} rows: tasks over 50 ms while typing", busy),
        *(times(f"{ROWS} rows: {name} to paint", found, under=150) for name, found in edits.items()),
        at_most(f"{ROWS} rows: requests during all that", len(asked), 0),
    ]


async def _repeat(tab: Playground, edit: Edit, rounds: int) -> list[float]:
    """Milliseconds of an edit, at each of the places in turn."""
    found = []
    for number in range(rounds):
        row = await _user_row(tab, PLACES[number % len(PLACES)])
        await tab.row(row).scroll_into_view_if_needed()
        await tab.page.evaluate("probe.edit()")
        await edit(tab, row)
        found.append(float(await tab.page.evaluate("probe.edited")))
    return found


async def _user_row(tab: Playground, place: float) -> int:
    """The number of the user's row that stands there."""
    roles: list[str] = await tab.rows().evaluate_all("(rows) => rows.map((row) => row.dataset.role)")
    users = [number for number, role in enumerate(roles, 1) if role == "user"]
    return users[int(place * len(users))]


async def _insert(tab: Playground, row: int) -> None:
    await tab.row(row).locator(".insert").last.click()


async def _delete(tab: Playground, row: int) -> None:
    await tab.tool(row, "Delete")


async def _move_by_menu(tab: Playground, row: int) -> None:
    await tab.more(row, "Move up")


async def _move_by_key(tab: Playground, row: int) -> None:
    await tab.row(row).locator("textarea").focus()
    await tab.page.keyboard.press("Alt+ArrowDown")


async def _switch_role(tab: Playground, row: int) -> None:
    await tab.row(row).get_by_label("Role", exact=True).select_option("developer")


EDITS: dict[str, Edit] = {
    "insert": _insert,
    "delete": _delete,
    "move by menu": _move_by_menu,
    "move by key": _move_by_key,
    "role switch": _switch_role,
}
