"""A loop opened in the window: its history, its trail, its cuts, and the ways between them."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graph.identity import LoopId
from gui.main_window import MainWindow
from gui.parts.blocks import Course
from gui.parts.loop_chart import CourseChart
from gui.parts.loop_lines import CutLine, StepLine
from inspector.record import Position

RUNAWAY = LoopId("a1")


def test_the_history_of_a_capture_is_looked_up_and_drawn(looped_window: MainWindow, qtbot: QtBot) -> None:
    window = looped_window
    window.session.select(RUNAWAY)
    qtbot.waitUntil(lambda: len(window.history.of(RUNAWAY)) > 1, timeout=5000)
    moments = window.history.of(RUNAWAY)
    gains = [each.gain or 0.0 for each in moments]
    assert gains == sorted(gains)
    assert gains[-1] == pytest.approx(1.18)
    assert [each.at_ns for each in moments] == sorted({each.at_ns for each in moments})
    course = next(block for block in window.details.blocks.shown if isinstance(block, Course))
    assert course.moments == moments
    (chart,) = window.details.findChildren(CourseChart)
    picture = chart.grab().toImage()
    run = window.look.colour("run")
    assert any(
        picture.pixelColor(x, y) == run for x in range(picture.width()) for y in range(picture.height())
    )
    # At a time that is looked at, what came later is not known.
    window.session.look_at(moments[len(moments) // 2].at_ns)
    qtbot.waitUntil(lambda: window.session.moment_ns is not None, timeout=5000)
    assert window.history.of(RUNAWAY) == moments[: len(moments) // 2 + 1]
    window.session.look_at(None)


def test_a_step_of_the_trail_opens_its_record(looped_window: MainWindow, qtbot: QtBot) -> None:
    window = looped_window
    window.session.select(RUNAWAY)
    lines = window.details.findChildren(StepLine)
    assert len(lines) == 3
    step = window.session.graph.loops[RUNAWAY].trail[1]
    lines[1].setFocus()
    QTest.keyClick(lines[1], Qt.Key.Key_Return)
    opened = window.events.record.opened
    assert opened is not None
    assert (opened.record.channel, opened.record.position.offset) == (step.channel, step.offset)
    assert window.session.selection == RUNAWAY
    assert window.tabs.tabText(window.tabs.currentIndex()) == "Events"


def test_a_record_that_was_not_captured_is_told(looped_window: MainWindow) -> None:
    window = looped_window
    window.session.select(RUNAWAY)
    said: list[str] = []
    window.status.say = said.append  # type: ignore[method-assign,assignment]
    step = window.session.graph.loops[RUNAWAY].trail[0]
    window.commands.loops.open_record(step.channel, Position(0, 7))
    assert said == ["The record at p0 · 7 of price.changes is not among those that were captured."]


def test_a_cut_leads_to_its_edge(looped_window: MainWindow) -> None:
    window = looped_window
    window.session.select(RUNAWAY)
    line = window.details.findChildren(CutLine)[0]
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert window.session.selection == window.session.graph.loops[RUNAWAY].cuts[0].edge


def test_cut_advice_is_brought_to_the_top(looped_window: MainWindow, qtbot: QtBot) -> None:
    window = looped_window
    window.session.select(RUNAWAY)
    bar = window.details._scroll.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0, timeout=2000)
    window.actions_["loop.cuts"].trigger()
    place = window.details.blocks.place_of("Where to cut")
    assert place is not None
    assert bar.value() == min(place, bar.maximum()) > 0
    assert window.details.blocks.place_of("Nowhere") is None


def test_playing_the_trail_lights_it_with_its_times(looped_window: MainWindow) -> None:
    window = looped_window
    window.session.select(RUNAWAY)
    loop = window.session.graph.loops[RUNAWAY]
    window.actions_["loop.play"].trigger()
    view = window.canvas.sight()
    assert set(view.trail) == set(loop.edges)
    assert {channel.name for channel in view.times} == {"price.changes", "promo.updates"}
    window.session.select(None)
    assert not window.canvas.sight().trail


def test_what_stays_keeps_its_widget_and_its_focus(looped_window: MainWindow, qtbot: QtBot) -> None:
    window = looped_window
    window.session.select(RUNAWAY)
    blocks = window.details.blocks
    before = blocks.findChildren(StepLine)
    before[1].setFocus()
    session, loop = window.session, window.session.graph.loops[RUNAWAY]
    # It does not grow any more: two sentences go, and the figures change.
    calmer = msgspec.structs.replace(loop, doubling_time_s=None, gain=0.7, began_ns=None)
    session.graph = replace(session.graph, loops={**session.graph.loops, RUNAWAY: calmer})
    count = len(blocks.shown)
    window.details.refresh()
    assert len(blocks.shown) == count - 2
    assert [line for line in blocks.findChildren(StepLine) if not line.isHidden()] == before
    assert before[1].hasFocus() or not window.isActiveWindow()
    assert [blocks._box.indexOf(widget) for widget in blocks._widgets] == list(range(len(blocks.shown)))
