"""The SQL tab, used as people use it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.sql.series import drawn, short, ticks
from inspector.exchange.sql import Answer

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from gui.panels.sql import SqlPanel


@pytest.fixture
def panel(window: MainWindow) -> SqlPanel:
    window.show_tab("SQL")
    return window.sql


def answered(panel: SqlPanel, text: str, qtbot: QtBot) -> None:
    panel.editor.setPlainText(text)
    QTest.keyClick(panel.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not panel.busy, timeout=8000)


def column(panel: SqlPanel, number: int) -> list[str]:
    return [panel.model.index(at, number).data() for at in range(panel.model.rowCount())]


def test_an_answer_is_a_table_that_is_sorted_and_copied(panel: SqlPanel, qtbot: QtBot) -> None:
    answered(panel, "SELECT channel, count(*) AS n, max(key) FROM records GROUP BY 1", qtbot)
    counts = [int(each) for each in column(panel, 1)]
    assert sum(counts) == 2000
    assert column(panel, 0) == sorted(column(panel, 0))
    assert panel.pages.currentWidget() is panel.table
    assert panel.count.text().startswith(f"{len(counts)} rows · ")
    panel.model.turn(1)
    assert [int(each) for each in column(panel, 1)] == sorted(counts)
    panel.model.turn(1)
    assert [int(each) for each in column(panel, 1)] == sorted(counts, reverse=True)
    panel.table.selectRow(0)
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    head, line = QGuiApplication.clipboard().text().splitlines()
    assert head == "channel\tn\tmax(key)"
    assert line.split("\t")[1] == str(max(counts))


def test_a_mistake_is_marked_and_the_answer_before_it_stays(panel: SqlPanel, qtbot: QtBot) -> None:
    answered(panel, "SELECT count(*) FROM records", qtbot)
    answered(panel, "\nSELECT chanel FROM records", qtbot)
    assert panel.wrong.text() == "The SQL is wrong: no such column: chanel. Did you mean channel?"
    (mark,) = panel.editor.extraSelections()
    assert mark.cursor.selectedText() == "chanel"
    assert column(panel, 0) == ["2000"]
    panel.editor.setPlainText("SELECT 1")
    assert not panel.editor.extraSelections()
    answered(panel, "DELETE FROM base", qtbot)
    assert "Only questions can be asked" in panel.wrong.text()


def test_words_are_offered_while_typing(panel: SqlPanel, qtbot: QtBot) -> None:
    panel.editor.setPlainText("")
    panel.editor.setFocus()
    QTest.keyClicks(panel.editor, "SELECT parti")
    assert set(panel.editor.offered) == {"partition", "PARTITION"}
    QTest.keyClick(panel.editor, Qt.Key.Key_Escape)
    QTest.keyClicks(panel.editor, "tion FROM ")
    assert set(panel.editor.offered) == {"records", "headers", "channels"}
    panel.editor._insert("records")
    assert panel.editor.toPlainText() == "SELECT partition FROM records"


def test_a_question_that_takes_long_is_stopped(panel: SqlPanel, qtbot: QtBot) -> None:
    long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    panel.editor.setPlainText(long)
    panel.go.click()
    qtbot.waitUntil(panel.halt.isVisible, timeout=2000)
    panel.halt.click()
    qtbot.waitUntil(lambda: not panel.busy, timeout=8000)
    assert panel.wrong.text() == "It was stopped."
    assert panel.go.isEnabled()


def test_all_rows_of_an_answer_are_exported(panel: SqlPanel, qtbot: QtBot, tmp_path: Path) -> None:
    answered(panel, 'SELECT "offset", key FROM records', qtbot)
    panel.save_to(tmp_path / "a.csv")
    qtbot.waitUntil((tmp_path / "a.csv").exists, timeout=8000)
    qtbot.waitUntil(lambda: not panel.busy, timeout=2000)
    with (tmp_path / "a.csv").open(newline="") as file:
        lines = [*csv.reader(file)]
    assert lines[0] == ["offset", "key"]
    assert [int(line[0]) for line in lines[1:]] == [row[0] for row in panel.model.answer.rows]


def test_the_events_of_the_list_alone_are_asked(window: MainWindow, panel: SqlPanel, qtbot: QtBot) -> None:
    window.events.bar.ask("type:PriceChange")
    qtbot.waitUntil(lambda: 20 < len(window.events.finder.found.in_time) < 400, timeout=8000)
    panel.over.setCurrentIndex(1)
    answered(panel, "SELECT DISTINCT type FROM records", qtbot)
    assert column(panel, 0) == ["PriceChange"]


def test_numbers_are_drawn_over_names(panel: SqlPanel, qtbot: QtBot) -> None:
    answered(panel, "SELECT channel, count(*) AS n, sum(size) AS s FROM records GROUP BY 1", qtbot)
    panel.show_page(1)
    chart = panel.chart
    assert (chart.upwards.currentText(), chart.across.currentText()) == ("s", "channel")
    chart.upwards.setCurrentText("All numbers")
    shown = chart.canvas.drawn
    assert [each.name for each in shown.series] == ["n", "s"]
    assert shown.names == tuple(column(panel, 0))
    assert f"n: {int(column(panel, 1)[0])}" in chart.canvas.words(0)
    answered(panel, "SELECT channel FROM records", qtbot)
    assert chart.note.text() == "No column of the answer holds numbers."
    assert not chart.canvas.grab().isNull()


def test_lines_lie_to_scale_and_bars_beside_each_other() -> None:
    answer = Answer(("at", "n"), [(10, 1), (30, None), (20, 2.5), (None, 9)])
    lines = drawn(answer, 0, [1], bars=False)
    assert (lines.at, lines.series[0].values) == ((10.0, 20.0, 30.0), (1.0, 2.5, None))
    bars = drawn(answer, 0, [1], bars=True)
    assert (bars.at, bars.names) == ((0.0, 1.0, 2.0), ("10", "30", "20"))
    assert (lines.low, lines.high) == (0.0, 2.5)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 1), (-3, 17), (0, 9_999_999), (0, 0.003), (-5, 0)])
def test_ticks_are_round_and_hold_what_is_drawn(low: float, high: float) -> None:
    found = ticks(low, high, 4)
    assert found[0] <= low
    assert found[-1] >= high
    assert 2 <= len(found) <= 8
    assert all(short(each) for each in found)
