"""Bytes that are text."""

from __future__ import annotations

import re

from inspector.decode.base import About, Declined, Inside, Reading
from inspector.decode.preview import is_text

MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
"""Byte order marks, those that begin others after them first."""
CHARSET = re.compile(r";\s*charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)


class Text:
    """Text in the character set that is chosen, that a mark tells or the content-type header; else UTF-8."""

    name = "text"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """The text."""
        encoding = about.argument or _mark(data) or charset(about) or "utf-8"
        try:
            text = data.decode(encoding)
        except LookupError as error:
            raise Declined(f"the character set {encoding} is not known here") from error
        except UnicodeDecodeError as error:
            raise Declined(f"it is not {_shown(encoding)} from byte {error.start} on") from error
        if not is_text(text):
            raise Declined("it holds control characters")
        return Reading(text, "text" if _shown(encoding) == "UTF-8" else f"{_shown(encoding)} text")


def charset(about: About) -> str:
    """What the content-type header names; empty where it names none."""
    for name, value in about.headers:
        if value and name.lower() in ("content-type", "contenttype"):
            found = CHARSET.search(value.decode("utf-8", "replace"))
            return found[1] if found else ""
    return ""


def _mark(data: bytes) -> str:
    return next((name for mark, name in MARKS.items() if data.startswith(mark)), "")


def _shown(encoding: str) -> str:
    name = encoding.lower().removesuffix("-sig")
    return name.upper() if name.startswith(("utf", "iso", "ascii")) else encoding
