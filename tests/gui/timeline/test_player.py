"""Playing: the moment moves on by itself, at a speed, until it is paused or there is nothing more."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.main_window import MainWindow
from gui.timeline.player import SPEEDS
from tests.gui.timeline.conftest import END_S, SECOND


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_speed_moves_the_moment_so_many_times_as_fast(shown: MainWindow, start_ns: int) -> None:
    player, travel, clock = shown.player, shown.session.travel, Clock()
    player._clock = clock
    for speed in SPEEDS:
        shown.session.look_at(start_ns + 50 * SECOND)
        shown.actions_[f"time.speed.{speed}"].trigger()
        assert shown.time_line.speed.currentData() == speed
        player.play()
        for _ in range(4):
            clock.now += 0.2
            player.step()
        assert travel.wanted_ns is not None
        assert abs(travel.wanted_ns - (start_ns + 50 * SECOND + 0.8 * speed * SECOND)) < 1000
        player.pause()
        stood = travel.wanted_ns
        clock.now += 10
        player.play()
        player.pause()
        assert travel.wanted_ns == stood


def test_at_the_end_it_stops_and_says_so(shown: MainWindow, qtbot: QtBot, start_ns: int) -> None:
    said: list[str] = []
    shown.player.said.connect(said.append)
    shown.player.set_speed(100)
    shown.session.look_at(start_ns + (END_S - 2) * SECOND)
    shown.player.play()
    qtbot.waitUntil(lambda: not shown.player.playing, timeout=5000)
    assert said == ["Playing has reached the end of the capture."]
    assert shown.session.travel.wanted_ns is None
    assert shown.time_line.now.text() == "Latest"


def test_the_space_bar_plays_and_holds_the_moment(shown: MainWindow, qtbot: QtBot, start_ns: int) -> None:
    chart, player, session = shown.time_line.chart, shown.player, shown.session
    shown.activateWindow()
    chart.setFocus()
    qtbot.waitUntil(lambda: chart.hasFocus(), timeout=3000)
    player.set_speed(10)
    QTest.keyClick(chart, Qt.Key.Key_Space)
    assert chart.span is not None
    begin = max(chart.span.start_ns, start_ns)
    qtbot.waitUntil(lambda: (session.moment_ns or 0) > begin + SECOND, timeout=5000)
    QTest.keyClick(chart, Qt.Key.Key_Space)
    held = session.travel.wanted_ns
    qtbot.waitUntil(lambda: session.moment_ns == held, timeout=5000)
    # In a field it is a character.
    shown.events.search.setFocus()
    QTest.keyClick(shown.events.search, Qt.Key.Key_Space)
    QApplication.processEvents()
    assert shown.events.search.text() == " "
    assert not player.playing


def test_taking_the_playhead_or_going_back_to_now_ends_playing(
    shown: MainWindow, qtbot: QtBot, start_ns: int
) -> None:
    player, chart = shown.player, shown.time_line.chart
    shown.session.look_at(start_ns + 30 * SECOND)
    player.play()
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=chart.rect().center() / 2)
    assert not player.playing
    qtbot.waitUntil(lambda: shown.session.moment_ns is not None, timeout=5000)
    player.play()
    shown.actions_["moment.now"].trigger()
    player.step()
    assert shown.session.travel.wanted_ns is None
    assert not player.playing
