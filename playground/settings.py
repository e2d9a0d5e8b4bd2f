"""The settings: one table of rows, read once from flags and environment.

A flag beats the environment, the environment beats the default; an empty variable counts as unset. The
parser of flags, the help and the README's table derive from SETTINGS. Print the README's table with
`python -m playground.settings`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import platformdirs
from pydantic import SecretStr, ValidationError

from .request import Endpoint

APP_NAME = "chat-completion-playground"


class SettingsError(Exception):
    """A setting cannot be used. One line that names the flag or the variable; never shows a secret."""


@dataclass(frozen=True)
class Settings:
    """What the app runs with. Printing it hides the secrets (they are SecretStr).

    `url` is where a browser finds the page, without a slash at the end; `device` is None for the best one.
    """

    host: str
    port: int
    default_model: str
    endpoint: str | None
    endpoint_key: SecretStr | None
    api_key: SecretStr | None
    cors_origins: tuple[str, ...]
    data_dir: Path
    models_dir: Path | None
    device: str | None
    weights: str
    unload_after: float | None
    offline: bool
    silence: float
    image_side: int
    demo: bool
    hf_token: SecretStr | None
    log_level: str
    on_space: bool
    zero_gpu: bool
    url: str


# --- how a value is read from its text: each returns the value or raises ValueError saying what would fit ---


def _host(text: str) -> str:
    if "/" in text or any(mark.isspace() for mark in text):
        raise ValueError("must be a host name or address, such as 127.0.0.1 or 0.0.0.0")
    return text.removeprefix("[").removesuffix("]")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise ValueError("must be a whole number from 1 to 65535")
    return int(text)


def _model(text: str) -> str:
    if any(mark.isspace() for mark in text):
        raise ValueError("must be a model id, such as HuggingFaceTB/SmolLM2-135M-Instruct")
    return text


def _base_url(text: str) -> str:
    try:
        return Endpoint(name="endpoint", base_url=text).base_url or text
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error


def _secret(text: str) -> SecretStr:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be printable ASCII characters without spaces, to travel in an HTTP header")
    return SecretStr(text)


def _origins(text: str) -> tuple[str, ...]:
    """Origins as browsers send them: a scheme, a host, a port where it is not the usual one."""
    return tuple(dict.fromkeys(_origin(part.strip()) for part in text.split(",") if part.strip()))


def _origin(text: str) -> str:
    wrong = "must be origins such as https://example.org or http://localhost:3000, with commas between them"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(wrong) from error
    bare = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in ("http", "https") or not parts.hostname or not bare or "*" in text:
        raise ValueError(wrong)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = port in (None, {"http": 80, "https": 443}[parts.scheme])
    return f"{parts.scheme}://{host}" + ("" if usual else f":{port}")


def _folder(text: str) -> Path:
    folder = Path(text).expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise ValueError("must be a folder; there is a file of that name")
    return folder


def _models_folder(text: str) -> Path:
    folder = _folder(text)
    if not folder.is_dir():
        raise ValueError("must be a folder that is there")
    return folder


def _device(text: str) -> str | None:
    if text == "auto":
        return None
    kind, _, number = text.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (number and not (kind == "cuda" and number.isdigit())):
        raise ValueError("must be auto, cpu, mps, cuda or cuda:0, cuda:1, ...")
    return text


def _weights(text: str) -> str:
    if text not in ("auto", "8-bit", "full"):
        raise ValueError("must be auto, 8-bit or full")
    return text


def _minutes(text: str) -> float | None:
    if not (text.isascii() and text.replace(".", "", 1).isdigit()) or float(text) > 10_000:
        raise ValueError("must be a number of minutes from 0 (never) to 10000")
    return float(text) or None


def _yes_or_no(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise ValueError("must be 1 or 0")
    return text.lower() in _YES


def _seconds(text: str) -> float:
    if not (text.isascii() and text.replace(".", "", 1).isdigit()) or not 0 < float(text) <= 86_400:
        raise ValueError("must be a number of seconds, more than 0 and at most 86400")
    return float(text)


def _image_side(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 64 <= int(text) <= 8192):
        raise ValueError("must be a whole number of pixels from 64 to 8192")
    return int(text)


def _log_level(text: str) -> str:
    if text.lower() not in ("debug", "info", "warning", "error"):
        raise ValueError("must be debug, info, warning or error")
    return text.lower()


_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


# --- the table -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """One row. `env` is tried in order; `flag` is None where a setting comes from the environment only.

    `default` and `space_default` (on a Hugging Face Space) are texts that `read` takes; `shown` says a
    default that has no text, `absent` is its value.
    """

    name: str
    help: str
    read: Callable[[str], Any]
    env: tuple[str, ...]
    flag: str | None
    metavar: str
    default: str | None = None
    space_default: str | None = None
    shown: str = "none"
    absent: Any = None

    @property
    def default_text(self) -> str:
        text = self.default or self.shown
        return f"{text} ({self.space_default} on a Space)" if self.space_default else text


SETTINGS: tuple[Setting, ...] = (
    Setting("host", "Address to listen on; 0.0.0.0 lets other machines in.", _host,
            ("PLAYGROUND_HOST", "GRADIO_SERVER_NAME"), "--host", "ADDRESS", default="127.0.0.1", space_default="0.0.0.0"),
    Setting("port", "Port of the page and of the API.", _port,
            ("PLAYGROUND_PORT", "GRADIO_SERVER_PORT"), "--port", "PORT", default="7860"),
    Setting("default_model", "Local model that is chosen at first.", _model,
            ("PLAYGROUND_MODEL",), "--model", "ID", default="HuggingFaceTB/SmolLM2-135M-Instruct"),
    Setting("endpoint", "Base URL of an OpenAI-compatible API to offer beside the local models.", _base_url,
            ("PLAYGROUND_ENDPOINT",), "--endpoint", "URL"),
    Setting("endpoint_key", "Key for that endpoint.", _secret,
            ("PLAYGROUND_ENDPOINT_KEY",), None, "KEY"),
    Setting("api_key", "Key that callers of this app's own /v1 must send. Other users of the machine can read a flag; prefer the variable.",
            _secret, ("PLAYGROUND_API_KEY",), "--api-key", "KEY", shown="none: no key is asked for"),
    Setting("cors_origins", "Sites whose pages may call this app's /v1 from a browser, with commas between them. Pages of other sites are refused.",
            _origins, ("PLAYGROUND_CORS_ORIGINS",), "--cors-origins", "ORIGINS", absent=()),
    Setting("data_dir", "Folder for converted weights and saved work.", _folder,
            ("PLAYGROUND_DATA_DIR",), "--data-dir", "FOLDER", shown="the user's data folder"),
    Setting("models_dir", "Folder with models of your own: folders in transformers' format and GGUF files, offered by their names.", _models_folder,
            ("PLAYGROUND_MODELS_DIR",), "--models-dir", "FOLDER"),
    Setting("device", "Where local models run: auto, cpu, cuda, cuda:1, mps.", _device,
            ("PLAYGROUND_DEVICE",), "--device", "DEVICE", default="auto"),
    Setting("weights", "Weights of local models on the CPU: 8-bit (fast and small), full (as published), or auto: 8-bit for the default model and GGUF files.",
            _weights, ("PLAYGROUND_WEIGHTS",), "--weights", "KIND", default="auto"),
    Setting("unload_after", "Minutes after which a local model that nobody uses leaves the memory; 0 for never.", _minutes,
            ("PLAYGROUND_UNLOAD_AFTER",), "--unload-after", "MINUTES", default="30"),
    Setting("offline", "Fetch nothing: no Hub, no package index. Endpoints can still be called.", _yes_or_no,
            ("PLAYGROUND_OFFLINE",), "--offline", "", default="0"),
    Setting("silence", "Seconds that an endpoint may say nothing before a run gives up on it.", _seconds,
            ("PLAYGROUND_SILENCE",), "--silence", "SECONDS", default="60"),
    Setting("image_side", "Longest side in pixels to which images are scaled down before they are sent.", _image_side,
            ("PLAYGROUND_IMAGE_SIDE",), "--image-side", "PIXELS", default="1568"),
    Setting("demo", "Also offer the demo models: scripted answers that need no model, to try the page.", _yes_or_no,
            ("PLAYGROUND_DEMO",), "--demo", "", default="0"),
    Setting("hf_token", "Hugging Face token, for gated models and Inference Providers.", _secret,
            ("HF_TOKEN",), None, "TOKEN"),
    Setting("log_level", "What the terminal shows: debug, info, warning, error.", _log_level,
            ("PLAYGROUND_LOG_LEVEL",), "--log-level", "LEVEL", default="info"),
)  # fmt: skip


def markdown_table() -> str:
    """The README's table of settings."""
    rows = ["| Flag | Environment | Default | What it sets |", "| --- | --- | --- | --- |"]
    for row in SETTINGS:
        names = ", ".join(f"`{name}`" for name in row.env)
        rows.append(f"| {f'`{row.flag}`' if row.flag else ''} | {names} | {row.default_text} | {row.help} |")
    return "\n".join(rows)


# --- reading -------------------------------------------------------------------------------------


def read_settings(argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """The settings of this start. Raises SettingsError; `--help` prints and raises SystemExit(0)."""
    flags = vars(_parser().parse_args(list(argv)))
    on_space = bool(environ.get("SPACE_ID"))
    values = {row.name: _value(row, flags, environ, on_space) for row in SETTINGS}
    if values["data_dir"] is None:
        values["data_dir"] = _space_folder() if on_space else Path(platformdirs.user_data_dir(APP_NAME, False))
    return Settings(
        on_space=on_space,
        zero_gpu=on_space and environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true"),  # as `spaces` reads it
        url=_url(values["host"], values["port"], environ.get("SPACE_HOST")),
        **values,
    )


def settings_or_exit(argv: Sequence[str]) -> Settings:
    """The settings from these flags and the process's environment; a bad one is said, with exit status 2."""
    try:
        return read_settings(argv, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from error


def operator_endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint that the operator offers beside the local models, named by its host; None without one."""
    if settings.endpoint is None:
        return None
    fields = {"name": urlsplit(settings.endpoint).netloc[:80], "base_url": settings.endpoint}
    if settings.endpoint_key is not None:
        fields["key_name"] = "PLAYGROUND_ENDPOINT_KEY"
    return Endpoint.model_validate(fields)


def announcement(settings: Settings) -> str:
    """What the terminal says once the app is up."""
    key = "asks for its key; code reads that from API_KEY" if settings.api_key else "asks for no key"
    lines = [
        f"Chat Completion Playground: {settings.url}",
        f"Its models as an API:       {settings.url}/v1 ({key})",
        f"Data folder:                {settings.data_dir}",
    ]
    if settings.host in ("0.0.0.0", "::") and not settings.on_space:
        lines.append("Other machines of this network can use both.")
    return "\n".join(lines)


def _value(row: Setting, flags: Mapping[str, Any], environ: Mapping[str, str], on_space: bool) -> Any:
    source, text = _given(row, flags, environ)
    if text is None:
        text = (row.space_default if on_space else None) or row.default
    if text is None:
        return row.absent
    if not text.strip():
        raise SettingsError(f"{source}: must not be empty")
    try:
        return row.read(text.strip())
    except ValueError as error:
        shown = "" if row.read is _secret else f", not {text!r}"
        raise SettingsError(f"{source}: {error}{shown}") from error


def _given(row: Setting, flags: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, str | None]:
    """Where a value was given, and its text; ("", None) if nowhere."""
    flag = flags.get(row.name)
    if flag is not None:
        return row.flag or "", flag
    return next(((name, environ[name]) for name in row.env if environ.get(name, "").strip()), ("", None))


def _url(host: str, port: int, space_host: str | None) -> str:
    if space_host:
        return f"https://{space_host}"
    shown = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1") else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _space_folder() -> Path:
    """A folder that can be written on a Space: the persistent disk where there is one, else what home allows."""
    disk, home = Path("/data"), Path(platformdirs.user_data_dir(APP_NAME, False))
    if disk.is_dir() and os.access(disk, os.W_OK):
        return disk / APP_NAME
    existing = next(parent for parent in (home, *home.parents) if parent.exists())
    return home if os.access(existing, os.W_OK) else Path(tempfile.gettempdir()) / APP_NAME


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="app.py",
        description="A playground for chat models: a page in the browser, and the same models as an API under /v1.",
        epilog="From the environment only:\n" + "\n".join(_env_only()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for row in SETTINGS:
        if row.flag is None:
            continue
        help = f"{row.help} Default: {row.default_text}. Environment: {', '.join(row.env)}.".replace("%", "%%")
        if row.read is _yes_or_no:
            parser.add_argument(row.flag, dest=row.name, action="store_const", const="1", help=help)
            parser.add_argument(f"--no-{row.flag.removeprefix('--')}", dest=row.name, action="store_const", const="0",
                                help=f"The opposite of {row.flag}.")  # fmt: skip
        else:
            parser.add_argument(row.flag, dest=row.name, metavar=row.metavar, help=help)
    return parser


def _env_only() -> list[str]:
    return [f"  {', '.join(row.env)}: {row.help}" for row in SETTINGS if row.flag is None]


if __name__ == "__main__":
    sys.stdout.write(markdown_table() + "\n")
