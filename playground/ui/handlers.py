"""The page's events: each reads its values once, calls the core, and yields what its component shows."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from ..backends.base import Keeper, ModelInfo, PriceRange
from ..errors import BadRequest, ModelUnavailable, PlaygroundError
from ..events import Event
from ..redact import redact
from ..request import Endpoint
from .context import Context
from .document import read_endpoint, read_pane
from .keys import Keys
from .live import LiveRun, describe
from .pace import Paced
from .raw import Exchanges, recorded

log = logging.getLogger(__name__)


class Handlers:
    """The event handlers of one page, over one context. Of visitors they know only the runs under way and the latest."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._running: dict[str, Paced] = {}
        self._sessions: dict[str, str | None] = {}  # run -> the session that started it
        self._stopped: deque[str] = deque(maxlen=256)  # ids of runs that were stopped before they had begun
        self._exchanges = Exchanges()

    async def run(self, event: gr.EventData, keys: Keys, request: gr.Request) -> AsyncGenerator[gr.HTML, None]:
        """Run a pane ({"run", "pane"}); yields snapshots for its `live` prop (see live.LiveRun)."""
        run, pane = str(event._data["run"]), event._data["pane"]
        live, exchange = LiveRun(run), self._exchanges.open(run, request.session_hash)
        self._sessions[run] = request.session_hash
        try:
            yield gr.HTML(live=live.snapshot())
            asked = read_pane(pane, self._context)
            endpoint = asked.model.endpoint
            backend = self._context.catalog.backend(endpoint, self._context.key(endpoint, keys))
            async with aclosing(self._live(live, run, recorded(backend, asked, exchange))) as snapshots:
                async for snapshot in snapshots:
                    yield gr.HTML(live=snapshot)
        except PlaygroundError as error:
            exchange.end(describe(error))
            yield gr.HTML(live=live.snapshot(error=error))
        except Exception as error:
            log.exception("a run failed in a way that no backend should")
            exchange.end(describe(_unforeseen(error)))
            yield gr.HTML(live=live.snapshot(error=_unforeseen(error)))
        finally:
            exchange.end()
            del self._sessions[run]

    def raw(self, ask: Any) -> dict[str, Any]:
        """What went over the wire for a run ({"run"}): see raw.Exchanges.view."""
        return self._exchanges.view(ask)

    async def _live(
        self, live: LiveRun, run: str, stream: AsyncGenerator[Event, None]
    ) -> AsyncGenerator[dict[str, Any], None]:
        async with Paced(stream) as paced:
            self._running[run] = paced
            if run in self._stopped:
                paced.stop()
            try:
                async for events in paced.batches():
                    live.add(events)
                    yield live.snapshot()
            finally:
                del self._running[run]
            if paced.stopped:
                yield live.snapshot(stopped=True)

    async def stop(self, event: gr.EventData) -> None:
        """Stop a run ({"run"}): its stream is closed at once. Ids are the page's own and cannot be guessed."""
        self._stop(str(event._data.get("run")))

    async def left(self, request: gr.Request) -> None:
        """The page was closed: stop what it runs, and forget what it sent. Gradio notices by itself only at the next
        snapshot, if at all."""
        for run in [run for run, session in self._sessions.items() if session == request.session_hash]:
            self._stop(run)
        self._exchanges.close(request.session_hash)

    def _stop(self, run: str) -> None:
        if run in self._running:
            self._running[run].stop()
        else:
            self._stopped.append(run)

    async def models(self, event: gr.EventData, keys: Keys) -> gr.HTML:
        """The models of an endpoint ({"id", "endpoint"}) for the `answer` prop."""
        ask = event._data
        try:
            answer = await self._listed(read_endpoint(ask["endpoint"], self._context), keys)
        except PlaygroundError as error:
            answer = {"error": describe(error)}
        return gr.HTML(answer={"id": ask["id"], **answer})

    async def keep_model(self, event: gr.EventData, keys: Keys) -> AsyncGenerator[gr.HTML, None]:
        """Bring a local model into memory, or put it away ({"id", "endpoint", "model", "wanted"}).

        Yields progress for the `answer` prop, then the models as they are then.
        """
        ask = event._data
        try:
            endpoint = read_endpoint(ask["endpoint"], self._context)
            backend = self._context.catalog.backend(endpoint)
            if not isinstance(backend, Keeper):
                raise BadRequest("Only models of this machine are kept in its memory.", param="endpoint")
            if ask["wanted"]:
                async with aclosing(backend.load(str(ask["model"]))) as said:
                    async for progress in said:
                        yield gr.HTML(answer={"id": ask["id"], "progress": progress.model_dump()})
            elif not await backend.unload(str(ask["model"])):
                raise ModelUnavailable(
                    f"Still in use: {ask['model']}.", advice="Stop its runs, here and in other windows, then try again."
                )
            answer = await self._listed(endpoint, keys)
        except PlaygroundError as error:
            answer = {"error": describe(error)}
        yield gr.HTML(answer={"id": ask["id"], **answer})

    async def _listed(self, endpoint: Endpoint, keys: Keys) -> dict[str, Any]:
        found = await self._context.catalog.models(endpoint, self._context.key(endpoint, keys))
        kept = endpoint.kind == "local" and isinstance(self._context.catalog.backend(endpoint), Keeper)
        return {"models": [{**_model(info), "kept": kept} for info in found]}

    def keep_key(self, event: gr.EventData, keys: Keys) -> tuple[gr.HTML, Keys]:
        """Keep a typed key ({"id", "endpoint", "key"}) in the session's memory, or forget it if empty."""
        ask = event._data
        try:
            endpoint = read_endpoint(ask["endpoint"], self._context)
        except PlaygroundError as error:
            return gr.HTML(answer={"id": ask["id"], "error": describe(error)}), keys
        kept = keys.typing(endpoint, str(ask.get("key") or ""))
        return gr.HTML(answer={"id": ask["id"], "kept": kept.of(endpoint) is not None}), kept


def _model(info: ModelInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "sees_images": info.sees_images,
        "context_length": info.context_length,
        "unavailable": info.unavailable,
        "residence": info.residence and info.residence.model_dump(exclude={"own_tool_markup"}),
        "refuses": dict(info.refuses),
        "thinks": info.thinks,
        "thinking_fields": info.thinking_fields,
        "own_tool_markup": info.own_tool_markup,
        "continues": info.continues,
        "price": None if info.price is None else _price(info.price),
        "routes": {name: _price(price) for name, price in info.routes},
    }


def _price(price: PriceRange) -> dict[str, Any]:
    """Dollars per million tokens as [from, to]; `at_least` where only the lower end is known."""
    most = price.most or price.least
    return {
        "input": [price.least.input, most.input],
        "output": [price.least.output, most.output],
        "at_least": price.most is None,
    }


def _unforeseen(error: Exception) -> PlaygroundError:
    return PlaygroundError(f"Something went wrong in the app: {type(error).__name__}: {redact(str(error))}")
