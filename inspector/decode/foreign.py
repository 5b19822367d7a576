"""Bytes that only their makers can use: what they are is said, and nothing of them is run."""

from __future__ import annotations

import re
import struct
from typing import Any

from inspector.decode.base import About, Declined, Inside, Reading

JAVA_MAGIC = b"\xac\xed\x00\x05"
"""STREAM_MAGIC and STREAM_VERSION (Java Object Serialization Specification §6)."""
CLASS = re.compile(rb"\x72(..)(?=\[*[A-Za-z_$])", re.DOTALL)
"""TC_CLASSDESC and the length of the name behind it."""
CLASS_NAME = re.compile(r"\[*[A-Za-z_$][\w$.]*;?\Z")
MOST_CLASSES = 200


class JavaSerialization:
    """Serialised Java objects: the names of their classes. Reading them as objects would run foreign code."""

    name = "Java serialization"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """The names, in their order."""
        if not data.startswith(JAVA_MAGIC):
            raise Declined("it does not begin with ac ed 00 05")
        classes: dict[str, None] = {}
        for found in CLASS.finditer(data, len(JAVA_MAGIC)):
            size = int.from_bytes(found[1], "big")
            # Behind the name lie a serial version, flags and a count of fields.
            if found.end() + size + 11 <= len(data) and len(classes) < MOST_CLASSES:
                name = data[found.end() : found.end() + size].decode("utf-8", "replace")
                if CLASS_NAME.match(name):
                    classes[name] = None
        return Reading({"classes": list(classes), "bytes": len(data)}, self.name)


class Image:
    """PNG, JPEG, GIF, WebP, BMP or PDF by their first bytes: which, and how large it is drawn."""

    name = "image"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """Its kind, and width and height in pixels where its head tells them."""
        kind, size = self._head(data)
        if not kind:
            raise Declined("it does not begin as an image does")
        told: dict[str, Any] = {"kind": kind, "bytes": len(data)}
        if size is not None:
            told |= {"width": size[0], "height": size[1]}
        return Reading(told, f"{kind} {'document' if kind == 'PDF' else 'image'}")

    def _head(self, data: bytes) -> tuple[str, tuple[int, int] | None]:
        try:
            if data.startswith(b"\x89PNG\r\n\x1a\n"):
                return "PNG", struct.unpack_from(">II", data, 16)
            if data.startswith((b"GIF87a", b"GIF89a")):
                return "GIF", struct.unpack_from("<HH", data, 6)
            if data.startswith(b"\xff\xd8\xff"):
                return "JPEG", _jpeg(data)
            if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
                return "WebP", _webp(data)
            if data.startswith(b"BM") and int.from_bytes(data[2:6], "little") == len(data):
                width, height = struct.unpack_from("<ii", data, 18)
                return "BMP", (width, abs(height))
            if data.startswith(b"%PDF-"):
                return "PDF", None
        except struct.error as error:
            raise Declined("it begins as an image does, and ends too early") from error
        return "", None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """From the start of frame (ITU T.81 §B.2.2), past the segments before it."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    """https://developers.google.com/speed/webp/docs/riff_container"""
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None
