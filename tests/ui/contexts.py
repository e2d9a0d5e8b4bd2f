"""The context that documents of a page are read in, where no backend is asked."""

from playground.request import Endpoint, ModelRef
from playground.ui.context import Context

LOCAL = Endpoint(name="This machine", kind="local", base_url="http://localhost:7860/v1")
CONTEXT = Context(
    catalog=None,  # type: ignore[arg-type]
    endpoints=(LOCAL,),
    default=ModelRef(endpoint=LOCAL, id="m"),
    environment={},
    image_side=1568,
)
