"""PNG of any size, made band by band: it may be larger than the memory for one image."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter

BAND = 2_000_000
"""Pixels that are painted at once."""
TILE = 16_384
"""The widest image to paint on: beyond 32,767 px Qt's painter leaves out what it cannot count."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRUE_COLOUR = 2
_METRE = 39.3701
"""Inches in it."""

Paint = Callable[[QPainter, QRectF], object]
"""Paints a part of a picture, given in px at scale 1, in its own place."""


def rows(width: int) -> int:
    """The height of a band, in pixels."""
    return max(16, BAND // max(width, 1))


def bands(size: QSize) -> int:
    """How many bands a picture of so many pixels is painted in."""
    return ceil(size.height() / rows(size.width()))


def png(paint: Paint, size: QSize, scale: float) -> Iterator[bytes]:
    """The file in pieces, one for each band after its head (https://www.w3.org/TR/png-3/).

    `size` is in pixels, `scale` of which stand for a px; what is painted has to be opaque.
    """
    head = struct.pack(">IIBBBBB", size.width(), size.height(), 8, _TRUE_COLOUR, 0, 0, 0)
    density = round(96 * scale * _METRE)
    yield _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"pHYs", struct.pack(">IIB", density, density, 1))
    packer = zlib.compressobj(6)
    high = rows(size.width())
    for top in range(0, size.height(), high):
        made = packer.compress(_band(paint, size.width(), top, min(high, size.height() - top), scale))
        yield _chunk(b"IDAT", made) if made else b""
    yield _chunk(b"IDAT", packer.flush()) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _band(paint: Paint, width: int, top: int, high: int, scale: float) -> bytes:
    """Some rows of pixels, each behind a byte that says that it is not filtered."""
    made = np.zeros((high, 1 + 3 * width), dtype=np.uint8)
    for left in range(0, width, TILE):
        wide = min(TILE, width - left)
        tile = _tile(paint, QRectF(left, top, wide, high), scale)
        made[:, 1 + 3 * left : 1 + 3 * (left + wide)] = tile
    return made.tobytes()


def _tile(paint: Paint, place: QRectF, scale: float) -> NDArray[np.uint8]:
    image = QImage(place.size().toSize(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        painter.translate(-place.topLeft())
        painter.scale(scale, scale)
        part = QRectF(place.topLeft() / scale, place.size() / scale)
        painter.setClipRect(part)
        paint(painter, part)
    finally:
        painter.end()
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    table = np.frombuffer(plain.constBits(), dtype=np.uint8)
    # A copy: the memory is that of the image.
    return table.reshape(plain.height(), plain.bytesPerLine())[:, : 3 * plain.width()].copy()
