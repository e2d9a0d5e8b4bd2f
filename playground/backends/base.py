"""The seam: what every backend is, and what it promises.

    async for event in backend.stream(request): ...

* Deltas (text, reasoning, tool call, logprobs) and progress reports come as they happen, then exactly one
  Finished; or a PlaygroundError is raised, and nothing else ever is.
* The request is checked whole before anything runs: a field that this backend or model cannot honour
  raises Unsupported (or another BadRequest) with `param`; it is never dropped.
* Closing the iterator (`aclose()`, or cancelling the task that reads it) cancels: an HTTP stream is closed
  upstream, a local generation stops at its next token and frees its place.
* There is no `stream` flag: everything streams. `events.collect` folds.
* A tap is told what goes over the wire, without secrets, and changes nothing of the above. A backend that has
  no wire tells it nothing.
* A backend has no state that one request could see of another; it may be used by many tasks of one event
  loop at once.

tests/contract.py holds every backend to this.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from ..events import Event, Progress
from ..request import ChatRequest
from ..values import Value


class Price(Value):
    """What tokens cost, in US dollars per million."""

    input: float
    output: float


class PriceRange(Value):
    """What a request to a model may be charged: the same at both ends where that is known exactly.

    The ends differ where providers ask differently and the endpoint chooses among them; each of them is the least
    (or the most) of its kind, whoever asks it. `most` is None where the endpoint tells only its lowest price.
    """

    least: Price
    most: Price | None


class Residence(Value):
    """How a model stands in the memory of this machine.

    `device` as torch names it, `weights` their number format ("8-bit", "bfloat16" ...), `nbytes` what came with it;
    `alone_because` says why its requests are not computed together (None if they are), `running` counts them.
    `own_tool_markup` is as in ModelInfo.
    """

    device: str
    weights: str
    nbytes: int
    alone_because: str | None = None
    running: int = 0
    own_tool_markup: bool | None = None


THINKING_FIELDS = ("enable_thinking", "reasoning_effort", "reasoning_content")
"""What a request may say of thinking: whether there is some, how much, and what was thought before earlier answers."""


class ModelInfo(Value):
    """What is known of a model. Unknown facts are None; `unavailable` says why it cannot run, if it can't.

    `residence` is set while it stands in this machine's memory, `loading` while it is on its way there.
    `context_length` counts tokens. `refuses` maps a parameter's name to the reason it is not honoured.
    `thinks` is whether it reasons before it answers, `thinking_fields` which of the fields about that (THINKING_FIELDS)
    do something. `own_tool_markup` is whether its chat template has a place for tools and for calls in a markup of its own;
    where it has none, tools are described in a message, and calls are in Hermes' markup. `continues` is whether it goes on with the text of a last assistant message.
    `routes` are the prices where the id is followed by ":" and one of these words, a provider's name or a policy; for
    other words `price` holds.
    """

    id: str
    sees_images: bool | None = None
    context_length: int | None = None
    unavailable: str | None = None
    residence: Residence | None = None
    loading: bool = False
    refuses: tuple[tuple[str, str], ...] = ()
    thinks: bool | None = None
    thinking_fields: tuple[str, ...] | None = None
    own_tool_markup: bool | None = None
    continues: bool | None = None
    price: PriceRange | None = None
    routes: tuple[tuple[str, PriceRange], ...] = ()


Headers = tuple[tuple[str, str], ...]


class Tap(Protocol):
    """Listens to what goes over the wire for one request. No secret reaches it: the backend redacts before it tells.

    Every attempt begins with `sent`; `answered` and `received` follow as far as the attempt comes. An answer that
    refuses is told like any other.
    """

    def sent(self, method: str, url: str, headers: Headers, body: str) -> None:
        """A request is going out. `body` is its exact text; credentials among the headers are redacted."""
        ...

    def answered(self, status: int, headers: Headers) -> None:
        """The answer's status and headers have come."""
        ...

    def received(self, text: str) -> None:
        """More of the answer's body: whole lines, each ending in a newline, but for the very last; redacted."""
        ...


@runtime_checkable
class Keeper(Protocol):
    """A backend that keeps models in this machine's memory."""

    def load(self, model_id: str) -> AsyncGenerator[Progress, None]:
        """Bring a model into memory, saying how far it is. Raises PlaygroundError. Closing it gives up."""
        ...

    async def unload(self, model_id: str) -> bool:
        """Put a model away. False if it is in use, or not in memory."""
        ...


class Backend(Protocol):
    def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        """Run the request. Use `contextlib.aclosing` (or read to the end) so that it ends with you."""
        ...

    async def models(self) -> tuple[ModelInfo, ...]:
        """The models on offer, most useful first. Raises a PlaygroundError when they can't be listed."""
        ...

    async def close(self) -> None:
        """Give back connections, threads and memory. The backend is not used after."""
        ...
