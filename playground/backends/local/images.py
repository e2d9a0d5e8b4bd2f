"""Images of a conversation, decoded for a model that sees: from data URLs only, with hard limits."""

from __future__ import annotations

import base64
import binascii
import io

import PIL.Image
import PIL.ImageOps

from ...errors import BadRequest, Unsupported
from ...messages import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_BYTES = 20 * 2**20
MAX_PIXELS = 40_000_000


def decode(image: Image, where: str) -> PIL.Image.Image:
    """The image as RGB, upright, the first frame of an animation; what is transparent becomes white.

    `where` names the field for an error, such as `messages[0].content[1]`. Raises BadRequest for what is
    not an image or too large, Unsupported for a web address or a `detail`.
    """
    if image.image_url.detail in ("low", "high"):
        raise Unsupported(
            "Local models have one image resolution; detail can't be chosen.", param=f"{where}.image_url.detail"
        )
    if not image.url.startswith("data:"):
        raise Unsupported(
            "Local models don't fetch images from the web.",
            param=f"{where}.image_url.url",
            advice="Upload the image, or send it as a data URL.",
        )
    return _upright(_open(_payload(image.url, where), where), where)


def _payload(url: str, where: str) -> bytes:
    header, comma, data = url.partition(",")
    if not comma or not header.endswith(";base64"):
        raise _bad("The image's data URL is not data:image/...;base64,...", where)
    if len(data) > MAX_BYTES * 4 // 3 + 4:
        raise _bad(f"The image is larger than {MAX_BYTES // 2**20} MiB.", where)
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad("The image's data URL is not valid base64.", where) from error


def _open(data: bytes, where: str) -> PIL.Image.Image:
    try:
        opened = PIL.Image.open(io.BytesIO(data), formats=FORMATS)
    except PIL.UnidentifiedImageError as error:
        raise _bad("The image is not a PNG, JPEG, WebP or GIF.", where) from error
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise _bad("The image has too many pixels.", where) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise _bad("The image is damaged.", where) from error
    if opened.width * opened.height > MAX_PIXELS:
        raise _bad(f"The image has {opened.width} x {opened.height} pixels; {MAX_PIXELS:,} in all are taken.", where)
    return opened


def _upright(image: PIL.Image.Image, where: str) -> PIL.Image.Image:
    try:
        turned = PIL.ImageOps.exif_transpose(image)
        if not turned.has_transparency_data:
            return turned.convert("RGB")
        white = PIL.Image.new("RGBA", turned.size, "white")
        white.alpha_composite(turned.convert("RGBA"))
        return white.convert("RGB")
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _bad("The image is damaged.", where) from error


def _bad(message: str, where: str) -> BadRequest:
    return BadRequest(message, param=f"{where}.image_url.url", advice="Remove the image, or choose another.")
