from __future__ import annotations

import time

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gui.frame_timer import FRAME_MS, FrameTimer


def _frame() -> int:
    """The number of the frame that has begun last."""
    return int(time.monotonic() * 1000) // FRAME_MS


def test_timers_begin_with_the_same_frames_and_take_turns(qtbot: QtBot) -> None:
    owner = QObject()
    ticks: dict[int, list[int]] = {0: [], 1: []}
    timers = [FrameTimer(owner, every=2, at=at) for at in ticks]
    for at, timer in enumerate(timers):
        timer.timeout.connect(lambda at=at: ticks[at].append(_frame() % 2))
        qtbot.wait(5)
        timer.start()
    qtbot.waitUntil(lambda: all(len(each) > 20 for each in ticks.values()), timeout=5000)
    for timer in timers:
        timer.stop()
    # A machine under load is late now and then.
    assert all(each.count(at) > 0.7 * len(each) for at, each in ticks.items())
    before = [*ticks[0]]
    qtbot.wait(4 * FRAME_MS)
    assert ticks[0] == before


def test_once_is_once(qtbot: QtBot) -> None:
    owner, ticks = QObject(), []
    timer = FrameTimer(owner, once=True)
    timer.timeout.connect(lambda: ticks.append(timer.isActive()))
    timer.start()
    assert timer.isActive()
    qtbot.wait(6 * FRAME_MS)
    assert ticks == [False]
