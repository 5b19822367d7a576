"""The columns of events in the room that there is."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.events.columns import KNOWN, LAST, USUAL, column, fitted
from gui.panels.events import EventsPanel
from inspector.project.habits import ShownColumn

WANTED = [(KNOWN[key], KNOWN[key].width) for key in USUAL]
NATURAL = [KNOWN[key].width for key in USUAL[:-1]]


def test_columns_give_what_they_can_spare_to_the_last_one() -> None:
    assert fitted(WANTED, 2000) == [*NATURAL, LAST]
    tight = fitted(WANTED, 900)
    assert 900 - len(tight) <= sum(tight) <= 900
    assert tight[-1] == LAST
    for width, (each, wanted) in zip(tight[:-1], WANTED, strict=False):
        assert (each.least or wanted) <= width <= wanted
    known = column("header.source")
    assert known is not None
    assert fitted([(known, 40)], 10) == [LAST]
    assert fitted([], 10) == []


def test_where_room_is_short_columns_leave_that_the_open_record_tells() -> None:
    def left(room: int) -> list[str]:
        return [key for key, width in zip(USUAL, fitted(WANTED, room), strict=True) if not width]

    assert left(840) == []
    assert left(800) == ["size"]
    assert left(720) == ["position", "size"]
    assert left(640) == ["from", "position", "size"]
    assert left(100) == ["from", "position", "size"]
    assert sum(fitted(WANTED, 640)) <= 640


def test_the_value_is_seen_in_a_narrow_list_and_chosen_widths_are_kept(
    panel: EventsPanel, qtbot: QtBot
) -> None:
    table, last = panel.table, len(USUAL) - 1
    panel.record.hide()
    panel.resize(860, 400)
    qtbot.waitUntil(lambda: table.viewport().width() > 800)
    QApplication.processEvents()
    assert table.columnViewportPosition(last) + LAST <= table.viewport().width() + len(USUAL)
    assert not table.horizontalScrollBar().maximum()
    assert [each.width for each in table.shown_columns()] == [*NATURAL, 0]
    panel.resize(640, 400)
    qtbot.waitUntil(lambda: table.isColumnHidden(USUAL.index("from")))
    assert [each.width for each in table.shown_columns()] == [*NATURAL, 0]
    panel.resize(860, 400)
    qtbot.waitUntil(lambda: not table.isColumnHidden(USUAL.index("size")))
    table.horizontalHeader().resizeSection(USUAL.index("key"), 130)
    kept = {each.key: each.width for each in table.shown_columns()}
    assert kept["key"] == 130
    assert kept["channel"] == KNOWN["channel"].width
    panel.keeper.show_columns((ShownColumn("time", 96), ShownColumn("value", 0)))
    panel.arrange()
    panel.resize(1500, 400)
    qtbot.waitUntil(lambda: table.viewport().width() > 1400)
    assert table.columnWidth(1) == table.viewport().width() - 96
