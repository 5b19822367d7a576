"""A large layout says how far it is, and can be stopped."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gui import theme
from gui.canvas.canvas import GraphCanvas
from tests.bench.layout import system


def test_it_is_told_and_stopped(qtbot: QtBot) -> None:
    canvas = GraphCanvas(theme.light())
    qtbot.addWidget(canvas)
    told: list[str] = []
    canvas.arranging.connect(told.append)
    canvas.show()
    canvas.set_graph(system(4_000, 8_000, 1))
    qtbot.waitUntil(lambda: canvas.arranges, timeout=10_000)
    canvas.stop_arranging()
    assert not canvas.arranges
    assert told[0].startswith("Arranging 4,000 applications and channels.")
    assert told[-1] == "Arranging was stopped. Choose Tidy to begin again."
    canvas.tidy()
    qtbot.waitUntil(lambda: canvas.arranges, timeout=10_000)
    qtbot.waitUntil(lambda: not canvas.arranges, timeout=30_000)
    qtbot.waitUntil(lambda: told[-1] == "", timeout=5_000)
    assert any("% done; Ctrl+. stops it." in words for words in told)
    canvas.close_background()
