"""Images of a conversation, decoded with hard limits."""

from __future__ import annotations

import base64
import io

import PIL.Image
import pytest

from playground.backends.local.images import MAX_BYTES, decode
from playground.errors import BadRequest, Unsupported
from playground.messages import Image
from tests.backends.local.asking import data_url, encoded, picture

WHERE = "messages[0].content[1]"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_known_formats_are_decoded(form: str) -> None:
    image = decode(picture("red", (3, 2), form), WHERE)
    assert (image.mode, image.size) == ("RGB", (3, 2))
    red, green, blue = image.getpixel((1, 1))  # type: ignore[misc]
    assert red > 240
    assert max(green, blue) < 15


def test_what_is_transparent_becomes_white() -> None:
    assert decode(picture((255, 0, 0, 0)), WHERE).getpixel((0, 0)) == (255, 255, 255)


def test_an_animation_gives_its_first_frame() -> None:
    frames = [PIL.Image.new("RGB", (2, 2), colour) for colour in ("blue", "red")]
    image = decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), WHERE)
    assert image.getpixel((0, 0)) == (0, 0, 255)


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    assert decode(picture("red", (4, 2), "JPEG", exif=exif), WHERE).size == (2, 4)


def truncated(image: Image) -> Image:
    content = base64.b64decode(image.url.partition(",")[2])
    return data_url(content[: len(content) // 2])


def huge() -> Image:
    held = io.BytesIO()
    PIL.Image.new("1", (20_000, 20_000)).save(held, "PNG")
    return data_url(held.getvalue())


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (data_url(b"not an image"), "not a PNG, JPEG, WebP or GIF"),
        (data_url(b'<svg xmlns="http://www.w3.org/2000/svg"/>'), "not a PNG, JPEG, WebP or GIF"),
        (picture("red", form="BMP"), "not a PNG, JPEG, WebP or GIF"),
        (data_url(b""), "not a PNG, JPEG, WebP or GIF"),
        (Image.of("data:image/png;base64,!!!"), "base64"),
        (Image.of("data:image/png,plain"), "base64"),
        (Image.of("data:image/png"), "base64"),
        (truncated(picture("red", (300, 300))), "damaged"),
        (huge(), "pixels"),
        (Image.of("data:image/png;base64," + "A" * (MAX_BYTES * 2)), "larger than 20 MiB"),
    ],
)
def test_what_is_not_an_image_is_a_bad_request(image: Image, words: str) -> None:
    with pytest.raises(BadRequest, match=words) as error:
        decode(image, WHERE)
    assert error.value.param == f"{WHERE}.image_url.url"


@pytest.mark.parametrize(
    ("image", "param"),
    [
        (Image.of("https://example.com/a.png"), "image_url.url"),
        (Image.of("http://169.254.169.254/a.png"), "image_url.url"),
        (Image.of(picture("red").url, "low"), "image_url.detail"),
    ],
)
def test_web_addresses_and_detail_are_refused(image: Image, param: str) -> None:
    with pytest.raises(Unsupported) as error:
        decode(image, WHERE)
    assert error.value.param == f"{WHERE}.{param}"


def test_detail_auto_asks_for_nothing() -> None:
    assert decode(Image.of(picture("red").url, "auto"), WHERE).mode == "RGB"
