"""The time line in the window, over a capture in which a loop begins, and over one that grows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graph.identity import LoopId
from graph.model import DependencyGraph, LoopStatus
from gui.app import Program
from gui.main_window import MainWindow
from gui.timeline.chart import AXIS, BARS
from gui.timeline.lanes import HEIGHT
from inspector.brokers.memory import MemoryBroker
from inspector.connection import parse
from inspector.errors import CaptureError
from tests.gui.timeline.conftest import ACTIVE_S, AGAIN_S, NEW, OLD, PAUSED_S, RUNAWAY_S, SECOND, Pairs

LOOP = LoopId("a1")
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def looked(window: MainWindow, qtbot: QtBot, at_ns: int | None) -> None:
    """Wait until a time is shown."""
    qtbot.waitUntil(lambda: window.session.moment_ns == at_ns, timeout=5000)
    window.session.turns.finish()


def place(window: MainWindow, at_ns: int, y: int = 10) -> QPoint:
    return QPoint(round(window.time_line.chart.x_of(at_ns)), y)


def test_the_phases_of_a_loop_are_lanes(shown: MainWindow, start_ns: int) -> None:
    chart = shown.time_line.chart
    assert [lane.name for lane in chart.lanes] == [
        "promo-service ⇄ pricing-engine",
        "replenishment ⇄ inventory-service",
        "2 more loops",
    ]
    assert chart.height() == shown.time_line.height() == BARS + 3 * HEIGHT + AXIS
    found = [
        ((phase.start_ns - start_ns) // SECOND, phase.status, phase.paused) for phase in chart.lanes[0].phases
    ]
    assert found == [
        (ACTIVE_S, LoopStatus.ACTIVE, False),
        (RUNAWAY_S, LoopStatus.RUNAWAY, False),
        (PAUSED_S, LoopStatus.RUNAWAY, True),
        (AGAIN_S, LoopStatus.RUNAWAY, False),
    ]
    assert chart.lanes[0].phases[-1].end_ns is None
    assert chart.lanes[0].at(start_ns + 10 * SECOND) is None
    assert "paused" in chart.describe(QPointF(chart.x_of(start_ns + 250 * SECOND), BARS + 5))
    assert "no record came round" in chart.describe(QPointF(chart.x_of(start_ns + 10 * SECOND), BARS + 5))
    assert "/s" in chart.describe(QPointF(chart.x_of(start_ns + 100 * SECOND), 5))


def test_phases_look_different_without_any_colour(shown: MainWindow, start_ns: int) -> None:
    """In grey: how much of a phase's box is dark, and how it is spread, differs between every two of them."""
    chart = shown.time_line.chart
    picture = chart.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)

    def profile(second: int) -> tuple[float, ...]:
        """Darkness of each row of the first lane, away from the words at the beginning of a phase."""
        left, right = (round(chart.x_of(start_ns + each * SECOND)) for each in (second, second + 12))
        rows = range(BARS + 1, BARS + HEIGHT - 1)
        return tuple(
            sum(picture.pixelColor(x, y).lightness() < 170 for x in range(left, right)) / (right - left)
            for y in rows
        )

    none, active, runaway, paused = (profile(each) for each in (20, 130, 200, 250))
    assert max(none) < 0.05
    assert sum(each > 0.9 for each in runaway) >= 11
    assert 1 <= sum(each > 0.9 for each in active) <= 4
    assert active[len(active) // 2] < 0.1
    assert 1 <= sum(0.3 < each < 0.95 for each in paused) <= 4
    assert sum(each > 0.05 for each in paused) <= 4


def test_dragging_shows_each_moment_and_the_playhead_follows(
    shown: MainWindow, qtbot: QtBot, start_ns: int
) -> None:
    window, chart = shown, shown.time_line.chart
    QTest.mousePress(chart, LEFT, NONE, place(window, start_ns + 30 * SECOND))
    wanted = window.session.travel.wanted_ns
    assert wanted is not None
    assert abs(wanted - (start_ns + 30 * SECOND)) < SECOND
    looked(window, qtbot, wanted)
    graph = window.session.graph
    assert NEW not in graph.applications
    assert OLD in graph.applications
    assert LOOP not in graph.loops
    assert window.loops.count == 4
    events = window.events.model.rowCount()
    assert 0 < events < 2000
    heads = []
    for second in range(31, 211, 6):
        QTest.mouseMove(chart, place(window, start_ns + second * SECOND))
        QApplication.processEvents()
        heads.append(window.session.travel.wanted_ns or 0)
    assert heads == sorted(heads)
    assert len(set(heads)) == len(heads)
    QTest.mouseRelease(chart, LEFT, NONE, place(window, start_ns + 210 * SECOND))
    looked(window, qtbot, heads[-1])
    graph = window.session.graph
    assert graph.loops[LOOP].status is LoopStatus.RUNAWAY
    assert OLD not in graph.applications
    assert window.events.model.rowCount() > events
    assert "As it was at" in window.top._state.text()
    window.time_line.now.click()
    looked(window, qtbot, None)
    assert window.events.model.rowCount() == 2000


def test_of_many_wishes_only_one_is_read_at_a_time_and_the_newest_is_shown(
    shown: MainWindow, qtbot: QtBot, start_ns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = shown.session.reader
    assert reader is not None
    read, at_once, most = [], [0], [0]
    graph = reader.graph

    def slow(at_ns: int | None = None) -> object:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        read.append(at_ns)
        try:
            return graph(at_ns)
        finally:
            at_once[0] -= 1

    monkeypatch.setattr(reader, "graph", slow)
    for second in range(10, 210):
        shown.session.look_at(start_ns + second * SECOND)
    looked(shown, qtbot, start_ns + 209 * SECOND)
    assert most == [1]
    assert read == [start_ns + 10 * SECOND, start_ns + 209 * SECOND]


def test_keys_move_the_playhead(shown: MainWindow, qtbot: QtBot, start_ns: int) -> None:
    chart, travel = shown.time_line.chart, shown.session.travel
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert chart.span is not None
    assert travel.wanted_ns == max(chart.span.start_ns, start_ns)
    begin = travel.wanted_ns
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert travel.wanted_ns == begin + int(0.01 * chart.span.length_ns)
    QTest.keyClick(chart, Qt.Key.Key_PageDown)
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert travel.wanted_ns == begin + int(0.1 * chart.span.length_ns)
    QTest.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    turns = shown.history.turns()
    assert travel.wanted_ns in turns
    looked(shown, qtbot, travel.wanted_ns)
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert travel.wanted_ns is None


def test_the_wheel_zooms_and_the_axis_pans(shown: MainWindow, qtbot: QtBot) -> None:
    line, chart = shown.time_line, shown.time_line.chart
    before = chart.span
    assert before is not None
    middle = QPointF(chart.width() / 2, 10)

    def turn(steps: int) -> None:
        made = QWheelEvent(
            middle,
            chart.mapToGlobal(middle),
            QPoint(),
            QPoint(0, 120 * steps),
            Qt.MouseButton.NoButton,
            NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(chart, made)

    at_ns = chart.time_at(middle.x())
    turn(4)
    zoomed = chart.span
    assert zoomed is not None
    assert zoomed.length_ns == pytest.approx(before.length_ns / 1.25**4, rel=1e-6)
    assert chart.time_at(middle.x()) == pytest.approx(at_ns, abs=SECOND / 10)
    assert line.span.currentIndex() == -1
    foot = chart.height() - AXIS // 2
    QTest.mousePress(chart, LEFT, NONE, QPoint(300, foot))
    QTest.mouseMove(chart, QPoint(380, foot))
    QTest.mouseRelease(chart, LEFT, NONE, QPoint(380, foot))
    panned = line._own
    assert panned is not None
    assert panned.length_ns == zoomed.length_ns
    moved = (zoomed.start_ns - panned.start_ns) / zoomed.length_ns * chart.width()
    assert moved == pytest.approx(80, abs=2)
    assert shown.session.travel.wanted_ns is None
    qtbot.waitUntil(lambda: chart.counts is not None and chart.counts.span == chart.span, timeout=5000)
    line.span.setCurrentIndex(4)
    assert chart.span == chart.bounds


def test_back_to_now_shows_as_much_of_the_line_as_before(
    shown: MainWindow, qtbot: QtBot, start_ns: int
) -> None:
    line, session = shown.time_line, shown.session
    line.span.setCurrentIndex(0)
    reached, seconds = line.chart.span, line.span.currentData()
    assert reached is not None
    assert reached.start_ns > start_ns
    ways: list[Callable[[], object]] = [shown.actions_["moment.now"].trigger, line.go_now]
    for back in ways:
        session.look_at(start_ns)
        qtbot.waitUntil(lambda: session.moment_ns == start_ns, timeout=5000)
        assert line.chart.span is not None
        assert line.chart.span.start_ns <= start_ns
        assert line.span.currentIndex() == -1
        back()
        assert line.span.currentData() == seconds
        assert line.chart.span == reached
    # What a person zooms to while in the past is theirs.
    session.look_at(start_ns)
    qtbot.waitUntil(lambda: session.moment_ns == start_ns, timeout=5000)
    assert line.chart.bounds is not None
    assert line.chart.span is not None
    own = line.chart.span.zoomed(0.5, start_ns, line.chart.bounds)
    line._zoomed(own)
    shown.actions_["moment.now"].trigger()
    assert line.chart.span == own


def test_a_failure_is_told_and_the_playhead_goes_back(
    shown: MainWindow, qtbot: QtBot, start_ns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(at_ns: int | None = None) -> object:
        raise CaptureError("The history is damaged.", "Its records can still be read.")

    monkeypatch.setattr(shown.session.reader, "graph", broken)
    shown.session.look_at(start_ns + 100 * SECOND)
    qtbot.waitUntil(lambda: "history" in shown.session.troubles, timeout=5000)
    assert shown.session.travel.wanted_ns is None
    assert shown.session.moment_ns is None


def test_the_menu_offers_the_moment_before_the_loop_began(
    shown: MainWindow, qtbot: QtBot, start_ns: int
) -> None:
    chart = shown.time_line.chart
    menu = chart.menu(start_ns + 200 * SECOND, chart.lanes[0])
    words = [action.text() for action in menu.actions() if action.text()]
    assert words[2] == "Compare from before promo-service ⇄ pricing-engine was runaway"
    menu.actions()[2].trigger()
    assert shown.session.travel.mark_ns == start_ns + RUNAWAY_S * SECOND - 1
    menu.actions()[3].trigger()
    assert shown.session.selection == LOOP
    menu.deleteLater()


def test_before_the_graph_was_known_that_is_said(
    program: Program,
    qtbot: QtBot,
    make_capture: Callable[..., Path],
    records: Callable[[int], Pairs],
    graph: DependencyGraph,
) -> None:
    pairs = records(500)
    late = dataclasses.replace(graph, to_ns=pairs[-1][0].timestamp_ns)
    window = program.window()
    program.open_file(window, make_capture(pairs, late))
    window.show()
    chart = window.time_line.chart
    qtbot.waitUntil(lambda: chart.counts is not None, timeout=5000)
    assert chart.counts is not None
    assert chart.counts.known_ns == late.to_ns
    window.session.look_at(late.to_ns - 60 * SECOND)
    looked(window, qtbot, late.to_ns - 60 * SECOND)
    assert not window.session.graph.channels
    assert 0 < window.events.model.rowCount() < 500


def test_while_an_engine_reports_the_line_follows_and_a_past_moment_stands(
    program: Program, qtbot: QtBot
) -> None:
    broker = MemoryBroker("line")
    orders = broker.create_channel("orders")
    producer = broker.producer("tx")
    producer.write(orders, b"{}")
    window = program.window()
    window.show()
    program.connect(window, parse(broker.url), keep=False)
    chart = window.time_line.chart
    qtbot.waitUntil(lambda: chart.counts is not None and sum(chart.counts.every) == 1, timeout=15_000)
    qtbot.waitUntil(lambda: window.session.reader.known_ns() is not None, timeout=10_000)  # type: ignore[union-attr]
    reader = window.session.reader
    assert reader is not None
    known = reader.known_ns()
    assert known is not None
    window.session.look_at(known[1])
    looked(window, qtbot, known[1])
    assert orders in window.session.graph.channels
    stood = chart.span
    producer.write(orders, b"{}")
    qtbot.waitUntil(lambda: reader.end_row == 2, timeout=9000)
    qtbot.wait(1300)
    assert chart.span == stood
    assert window.session.moment_ns == known[1]
    window.time_line.now.click()
    qtbot.waitUntil(lambda: chart.counts is not None and sum(chart.counts.every) == 2, timeout=9000)
    assert chart.span != stood
