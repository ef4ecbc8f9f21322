"""Pictures that go with a question: read from what a person gives, and known by their first bytes."""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ollama_magics.display.quantities import size
from ollama_magics.errors import FileProblem, UsageProblem

LARGEST = 20_000_000
"""Bytes of the largest picture that is sent: base64 makes it a third longer, and a model sees it scaled down to a megapixel or so."""

_DATA_URL = "data:"
_PATH_CHARACTERS = 4096

# First bytes -> type. Source: the file formats; the engine of Ollama 0.33 decodes these with stb_image and libwebp.
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"BM", "image/bmp"))


@dataclass(frozen=True)
class Picture:
    """A picture of a question.

    Attributes:
        data: the file's bytes.
        kind: its type, for instance ``image/png``.
        name: what it is called, for people.
    """

    data: bytes = field(repr=False)
    kind: str
    name: str = ""

    @property
    def base64(self) -> str:
        """The bytes as the API takes them."""
        return base64.b64encode(self.data).decode("ascii")

    @property
    def url(self) -> str:
        """The picture as a data URL."""
        return f"data:{self.kind};base64,{self.base64}"

    def __str__(self) -> str:
        return f"{self.name}, {size(len(self.data))}"


def picture(image: Any, name: str = "") -> Picture:
    """Return what a person gives as a picture.

    Args:
        image: bytes, a path, base64, a data URL, or what a notebook draws as PNG (a picture of Pillow or IPython).
        name: what to call it; by default the file's name, or its type.

    Raises:
        FileProblem: the file cannot be read.
        UsageProblem: it is no picture, or a larger one than `LARGEST`.
    """
    if isinstance(image, Picture):
        return image
    data, own = _bytes(image)
    called = name or own
    kind = kind_of(data)
    if kind is None:
        raise UsageProblem(f"{called or 'this'} is no picture", hint="give PNG, JPEG, WebP, GIF or BMP as bytes, path or base64")
    if len(data) > LARGEST:
        raise UsageProblem(
            f"the picture {called} has {size(len(data))}, more than {size(LARGEST)}".replace("  ", " "), hint="make it smaller"
        )
    return Picture(data, kind, called or f"picture.{kind.removeprefix('image/').replace('jpeg', 'jpg')}")


def kind_of(data: bytes) -> str | None:
    """Return the type of a picture by its first bytes, None where they are none that is known.

    >>> kind_of(b"\\xff\\xd8\\xff\\xe0"), kind_of(b"<svg>")
    ('image/jpeg', None)
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for head, kind in _KINDS if data.startswith(head)), None)


def _bytes(image: Any) -> tuple[bytes, str]:
    """Return the bytes of what was given, and its own name."""
    if isinstance(image, (bytes, bytearray, memoryview)):
        return bytes(image), ""
    if isinstance(image, os.PathLike):
        return _read(Path(os.fspath(image)))
    if isinstance(image, str):
        return _from_text(image)
    draw = getattr(image, "_repr_png_", None)
    drawn = draw() if draw is not None else None
    if isinstance(drawn, tuple):  # IPython.display.Image gives its metadata beside
        drawn = drawn[0]
    if isinstance(drawn, str):
        return _decoded(drawn) or b"", ""
    if isinstance(drawn, bytes):
        return drawn, ""
    raise UsageProblem(f"a picture is bytes, a path or base64, not {type(image).__name__}", hint="give images=[...] one of these")


def _from_text(text: str) -> tuple[bytes, str]:
    if text.startswith(_DATA_URL):
        data = _decoded(text.partition(",")[2])
        if data is None:
            raise UsageProblem("the data URL of a picture is not base64", hint="write data:image/png;base64,…")
        return data, ""
    if text.startswith(("http://", "https://")):
        raise UsageProblem(
            "a picture at an address is not fetched unless you ask for it",
            hint="give ollama_magics.fetch_picture(URL), or save it and give its path",
        )
    # Base64 of a picture is longer than any path, and asking the system for a file of such a name is an error on some.
    if len(text) < _PATH_CHARACTERS and os.path.isfile(os.path.expanduser(text)):
        return _read(Path(text).expanduser())
    data = _decoded(text)
    if data is None or kind_of(data) is None:
        shown = text if len(text) <= 80 else f"{text[:80]}…"
        raise FileProblem(f"there is no picture {shown!r}", hint="check the path")
    return data, ""


def _read(path: Path) -> tuple[bytes, str]:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageProblem(
                f"the picture {path.name} has {size(path.stat().st_size)}, more than {size(LARGEST)}", hint="make it smaller"
            )
        return path.read_bytes(), path.name
    except OSError as exc:
        raise FileProblem(f"the picture {str(path)!r} cannot be read: {exc.strerror}", hint="check the path") from exc


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
