"""The code for a request, from a terminal: `python -m playground.snippets REQUEST.json --client NAME`.

REQUEST.json is {"base_url": ..., "headers"?: {...}, "body": {...}}, or for code that calls no address the body alone; "-"
reads standard input. The code goes to standard output, everything else to standard error. Exit status: 0 with the code,
2 for a request or a command line that cannot be read, or an image that cannot be saved, 3 when the client cannot send
this request as it stands; then a line says why, and no code is printed.
"""

from __future__ import annotations

import argparse
import base64
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import BadRequest, PlaygroundError
from ..jsonvalue import freeze, loads, thaw
from ..request import Endpoint, usual_key_name
from ..wire.requests import bad_request
from . import BY_ID, CLIENTS, written
from .call import Call, call_of

_UNREADABLE, _INEXACT = 2, 3
_FORM = 'Write {"base_url": "https://host/v1", "body": {"model": ..., "messages": [...]}}'


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(client.id for client in CLIENTS))
        return 0
    if options.request is None or options.client is None:
        parser.error("name a request file and a --client (or --list)")
    try:
        snippet = written(_call(_read(options.request), options), options.client)
        if snippet.warnings:
            print(f"{parser.prog}: {options.client} cannot send this: {' '.join(snippet.warnings)}", file=sys.stderr)
            return _INEXACT
        _provide(snippet.files, options.save_images)
    except (PlaygroundError, OSError) as error:
        print(f"{parser.prog}: {_line(error)}", file=sys.stderr)
        return _UNREADABLE
    sys.stdout.buffer.write(snippet.code.encode())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m playground.snippets", description="Print the code that makes a chat-completion request."
    )
    parser.add_argument(
        "request",
        nargs="?",
        metavar="REQUEST.json",
        help='a file {"base_url", "headers"?, "body"}; - is standard input',
    )
    parser.add_argument("--client", choices=BY_ID, metavar="NAME", help="the client to write for, one of --list")
    parser.add_argument("--list", action="store_true", help="list the clients")
    parser.add_argument("--stream", action="store_true", help="stream the answer")
    parser.add_argument("--full", action="store_true", help="also show, as comments, the parameters that are not sent")
    parser.add_argument("--images", choices=("inline", "file"), default="inline", help="where code has images from")
    parser.add_argument("--save-images", metavar="DIR", type=Path, help="write those files there; means --images file")
    parser.add_argument("--key-env", metavar="NAME", help="the environment variable that holds the key; '' for none")
    return parser


def _read(path: str) -> Any:
    data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    try:
        return loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{path} is not valid JSON: {error}") from error


def _call(request: Any, options: argparse.Namespace) -> Call:
    if isinstance(request, Mapping) and "messages" in request and not request.keys() & {"base_url", "body"}:
        request = {"body": request}
    if not isinstance(request, Mapping) or not isinstance(request.get("body"), Mapping):
        raise BadRequest("no request was found", advice=f"{_FORM}.")
    try:
        body = thaw(freeze(request["body"]))
    except ValueError as error:
        raise BadRequest(f"body: {error}") from error
    for key, kind in (("model", str), ("messages", list)):
        if not isinstance(body.get(key), kind):
            raise BadRequest(f"body.{key} must be {'a text' if kind is str else 'a list'}")
    if options.stream:
        body["stream"] = True
    endpoint = _endpoint(request, options.key_env, needed=BY_ID[options.client].calls)
    return call_of(
        body,
        base_url=endpoint.base_url or "",
        headers=endpoint.headers,
        key_name=endpoint.key_name,
        full=options.full,
        files=options.images == "file" or options.save_images is not None,
    )


def _endpoint(request: Mapping[str, Any], key_env: str | None, *, needed: bool) -> Endpoint:
    url, headers = request.get("base_url"), request.get("headers") or {}
    if url is None:
        if not needed:
            return Endpoint(name="this machine")
        raise BadRequest("the request has no base_url", advice=f"{_FORM}: the body is what the page exports.")
    if not isinstance(url, str):
        raise BadRequest("base_url must be a text such as https://host/v1")
    if not isinstance(headers, Mapping) or not all(isinstance(value, str) for value in headers.values()):
        raise BadRequest("headers must be an object of texts")
    pairs = [(name, value) for name, value in headers.items() if not _is_written_anyway(name, value)]
    if any(name.lower() == "authorization" for name in headers):
        print("Authorization is left out of the code, which reads the key from the environment.", file=sys.stderr)
    try:
        endpoint = Endpoint(name="endpoint", base_url=url, headers=tuple(pairs))
        return Endpoint(**endpoint.given(), key_name=(usual_key_name(url) if key_env is None else key_env) or None)
    except ValidationError as error:
        raise bad_request(error) from error


def _is_written_anyway(name: str, value: str) -> bool:
    kind = value.partition(";")[0].strip().lower()
    return name.lower() == "authorization" or (name.lower() == "content-type" and kind == "application/json")


def _provide(files: Iterable[tuple[str, str]], folder: Path | None) -> None:
    """Write the files that the code reads, or say which they are. One that is there already must be the same."""
    if folder is None:
        for name, _ in files:
            print(f"The code reads {name} from the folder it runs in; --save-images DIR writes it.", file=sys.stderr)
        return
    for name, url in files:
        folder.mkdir(parents=True, exist_ok=True)
        path, data = folder / name, base64.b64decode(url.partition(",")[2])
        if path.exists() and path.read_bytes() != data:
            raise BadRequest(f"{path} is there already, with another content", advice="Choose another folder.")
        path.write_bytes(data)


def _line(error: Exception) -> str:
    advice = error.advice if isinstance(error, PlaygroundError) else None
    return re.sub(r"\s+", " ", f"{error}. {advice}" if advice else str(error))


if __name__ == "__main__":
    sys.exit(main())
