"""Settings: a flag beats the environment beats the default; a bad one is named; secrets don't print."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from pydantic import SecretStr

from playground.backends.local.backend import DEFAULT_MODEL
from playground.settings import APP_NAME, SETTINGS, Settings, SettingsError, markdown_table, read_settings

ROOT = Path(__file__).resolve().parent.parent
DEFAULTS = Settings(
    host="127.0.0.1",
    port=7860,
    default_model="HuggingFaceTB/SmolLM2-135M-Instruct",
    endpoint=None,
    endpoint_key=None,
    api_key=None,
    cors_origins=(),
    data_dir=Path(platformdirs.user_data_dir(APP_NAME, False)),
    models_dir=None,
    device=None,
    offline=False,
    weights="auto",
    unload_after=30.0,
    silence=60.0,
    image_side=1568,
    demo=False,
    hf_token=None,
    log_level="info",
    on_space=False,
    zero_gpu=False,
    url="http://localhost:7860",
)

CASES: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("", {}, {}),
    ("", {"PLAYGROUND_PORT": "", "HF_TOKEN": " "}, {}),
    ("--port 8001", {}, {"port": 8001, "url": "http://localhost:8001"}),
    ("--port=8001", {}, {"port": 8001, "url": "http://localhost:8001"}),
    ("", {"PLAYGROUND_PORT": "8002"}, {"port": 8002, "url": "http://localhost:8002"}),
    ("", {"GRADIO_SERVER_PORT": "8003"}, {"port": 8003, "url": "http://localhost:8003"}),
    ("", {"PLAYGROUND_PORT": "8002", "GRADIO_SERVER_PORT": "8003"}, {"port": 8002, "url": "http://localhost:8002"}),
    ("--port 8001", {"PLAYGROUND_PORT": "8002"}, {"port": 8001, "url": "http://localhost:8001"}),
    ("--port 8001", {"PLAYGROUND_PORT": "not looked at"}, {"port": 8001, "url": "http://localhost:8001"}),
    ("--host 0.0.0.0", {}, {"host": "0.0.0.0"}),
    ("--host [::1]", {}, {"host": "::1", "url": "http://[::1]:7860"}),
    ("", {"GRADIO_SERVER_NAME": "0.0.0.0"}, {"host": "0.0.0.0"}),
    ("", {"SPACE_ID": "me/space"}, {"host": "0.0.0.0", "on_space": True}),
    ("", {"SPACES_ZERO_GPU": "true"}, {}),
    ("", {"SPACE_ID": "me/space", "SPACES_ZERO_GPU": "true"}, {"host": "0.0.0.0", "on_space": True, "zero_gpu": True}),
    ("--host 127.0.0.1", {"SPACE_ID": "me/space"}, {"on_space": True}),
    (
        "",
        {"SPACE_ID": "me/space", "SPACE_HOST": "me-space.hf.space"},
        {"host": "0.0.0.0", "on_space": True, "url": "https://me-space.hf.space"},
    ),
    ("--host 10.0.0.7", {}, {"host": "10.0.0.7", "url": "http://10.0.0.7:7860"}),
    ("--model org/other", {}, {"default_model": "org/other"}),
    ("--endpoint http://localhost:8080/v1/", {}, {"endpoint": "http://localhost:8080/v1"}),
    ("", {"PLAYGROUND_ENDPOINT_KEY": "sk-1"}, {"endpoint_key": SecretStr("sk-1")}),
    ("", {"PLAYGROUND_API_KEY": "sk-1\n"}, {"api_key": SecretStr("sk-1")}),
    ("--api-key sk-2", {"PLAYGROUND_API_KEY": "sk-1"}, {"api_key": SecretStr("sk-2")}),
    (
        "--cors-origins https://A.example/,http://localhost:3000",
        {},
        {"cors_origins": ("https://a.example", "http://localhost:3000")},
    ),
    (
        "",
        {"PLAYGROUND_CORS_ORIGINS": "https://a.example:443, http://[::1]:1"},
        {"cors_origins": ("https://a.example", "http://[::1]:1")},
    ),
    ("", {"HF_TOKEN": "hf_1"}, {"hf_token": SecretStr("hf_1")}),
    ("--data-dir /srv/chat", {}, {"data_dir": Path("/srv/chat")}),
    ("--models-dir .", {}, {"models_dir": Path.cwd()}),
    ("--data-dir ~/chat", {}, {"data_dir": Path.home() / "chat"}),
    ("--device cuda:1", {}, {"device": "cuda:1"}),
    ("--device auto", {"PLAYGROUND_DEVICE": "cpu"}, {}),
    ("--offline", {}, {"offline": True}),
    ("", {"PLAYGROUND_OFFLINE": "Yes"}, {"offline": True}),
    ("--no-offline", {"PLAYGROUND_OFFLINE": "1"}, {}),
    ("", {"PLAYGROUND_LOG_LEVEL": "DEBUG"}, {"log_level": "debug"}),
    ("--weights full", {"PLAYGROUND_WEIGHTS": "8-bit"}, {"weights": "full"}),
    ("", {"PLAYGROUND_UNLOAD_AFTER": "0"}, {"unload_after": None}),
    ("--unload-after 1.5", {}, {"unload_after": 1.5}),
    ("--image-side 64", {"PLAYGROUND_IMAGE_SIDE": "8192"}, {"image_side": 64}),
    ("", {"PLAYGROUND_IMAGE_SIDE": "8192"}, {"image_side": 8192}),
]


@pytest.mark.parametrize(("flags", "env", "expected"), CASES, ids=[f"{flags} {env}" for flags, env, _ in CASES])
def test_where_a_setting_comes_from(flags: str, env: dict[str, str], expected: dict[str, Any]) -> None:
    settings = read_settings(flags.split(), env)
    expected = {"data_dir": settings.data_dir, **expected} if settings.on_space else expected
    assert settings == dataclasses.replace(DEFAULTS, **expected)


@pytest.mark.parametrize(
    ("flags", "env", "message"),
    [
        ("--port abc", {}, "--port: must be a whole number from 1 to 65535, not 'abc'"),
        ("--port 0", {}, "--port: must be a whole number from 1 to 65535, not '0'"),
        ("--port 65536", {}, "--port: must be a whole number"),
        ("--port -1", {}, "--port"),
        ("--port ²", {}, "--port: must be a whole number"),
        ("--port", {}, "--port: expected one argument (see app.py --help)"),
        ("", {"PLAYGROUND_PORT": "x"}, "PLAYGROUND_PORT: must be a whole number"),
        ("", {"GRADIO_SERVER_PORT": "x"}, "GRADIO_SERVER_PORT: must be a whole number"),
        ("--host http://localhost", {}, "--host: must be a host name or address"),
        ("--host=", {}, "--host: must not be empty"),
        ("--api-key=", {}, "--api-key: must not be empty"),
        ("--endpoint localhost:8080", {}, "--endpoint: the base URL must look like https://host/v1"),
        ("--endpoint ftp://host", {}, "--endpoint: the base URL must look like https://host/v1"),
        ("--cors-origins *", {}, "--cors-origins: must be origins such as https://example.org"),
        ("--cors-origins https://a.example/page", {}, "--cors-origins: must be origins"),
        ("--cors-origins a.example", {}, "--cors-origins: must be origins"),
        ("", {"PLAYGROUND_CORS_ORIGINS": "https://a.example,null"}, "PLAYGROUND_CORS_ORIGINS: must be origins"),
        ("--device tpu", {}, "--device: must be auto, cpu, mps, cuda"),
        ("--device cuda:x", {}, "--device: must be"),
        ("", {"PLAYGROUND_OFFLINE": "perhaps"}, "PLAYGROUND_OFFLINE: must be 1 or 0, not 'perhaps'"),
        ("--log-level loud", {}, "--log-level: must be debug, info, warning or error"),
        (f"--data-dir {__file__}", {}, "--data-dir: must be a folder; there is a file of that name"),
        ("--image-side 63", {}, "--image-side: must be a whole number of pixels from 64 to 8192, not '63'"),
        ("", {"PLAYGROUND_IMAGE_SIDE": "8193"}, "PLAYGROUND_IMAGE_SIDE: must be a whole number of pixels"),
        ("--image-side 1568px", {}, "--image-side: must be a whole number of pixels"),
        ("--prot 1", {}, "unrecognized arguments: --prot 1"),
        ("--po 1", {}, "unrecognized arguments: --po 1"),
    ],
)
def test_a_bad_setting_is_named_in_one_line(flags: str, env: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as bad:
        read_settings(flags.split(), env)
    assert message in str(bad.value)
    assert "\n" not in str(bad.value)


@pytest.mark.parametrize("name", ["PLAYGROUND_API_KEY", "PLAYGROUND_ENDPOINT_KEY", "HF_TOKEN"])
def test_a_secret_does_not_print(name: str) -> None:
    settings = read_settings([], {name: "sk-planted"})
    assert "sk-planted" not in f"{settings!r} {settings!s} {dataclasses.asdict(settings)}"
    for bad in ("sk-planted ü", "sk-planted two"):
        with pytest.raises(SettingsError, match=name) as error:
            read_settings([], {name: bad})
        assert "sk-planted" not in str(error.value)


def test_a_space_keeps_its_data_where_it_can_write() -> None:
    folder = read_settings([], {"SPACE_ID": "me/space"}).data_dir
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    assert os.access(existing, os.W_OK)


def test_the_default_model_is_the_one_that_comes_without_the_hub() -> None:
    assert DEFAULTS.default_model == DEFAULT_MODEL


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULTS.port = 1  # type: ignore[misc]


def test_the_help_says_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        read_settings(["--help"], {})
    told = capsys.readouterr().out
    assert done.value.code == 0
    for row in SETTINGS:
        assert row.help.split()[0] in told
        assert all(name in told for name in (*row.env, row.flag or row.env[0]))


def test_the_command_line_answers_fast() -> None:
    """--help and a bad flag answer from `python app.py` before anything slow is imported."""
    command = [sys.executable, "-X", "importtime", "app.py", "--help"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    bad = subprocess.run([sys.executable, "app.py", "--port", "x"], cwd=ROOT, capture_output=True, text=True)
    assert "--port" in told.stdout
    assert "playground.settings" in imported
    assert imported.isdisjoint({"gradio", "fastapi", "httpx", "torch", "transformers", "huggingface_hub"})
    assert (bad.returncode, bad.stderr) == (2, "--port: must be a whole number from 1 to 65535, not 'x'\n")


def test_the_readme_has_the_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    between = readme.split("<!-- settings -->")[1].split("<!-- /settings -->")[0]
    assert between.strip() == markdown_table(), "paste the output of `python -m playground.settings`"
