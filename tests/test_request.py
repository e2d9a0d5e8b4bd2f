"""A request, and the endpoint it goes to: which holds no secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from playground.messages import user
from playground.params import PARAMS
from playground.request import RESERVED, ChatRequest, Endpoint, ModelRef

MODEL = ModelRef(endpoint=Endpoint(name="here"), id="m")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (None, None),
        ("https://router.example/v1", "https://router.example/v1"),
        ("http://localhost:8080/v1/", "http://localhost:8080/v1"),
        ("http://[::1]:8080/v1//", "http://[::1]:8080/v1"),
    ],
)
def test_a_base_url_is_kept_without_its_last_slash(url: str | None, kept: str | None) -> None:
    assert Endpoint(name="x", base_url=url).base_url == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8080",
        "ftp://h/v1",
        "file:///v1",
        "https:///v1",
        "https://user:secret@h/v1",
        "https://secret@h/v1",
        "https://@h/v1",
        "https://h/v1?key=secret",
        "https://h/v1?",
        "https://h/v1#secret",
        "https://h:99999/v1",
        "https://h:0/v1",
        "https://h:x/v1",
        "https://[::1/v1",
        "https://h /v1",
        "https://h/v1\n",
        "https://h/\x00v1",
    ],
)
def test_a_base_url_that_cannot_be_called_or_holds_a_secret_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="base_url"):
        Endpoint(name="x", base_url=url)


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer x")],
        [("X-Bill-To", "a"), ("x-api-key", "x")],
        [("Cookie", "a=b")],
        [("X-A", "b\r\nX-C: d")],
        [("X A", "b")],
        [("", "b")],
        [("Host", "x")],
        [("content-length", "3")],
        [("Content-Type", "text/plain")],
        [("__proto__", "x")],
        [("X-Name", "Jürgen")],
        [("x-goog-api-key", "x")],
        [("Helicone-Auth", "x")],
        [("X-AccessToken", "x")],
        [("X-Foo", "Bearer sk-planted-1234567")],
    ],
)
def test_headers_that_hold_a_secret_or_break_the_request_are_refused(headers: Any) -> None:
    with pytest.raises(ValidationError, match="headers"):
        Endpoint(name="x", headers=headers)


def test_headers_are_as_they_are_sent() -> None:
    headers = [("X-Two", "1"), ("X-Padded", "  a "), ("x-two", "2")]
    assert Endpoint(name="x", headers=headers).headers == (("X-Two", "1, 2"), ("X-Padded", "a"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://h/v1/", "https://h/v1"),
        ("http://Bücher.example:080/v1", "http://xn--bcher-kva.example:80/v1"),
        ("http://127\u30020.0.1", "http://127.0.0.1"),
        ("https://h/v1/chat/completions/", "https://h/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://h/é/%41%zz/{x}|", "http://h/%C3%A9/%41%25zz/%7Bx%7D%7C"),
    ],
)
def test_a_base_url_is_as_it_is_called(given: str, sent: str) -> None:
    assert Endpoint(name="x", base_url=given).base_url == sent
    assert Endpoint(name="x", base_url=sent).base_url == sent


@pytest.mark.parametrize(
    "url", ["http://127.0.0.{1,2}/v1", "http://%6cocalhost", "http://ü" + "b" * 70, "http://a_b.*", "http://h:0"]
)
def test_a_host_that_programs_would_read_in_several_ways_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="base_url"):
        Endpoint(name="x", base_url=url)


@pytest.mark.parametrize("name", ["_", "__proto__", "constructor"])
def test_a_key_has_a_name_that_means_nothing_else(name: str) -> None:
    with pytest.raises(ValidationError, match="choose another name"):
        Endpoint(name="x", key_name=name)


def test_other_headers_are_kept_in_order() -> None:
    headers = (("X-HF-Bill-To", "org"), ("X-Trace", ""), ("X-Session-Affinity", "a"), ("X-Key-Version", "2"))
    assert Endpoint(name="x", headers=list(headers)).headers == headers  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["sk-123", "1A", "A B", "", "A\n", "hf.x"])
def test_a_key_is_named_not_given(name: str) -> None:
    with pytest.raises(ValidationError, match="key_name"):
        Endpoint(name="x", key_name=name)


@pytest.mark.parametrize("key", sorted(RESERVED))
def test_extra_fields_cannot_stand_in_for_controls(key: str) -> None:
    with pytest.raises(ValidationError, match=f"{key} cannot stand among the extra fields"):
        ChatRequest(model=MODEL, messages=(user("hi"),), extra={key: 1})


def test_reserved_are_the_parameters_and_the_frame() -> None:
    assert {param.name for param in PARAMS} | {"model", "messages", "stream", "stream_options"} == RESERVED


def test_a_request_needs_a_message() -> None:
    with pytest.raises(ValidationError, match="messages"):
        ChatRequest(model=MODEL, messages=())


def test_requests_are_values() -> None:
    def request(**extra: Any) -> ChatRequest:
        return ChatRequest(model=MODEL, messages=(user("hi"),), extra={"user": {"id": 1, **extra}})

    assert request() == request()
    assert len({request(), request(), request(a=1)}) == 2
    with pytest.raises(TypeError):
        request().extra["user"]["id"] = 2
