"""The composition root: settings -> backends -> API and page, on one port. Start it with `python app.py`."""

from __future__ import annotations

import logging
import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from playground.settings import Settings, announcement, operator_endpoint, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import gradio as gr
    from starlette.applications import Starlette

    from playground.backends.base import Backend


def compose(settings: Settings) -> tuple[gr.Blocks, dict[str, Any]]:
    """The page, and how to launch it: its look, and the API as routes that come before Gradio's own."""
    from playground.backends.catalog import DEMO, HF_ROUTER, Catalog, local_endpoint
    from playground.backends.remote import RemoteBackend
    from playground.request import ModelRef
    from playground.server import create_api, health_route, mount_at, put_ahead
    from playground.ui import Context, asset_routes, build, launch_options

    catalog = Catalog(
        local=lambda: local_backend(settings),
        remote=partial(RemoteBackend, silence_timeout=settings.silence),
    )
    here = local_endpoint(f"{settings.url}/v1", key_required=settings.api_key is not None)
    own = operator_endpoint(settings)
    # On a Space every visitor would spend the operator's keys, so they stay out there.
    token = None if settings.on_space else settings.hf_token
    endpoint_key = None if settings.on_space else settings.endpoint_key
    context = Context(
        catalog=catalog,
        endpoints=(here, *([own] if own else []), HF_ROUTER, *([DEMO] if settings.demo else [])),
        default=ModelRef(endpoint=here, id=settings.default_model),
        environment={
            **({HF_ROUTER.name: token} if token else {}),
            **({own.name: endpoint_key} if own and endpoint_key else {}),
        },
        image_side=settings.image_side,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        put_ahead(v1, app)
        yield
        await catalog.close()

    key = settings.api_key.get_secret_value() if settings.api_key else None
    api = create_api(catalog.backend(here), here, api_key=key, cors_origins=settings.cors_origins)
    v1 = mount_at("/v1", api)
    routes = [v1, health_route(), *asset_routes()]
    return build(context), {**launch_options(), "app_kwargs": {"routes": routes, "lifespan": lifespan}}


def local_backend(settings: Settings) -> Backend:
    """What runs models of this machine: in this process, or on a Space with ZeroGPU where a GPU is borrowed."""
    from playground.backends.local import LocalBackend

    make = partial(
        LocalBackend,
        data_dir=settings.data_dir,
        models_dir=settings.models_dir,
        default_model=settings.default_model,
        offline=settings.offline,
        device=settings.device,
        eight_bit={"8-bit": True, "full": False}.get(settings.weights),
        idle_seconds=settings.unload_after and settings.unload_after * 60,
        signed_in=not settings.on_space,
    )
    if not settings.zero_gpu:
        return make()
    import spaces

    from playground.backends.local.zerogpu import ZeroGpuBackend

    return ZeroGpuBackend(make(), make, spaces.GPU)


def check_port(settings: Settings) -> None:
    from playground.server.port import why_not

    if (reason := why_not(settings.host, settings.port)) is not None:
        sys.exit(reason)


# Flags are read before the slow imports in compose(), so that --help and a mistake are answered at once.
settings = settings_or_exit(sys.argv[1:] if __name__ == "__main__" else [])
if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("playground").setLevel(settings.log_level.upper())
    check_port(settings)

demo, options = compose(settings)  # a Space and `gradio app.py` look for the name `demo`

if __name__ == "__main__":
    from playground.ui import serve

    serve(demo, options, host=settings.host, port=settings.port, announcement=announcement(settings))
