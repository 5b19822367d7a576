"""Pictures that are made band by band."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from pytestqt.qtbot import QtBot

from gui.canvas.saved import png as written
from gui.canvas.saved.png import bands, png


def _paint(painter: QPainter, part: QRectF) -> None:
    """A chequered floor with a line across, of which only the part may be painted."""
    painter.fillRect(QRectF(0, 0, 300, 200), QColor("#F7F8FA"))
    for x in range(0, 300, 20):
        for y in range(0, 200, 20):
            if (x + y) % 40:
                painter.fillRect(QRectF(x, y, 20, 20), QColor(x % 256, y, 128))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("#B80D32"), 2.0))
    painter.drawLine(0, 0, 300, 200)
    assert part.isValid()


def _at_once(scale: float) -> QImage:
    image = QImage(round(300 * scale), round(200 * scale), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(scale, scale)
    _paint(painter, QRectF(0, 0, 300, 200))
    painter.end()
    return image


def _table(image: QImage) -> NDArray[np.int64]:
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(plain.constBits(), dtype=np.uint8).astype(np.int64)


@pytest.mark.parametrize("scale", [1.0, 2.0, 1.5])
def test_bands_and_tiles_join_to_what_is_painted_at_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, scale: float
) -> None:
    monkeypatch.setattr(written, "BAND", 5_000)
    monkeypatch.setattr(written, "TILE", 128)
    size = QSize(round(300 * scale), round(200 * scale))
    made = list(png(_paint, size, scale))
    assert len(made) == bands(size) + 2
    assert bands(size) > 5
    image = QImage.fromData(b"".join(made))
    assert image.size() == size
    differing = np.abs(_table(image) - _table(_at_once(scale)))
    # Where a tile begins, a slanted line is rounded anew.
    assert differing.max() <= 64
    assert differing.mean() < 0.2
    assert image.dotsPerMeterX() == round(96 * scale * 39.3701)


def test_a_picture_of_one_pixel_is_one(qtbot: QtBot) -> None:
    image = QImage.fromData(b"".join(png(_paint, QSize(1, 1), 1.0)))
    assert image.size() == QSize(1, 1)
    assert image.pixelColor(0, 0).isValid()
