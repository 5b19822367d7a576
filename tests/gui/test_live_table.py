from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from gui import theme
from gui.look import Look
from gui.parts import bands
from gui.parts.cells import ROW, Cell, CellDelegate
from gui.parts.live_table import LiveTable
from gui.parts.tables import Column, Line, Lines

COLUMNS = (Column("Name", 0),)


def _lines(word: str) -> list[Line]:
    return [Line((word, number), (Cell(f"{word} {number}"),)) for number in range(40)]


def test_rows_are_painted_some_a_frame_until_all_are_there(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Look(theme.light())
    model = Lines(COLUMNS)
    table = LiveTable(look, COLUMNS, "Rows")
    table.setModel(model)
    table.resize(300, 24 + 20 * ROW)
    qtbot.addWidget(table)
    painted: list[int] = []
    paint = CellDelegate.paint

    def count(delegate: CellDelegate, painter: QPainter, option: Any, index: QModelIndex) -> None:
        painted.append(index.row())
        paint(delegate, painter, option, index)

    monkeypatch.setattr(bands, "ENOUGH_S", 0.0)
    monkeypatch.setattr(CellDelegate, "paint", count)
    table.show()
    qtbot.waitExposed(table)
    model.show(_lines("old"))
    qtbot.wait(50)
    painted.clear()
    table.soften()
    model.show(_lines("new"))
    assert painted == []
    qtbot.waitUntil(lambda: len(painted) >= 3, timeout=2000)
    # What is newer is painted after the rest of what is under way, which so comes to its end.
    table.soften()
    model.show(_lines("newest"))
    qtbot.waitUntil(lambda: len(painted) >= 40, timeout=4000)
    qtbot.wait(100)
    assert painted == [*range(20)] * 2


def test_a_settled_table_is_painted_whole(qtbot: QtBot) -> None:
    look = Look(theme.light())
    model = Lines(COLUMNS)
    model.show(_lines("row"))
    table = LiveTable(look, COLUMNS, "Rows")
    table.setModel(model)
    table.resize(300, 24 + 20 * ROW)
    qtbot.addWidget(table)
    table.soften()
    table.settle()
    picture = table.grab().toImage()
    dark = [
        picture.pixelColor(x, y).lightness() < 120 for y in range(18 * ROW, 19 * ROW) for x in range(8, 60)
    ]
    assert any(dark), "the last rows are empty"
