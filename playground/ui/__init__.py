"""The page in the browser; with app.py the only importer of gradio."""

from .context import Context
from .page import TITLE, asset_routes, build, launch_options
from .serve import serve

__all__ = ["TITLE", "Context", "asset_routes", "build", "launch_options", "serve"]
