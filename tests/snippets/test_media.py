"""Long data URLs: constants in the code, or files that it reads; the body sent is the same."""

from __future__ import annotations

import base64
import random
from typing import Any

import pytest

from playground.request import Endpoint
from playground.snippets import BY_ID, CLIENTS, Snippet, render
from playground.snippets.media import Data, named
from playground.wire import payload
from playground.wire.requests import STREAMED
from tests.snippets.cases import request_of
from tests.snippets.machines import Machines
from tests.snippets.recorder import Recorder


def url(kind: str = "image/png", size: int = 120, seed: int = 0) -> str:
    data = random.Random(seed).randbytes(size)
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def image(address: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": address}}


def asking(*parts: dict[str, Any]) -> dict[str, Any]:
    text = "file0.0. IMAGE IMAGE_1 ${IMAGE} $(cat image.png) image.png"
    return {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": text}, *parts]}]}


PNG, JPEG = url(), url("image/jpeg", 1000, 3)
ONE = asking(image(PNG))
SEVERAL = asking(image(PNG), image(JPEG), image(PNG), image("https://h/a.png"), image("data:image/png;base64,AAAA"))
LOOSE = PNG[:-4] + "AB=="  # bits beyond the bytes: base64 of the bytes is another text


def save(snippet: Snippet, runs: Machines) -> None:
    for name, address in snippet.files:
        (runs.folder / name).write_bytes(base64.b64decode(address.partition(",")[2]))


CALLING = [client for client in CLIENTS if client.calls]


@pytest.mark.parametrize("client", CALLING, ids=lambda row: row.id)
@pytest.mark.parametrize("images", ["inline", "file"])
@pytest.mark.parametrize("stream", [True, False])
def test_the_images_arrive(client: Any, images: Any, stream: bool, runs: Machines, recorder: Recorder) -> None:
    request = request_of(SEVERAL, Endpoint(name="recorder", base_url=recorder.origin))
    snippet = render(request, client.id, stream=stream, images=images)
    assert snippet.warnings == ()
    save(snippet, runs)
    ran = runs.run(snippet.code, client.suffix)
    assert not ran.error
    assert recorder.take().json == payload(request, STREAMED if stream else None)
    assert (PNG in snippet.code) == (images == "inline")
    assert snippet.code.count(PNG[-40:]) <= 1 or client.spoken.name == "Shell", "written once, used twice"


def test_the_files_of_a_snippet() -> None:
    request = request_of(SEVERAL, Endpoint(name="x", base_url="http://h"))
    assert render(request, "python-openai").files == ()
    assert render(request, "python-openai", images="file").files == (("image-1.png", PNG), ("image-2.jpg", JPEG))
    single = request_of(ONE, Endpoint(name="x", base_url="http://h"))
    assert render(single, "sh-curl", images="file").files == (("image.png", PNG),)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (url("image/webp"), "image.webp"),
        (url("image/svg+xml"), "image.svg"),
        (url("audio/x-wav"), "audio.wav"),
        (url("video/mp4"), "video.mp4"),
        (url("application/pdf"), "data.pdf"),
        (url("application/x-.."), "data.bin"),
    ],
)
def test_names_of_files(address: str, name: str) -> None:
    _, (data,) = named([address], files=True)
    assert data.file == name


@pytest.mark.parametrize(
    "text", ["data:image/png;base64,AAAA", PNG + "!", " " + PNG, PNG.replace("base64", "utf8"), "x" * 500, PNG + "\n"]
)
def test_other_texts_stay(text: str) -> None:
    assert named({"a": [text]}, files=True) == ({"a": [text]}, ())


def test_base64_that_its_bytes_would_not_give_back_stays_written_out() -> None:
    _, (data,) = named(LOOSE, files=True)
    assert data == Data("IMAGE", LOOSE, "image/png", None)


def test_keys_stay() -> None:
    assert named({PNG: 1}) == ({PNG: 1}, ())


def test_a_constant_is_named_where_the_image_stands() -> None:
    for client in ("python-openai", "js-openai"):
        code = render(request_of(ONE, Endpoint(name="x", base_url="http://h")), client).code
        assert "IMAGE =" in code
        assert "url: IMAGE }" in code or '"url": IMAGE}' in code
        assert BY_ID[client].language in ("Python", "JavaScript")
