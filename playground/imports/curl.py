"""curl commands (curl 8, man curl) as the requests that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from ..errors import BadRequest
from .apis import NoRequest, out_of_scope
from .found import Findings, Found, Sent, found
from .grammar import Deadline
from .jsontext import value_of
from .shell import Command, commands
from .typography import CURLY
from .values import Hole, Text, joined, mapped

_WINDOWS = re.compile(
    r"curl(?:\.exe)?[ \t]+\^\"|(?:\$\w+[ \t]*=[ \t]*)?(?:Invoke-WebRequest|Invoke-RestMethod|iwr|irm|curl\.exe)[ \t]|\$session[ \t]*="
)
_CONTINUED = (" ^", " `", '"^', "'^")
_SHORT = {
    "d": "data", "H": "header", "X": "request", "u": "user", "b": "cookie", "A": "user-agent", "e": "referer",
    "K": "config", "F": "form", "G": "get", "I": "head", "T": "upload-file", ":": "next",
    **dict.fromkeys("CcDEhmoPQrtUwxYyz", ""),
}  # fmt: skip
_SHORT_ALONE = frozenset("GI:h")
_TAKING_A_WORD = frozenset(
    """abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout connect-to
    continue-at cookie cookie-jar create-file-mode crlfile curves data data-ascii data-binary data-raw data-urlencode
    delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine
    etag-compare etag-save expect100-timeout form form-string ftp-account ftp-alternative-to-user ftp-method ftp-port
    ftp-ssl-ccc-mode haproxy-clientip happy-eyeballs-timeout-ms header hostpubmd5 hostpubsha256 hsts interface ip-tos
    ipfs-gateway json keepalive-cnt keepalive-time key key-type krb libcurl limit-rate local-port login-options
    mail-auth mail-from mail-rcpt max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir
    parallel-max parallel-max-host pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert
    proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass
    proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser
    proxy-user proxy1.0 pubkey quote random-file range rate referer request request-target resolve retry retry-delay
    retry-max-time sasl-authzid service-name sigalgs socks4 socks4a socks5 socks5-gssapi-service socks5-hostname
    speed-limit speed-time stderr telnet-option tftp-blksize time-cond tls-max tls13-ciphers tlsauthtype tlspassword
    tlsuser trace trace-ascii trace-config unix-socket upload-file upload-flags url url-query user user-agent variable
    vlan-priority write-out""".split()  # noqa: SIM905  (a table of names)
)
_DATA = ("data", "data-ascii", "data-binary", "data-raw", "json")
_REFUSED = {
    "data-urlencode": "sends a form", "form": "sends a form", "form-string": "sends a form",
    "upload-file": "uploads a file", "get": "puts its data into the address",
}  # fmt: skip
_AS_HEADERS = {"user-agent": "User-Agent", "referer": "Referer"}
_LEFT_OUT = {
    "user": "The user and password (-u) were not kept: enter the key as the endpoint's key.",
    "cookie": "The cookies (-b) were not kept: they may hold a secret.",
    "config": "The options in the file of -K were not read.",
}


def refuse_windows(text: str) -> None:
    """Raises BadRequest for a command of Windows' shells."""
    lines = [line.strip() for line in text.split("\n", 100)[:100]]
    if any(_WINDOWS.match(line) or (line.startswith("curl") and line.endswith(_CONTINUED)) for line in lines):
        raise BadRequest(
            "this is a command for a Windows shell",
            advice='In the browser choose "Copy as cURL (bash)" and paste that.',
        )


def read(text: str, deadline: Deadline) -> tuple[Found, ...]:
    """The requests of all curl commands in a script that send something."""
    findings = Findings()
    every = commands(text, "curl", deadline)
    for command in every:
        try:
            _refuse_curly(command)
            requests = list(_requests(command))
        except BadRequest as error:
            findings.refuse(error)
            continue
        for request in requests:
            if request.data:
                findings.add(partial(_found, request))
    if every and findings.empty:
        raise NoRequest("the curl command sends no body", advice="Import a command with -d, --data-raw or --json.")
    return findings.all()


def _refuse_curly(command: Command) -> None:
    """A shell takes curly quotes for characters of a word, and would send something else than is meant."""
    if any(isinstance(word, str) and word.startswith(tuple(CURLY)) for word in command.words):
        raise BadRequest(
            f"line {command.line}: a word of the curl command begins with a curly quote",
            advice="Write straight quotes, and import again.",
        )


@dataclass
class _Request:
    command: Command
    urls: list[Text] = field(default_factory=list)
    headers: list[Text] = field(default_factory=list)
    data: list[tuple[str, Text]] = field(default_factory=list)
    key: Text | None = None
    notes: list[str] = field(default_factory=list)


def _requests(command: Command) -> Iterator[_Request]:
    """The requests of one command: more than one with --next."""
    request = _Request(command)
    for name, value in _options(command):
        if name == "next":
            yield request
            request = _Request(command)
        elif name in _DATA:
            request.data.append((name, value))
        elif name in _REFUSED:
            raise out_of_scope(f"line {command.line}: this curl command {_REFUSED[name]} (--{name})")
        elif name == "url":
            request.urls.append(value)
        elif name == "header":
            request.headers.append(value)
        elif name in _AS_HEADERS:
            request.headers.append(joined((f"{_AS_HEADERS[name]}: ", value)))
        elif name == "oauth2-bearer":
            request.key = value
        elif name in _LEFT_OUT:
            request.notes.append(_LEFT_OUT[name])
    yield request


def _options(command: Command) -> Iterator[tuple[str, Text]]:
    """Each option by its long name, with its word; an address is a `url`."""
    words = iter(command.words[1:])
    plain = False
    for word in words:
        start = word if isinstance(word, str) else word.parts[0] if not isinstance(word, Hole) else ""
        if plain or not isinstance(start, str) or not start.startswith("-") or start == "-":
            yield "url", word
        elif start == "--":
            plain = True
        elif start.startswith("--"):
            name = start[2:]
            yield name, _next(words, command, start) if _takes(name) else ""
        else:
            yield from _short(word, words, command)


def _takes(name: str) -> bool:
    return name in _TAKING_A_WORD or name.startswith("expand-")


def _short(word: Text, words: Iterator[Text], command: Command) -> Iterator[tuple[str, Text]]:
    """The options of a word like -sSLN or -XPOST."""
    start = word if isinstance(word, str) else str(word.parts[0]) if not isinstance(word, Hole) else ""
    for index, letter in enumerate(start[1:], 1):
        name = _SHORT.get(letter)
        if name is None or letter in _SHORT_ALONE:
            yield name or "", ""
            continue
        rest = joined([start[index + 1 :], *(() if isinstance(word, (str, Hole)) else word.parts[1:])])
        yield name, rest if rest != "" else _next(words, command, f"-{letter}")
        return


def _next(words: Iterator[Text], command: Command, option: str) -> Text:
    value = next(words, None)
    if value is None:
        raise BadRequest(
            f"line {command.line}: {option:.40} at the end of the curl command has no value",
            advice="Paste the whole command.",
        )
    return value


def _found(request: _Request) -> Found:
    command = request.command
    url = _address(request.urls[0]) if request.urls else None
    headers = [pair for header in request.headers for pair in _header(header, request.notes)]
    body = value_of(_body(request), f"the body of the curl command in line {command.line}")
    if not isinstance(body, dict):
        _refuse_body(command.line)
    return found(Sent("curl command", command.line, url, body, tuple(headers), request.key, tuple(request.notes)))


def _refuse_body(line: int) -> NoReturn:
    raise BadRequest(
        f"line {line}: the body of the curl command is not a JSON object",
        advice="Import a chat-completion request.",
    )


def _address(url: Text) -> Text:
    """curl takes an address without its beginning for http://."""
    if isinstance(url, str) and url and "://" not in url and not url.startswith("/"):
        return f"http://{url}"
    return url


def _header(header: Text, notes: list[str]) -> Iterator[tuple[str, Any]]:
    """A header as curl sends it: `Name;` is an empty one, `Name:` none."""
    start = header if isinstance(header, str) else "" if isinstance(header, Hole) else header.parts[0]
    if not isinstance(start, str) or start == "" or start.startswith("@"):
        notes.append("A header was left out: the text does not tell its name.")
        return
    if ":" not in start and not start.endswith(";"):
        return
    name, colon, rest = start.partition(":")
    if not colon:
        yield name.rstrip("; "), ""
        return
    value = joined([rest.lstrip(), *(() if isinstance(header, (str, Hole)) else header.parts[1:])])
    if value != "":
        yield name.strip(), value


def _body(request: _Request) -> Text:
    """The data in one text: several --json follow each other directly, all else by way of &."""
    pieces: list[Text] = []
    for name, value in request.data:
        if pieces and name != "json":
            pieces.append("&")
        pieces.append(_data(name, value, request.command))
    return joined(pieces)


def _data(name: str, value: Text, command: Command) -> Text:
    if not isinstance(value, str) or not value.startswith("@") or name == "data-raw":
        return value
    if value not in ("@-", "@/dev/stdin"):
        _refuse_file(value[1:], command.line)
    stdin = command.stdin
    if stdin is None:
        raise BadRequest(
            f"line {command.line}: curl reads its data from standard input, and the text does not tell what stands there",
            advice="Paste the JSON itself.",
        )
    if isinstance(stdin, Hole) and stdin.file:
        _refuse_file(stdin.file, command.line)
    if name in ("data", "data-ascii"):
        return mapped(stdin, lambda part: part.translate(_LINE_ENDS))
    return stdin


_LINE_ENDS = {ord(char): None for char in "\r\n\0"}


def _refuse_file(file: str, line: int) -> NoReturn:
    raise BadRequest(
        f"line {line}: the body of the curl command stands in the file {file:.200}",
        advice="Paste what is in that file instead.",
    )
