from __future__ import annotations

import pytest
from PySide6.QtGui import QFontInfo, QFontMetricsF
from pytestqt.qtbot import QtBot

from gui import fonts, icons, theme
from gui.fonts import Role


@pytest.mark.parametrize("role", Role)
def test_every_role_gets_the_shipped_font(qtbot: QtBot, role: Role) -> None:
    family, size, weight = role.value
    info = QFontInfo(fonts.font(role))
    assert info.family().startswith(family)
    assert info.pixelSize() == size
    assert info.weight() == weight


def test_figures_have_one_width(qtbot: QtBot) -> None:
    metrics = QFontMetricsF(fonts.font(Role.BODY))
    assert len({metrics.horizontalAdvance(figure * 10) for figure in "0123456789"}) == 1


def test_icons_are_drawn_in_the_colour_asked_for(qtbot: QtBot) -> None:
    colour = theme.light().palette.run
    for name in (*icons.MEANINGS, "gear"):
        image = icons.picture(name, colour, 16, 2.0).toImage()
        assert (image.width(), image.height()) == (32, 32)
        drawn = [
            image.pixelColor(x, y)
            for x in range(32)
            for y in range(32)
            if image.pixelColor(x, y).alpha() > 250
        ]
        assert drawn
        assert all(abs(pixel.red() - colour.red()) < 6 for pixel in drawn)
