"""Client packages, as far as they decide what is sent: where to, with which key, headers and body.

Each function takes the arguments of a program's calls, by the packages' own names, and gives what they send.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from .apis import PATH, Api
from .found import Sent
from .values import ABSENT, FUNCTION, Hole, JsonText, Made, Mixed, as_hole, joined, with_default

Arguments = Mapping[Any, Any]
HUGGING_FACE = frozenset({"InferenceClient", "AsyncInferenceClient", "HfInference", "InferenceClientEndpoint"})
_OPENAI_CLIENTS = frozenset({"OpenAI", "AsyncOpenAI", "openai"})
_OPENAI = "https://api.openai.com/v1"
_ANTHROPIC_CLIENTS = frozenset({"Anthropic", "AsyncAnthropic", "anthropic"})
_ANTHROPIC = "https://api.anthropic.com"
_ROUTER = "https://router.huggingface.co/v1"
OTHER_APIS = {
    "responses": "a request to the Responses API", "embeddings": "a request for embeddings", "images": "a request for images",
    "completions": "a text-completion request",
}  # fmt: skip
"""What `client.responses.create` and the like make, by the name before the last."""
_QUERY = "What follows the path in its address (?) was left out."
_SIGN_IN = "The name and password in it were not kept: enter the key as the endpoint's key."
_LEFT_OUT = {
    **dict.fromkeys(("params", "query", "extra_query", "default_query", "defaultQuery", "searchParams"), _QUERY),
    "auth": _SIGN_IN, "cookies": "The cookies were not kept: they may hold a secret.",
}  # fmt: skip
_AZURE = "An Azure client makes its address from several settings: choose the endpoint."


def first(arguments: Arguments, *names: str) -> Any:
    """The first of these arguments that is given."""
    return next((arguments[name] for name in names if arguments.get(name) not in (None, ABSENT)), None)


def pairs(headers: Any) -> tuple[tuple[str, Any], ...]:
    """The headers of an object, or of a list of pairs, as far as the text tells their names."""
    items = headers.items() if isinstance(headers, dict) else headers if isinstance(headers, list) else ()
    named = [pair for pair in items if len(pair) == 2 and isinstance(pair[0], str)]
    return tuple((name, value) for name, value in named if value not in (None, ABSENT))


def left_out(*given: Arguments) -> tuple[str, ...]:
    """Notes on arguments of a client or a call that have no place here."""
    names = (name for arguments in given for name, value in arguments.items() if value not in (None, ABSENT))
    return tuple(dict.fromkeys(_LEFT_OUT[name] for name in names if name in _LEFT_OUT))


def by_package(
    title: str,
    line: int,
    client: str,
    options: Arguments,
    body: dict[Any, Any],
    headers: Any = None,
    notes: tuple[str, ...] = (),
    api: Api = "openai",
) -> Sent:
    """A call by way of a client package. `client` names the client's class, `options` are what it was made with,
    `body` and `headers` what the call adds, `api` which API the call is of."""
    name = client.rpartition(".")[2]
    read = _anthropic if api == "anthropic" else _hugging_face if name in HUGGING_FACE else _openai
    url, key, own, body = read(line, name, options, {key: value for key, value in body.items() if value is not ABSENT})
    azure = (_AZURE,) if api == "openai" and "Azure" in name and url is None else ()
    return Sent(title, line, url, body, (*own, *pairs(headers)), key, (*notes, *azure), api=api)


_Read = tuple[Any, Any, tuple[tuple[str, Any], ...], dict[Any, Any]]


def _openai(line: int, name: str, options: Arguments, body: dict[Any, Any]) -> _Read:
    """The openai package, and those made after it."""
    if "Azure" in name:
        return _azure(line, options, body)
    base = first(options, "base_url", "baseURL")
    key = first(options, "api_key", "apiKey", "token")
    if name in _OPENAI_CLIENTS:
        base = _OPENAI if base is None else base
        key = Hole(line, "the key", env="OPENAI_API_KEY") if key is None else key
    headers = (
        *_own_headers(options),
        *pairs({"OpenAI-Organization": options.get("organization"), "OpenAI-Project": options.get("project")}),
    )
    return None if base is None else below(base, PATH), key, headers, body


def _own_headers(options: Arguments) -> tuple[tuple[str, Any], ...]:
    return pairs(first(options, "default_headers", "defaultHeaders", "headers"))


def _azure(line: int, options: Arguments, body: dict[Any, Any]) -> _Read:
    """The openai package's client for Azure, where a model is a deployment."""
    endpoint = with_default(first(options, "azure_endpoint", "endpoint"))
    key = first(options, "api_key", "apiKey", "azure_ad_token", "azure_ad_token_provider", "azureADTokenProvider")
    key = Hole(line, "the key", env="AZURE_OPENAI_API_KEY") if key is None else key
    deployment = first(options, "azure_deployment", "deployment")
    model = first(body, "model") if deployment is None else deployment
    body = body if model is None else {**body, "model": model}
    known = isinstance(endpoint, str) and isinstance(model, str)
    path = f"/openai/deployments/{quote(model, safe='')}{PATH}" if isinstance(model, str) else ""
    return below(endpoint, path) if known else None, key, _own_headers(options), body


def _anthropic(line: int, name: str, options: Arguments, body: dict[Any, Any]) -> _Read:
    base, key = first(options, "base_url", "baseURL"), first(options, "api_key", "apiKey", "auth_token", "authToken")
    if name in _ANTHROPIC_CLIENTS:
        base = _ANTHROPIC if base is None else base
        key = Hole(line, "the key", env="ANTHROPIC_API_KEY") if key is None else key
    return None if base is None else below(base, "/v1/messages"), key, _own_headers(options), body


def _hugging_face(line: int, name: str, options: Arguments, body: dict[Any, Any]) -> _Read:
    """huggingface_hub's client and that of @huggingface/inference."""
    base = first(options, "base_url", "endpointUrl")
    key = first(options, "api_key", "token", "accessToken")
    models = (first(options, "model"), first(body, "model"))
    base = next((model for model in models if base is None and _is_address(model)), base)
    model = next((model for model in reversed(models) if model is not None and not _is_address(model)), None)
    if base is None:
        model = _at_provider(model, with_default(first(options, "provider")))
        key = Hole(line, "the key", env="HF_TOKEN") if key is None else key
    headers = (*pairs(first(options, "headers")), *pairs({"X-HF-Bill-To": first(options, "bill_to", "billTo")}))
    others = {name: value for name, value in body.items() if name != "model"}
    return _of_hugging_face(base), key, headers, others if model is None else {"model": model, **others}


def _is_address(model: Any) -> bool:
    return isinstance(model, str) and model.startswith(("http://", "https://"))


def _at_provider(model: Any, provider: Any) -> Any:
    """The router's name of a model at a provider."""
    chosen = isinstance(model, str) and isinstance(provider, str) and provider != "auto"
    return f"{model}:{provider}" if chosen else model


def _of_hugging_face(base: Any) -> Any:
    """The packages put /chat/completions after /v1, /v1 too after anything else, and neither after a whole address."""
    base = with_default(_ROUTER if base is None else base)
    if not isinstance(base, str):
        return base
    path = urlsplit(base).path.rstrip("/")
    if path.endswith(PATH):
        return base
    return below(base, PATH if path.endswith("/v1") else f"/v1{PATH}")


def merged(body: dict[Any, Any], extra: Any) -> dict[Any, Any]:
    """The body with further fields, which take the place of those of the same name."""
    if isinstance(extra, dict):
        return body | extra
    hole = as_hole(extra)
    return body if hole is None else body | {hole: True}


def below(base: Any, path: str) -> Any:
    """An address with a path after it."""
    base = with_default(base)
    if isinstance(base, str):
        return base.rstrip("/") + path
    return joined((base, path)) if isinstance(base, (Hole, Mixed)) else base


def by_http(
    title: str, line: int, url: Any, body: Any, headers: Any, base: Any = None, notes: tuple[str, ...] = ()
) -> Sent:
    """A POST of a JSON body; `base` is what the client puts before an address that is not a whole one."""
    address = with_default(url)
    if isinstance(address, str) and "://" not in address and base is not None:
        address = below(base, f"/{address.lstrip('/')}")
    return Sent(title=title, line=line, url=address, body=body, headers=pairs(headers), notes=notes)


def is_body(value: Any) -> bool:
    """Whether a value may be the body of a request to a model; a program may post other things too."""
    while isinstance(value, JsonText):
        value = value.value
    if isinstance(value, dict):
        return any(key in _MARKS or not isinstance(key, str) for key in value)
    return isinstance(value, (str, Hole, Mixed)) or (isinstance(value, Made) and value.name != FUNCTION)


_MARKS = frozenset({"messages", "input", "prompt", "model"})
