"""Very many lines, rectangles or points in one call, straight from a numpy array.

A row of the array has the memory of a QLineF, QRectF or QPointF (numbers of 8 bytes, side by side), so Qt
reads it in place: thousands of small Python objects are never made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPixmap

Item = TypeVar("Item", QLineF, QRectF, QPointF, QPainter.PixmapFragment)


@contextmanager
def _first(table: NDArray[np.float64], kind: type[Item]) -> Iterator[Item]:
    """The first row as an item of Qt, as long as the block runs."""
    item = cast("Item", shiboken6.wrapInstance(table.ctypes.data, kind))
    try:
        yield item
    finally:
        # Else the wrapper would be found again for whatever lies at this address next.
        shiboken6.invalidate(item)


def lines(painter: QPainter, ends: NDArray[np.float64]) -> None:
    """Lines in rows of x1, y1, x2, y2."""
    table = np.ascontiguousarray(ends, dtype=np.float64)
    if len(table):
        with _first(table, QLineF) as first:
            painter.drawLines(first, len(table))


def rectangles(painter: QPainter, sides: NDArray[np.float64]) -> None:
    """Rectangles in rows of left, top, width, height."""
    table = np.ascontiguousarray(sides, dtype=np.float64)
    if len(table):
        with _first(table, QRectF) as first:
            painter.drawRects(first, len(table))


def points(painter: QPainter, places: NDArray[np.float64]) -> None:
    """Points in rows of x, y."""
    table = np.ascontiguousarray(places, dtype=np.float64)
    if len(table):
        with _first(table, QPointF) as first:
            painter.drawPoints(first, len(table))


def stamps(
    painter: QPainter, middles: NDArray[np.float64], sheet: QPixmap, columns: NDArray[np.int64], count: int
) -> None:
    """Small pictures at many places, in rows of x, y of the middle: columns of a sheet that has `count`."""
    if not len(middles):
        return
    wide = sheet.width() // count
    # QPainter.PixmapFragment: x, y, source left, top, width and height, scales, rotation, opacity.
    table = np.empty((len(middles), 10))
    table[:, :2] = middles
    table[:, 2] = columns * wide
    table[:, 3:] = 0.0, wide, sheet.height(), *[1.0 / sheet.devicePixelRatio()] * 2, 0.0, 1.0
    with _first(table, QPainter.PixmapFragment) as first:
        painter.drawPixmapFragments(first, len(table), sheet)
