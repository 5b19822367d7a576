"""Alerts in the window: told once, by whichever way the system has, and only to whom wants it."""

from __future__ import annotations

from dataclasses import replace as changed
from pathlib import Path
from unittest.mock import patch

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from graph.evidence import MINUTE_NS
from graph.identity import LoopId
from graph.model import DependencyGraph, LoopStatus
from gui.app import Program
from gui.bridge import EngineBridge
from gui.main_window import MainWindow
from gui.recent import Remembered
from inspector.host import InlineHost


@pytest.fixture
def live(program: Program, tmp_path: Path, qtbot: QtBot) -> MainWindow:
    """A window that shows what an engine reports; the reports are given by hand."""
    window, capture = program.window(), tmp_path / "none.evs"
    window.session.attach(EngineBridge(lambda: InlineHost(capture), window), capture)
    window.show()
    return window


def tell(window: MainWindow, graph: DependencyGraph, minutes: float = 0.0, **loops: LoopStatus) -> None:
    """Report the graph with some statuses, so many minutes later."""
    given = {key: replace(loop, status=LoopStatus.POSSIBLE) for key, loop in graph.loops.items()}
    for digest, status in loops.items():
        given[LoopId(digest)] = replace(given[LoopId(digest)], status=status)
    to_ns = graph.to_ns + int(minutes * MINUTE_NS)
    assert window.session.bridge is not None
    window.session.bridge.graph_changed.emit(changed(graph, loops=given, to_ns=to_ns))
    window.session.turns.finish()


def test_a_line_in_the_window_tells_each_loop_once_until_it_calmed(
    live: MainWindow, graph: DependencyGraph
) -> None:
    banner = live.notifier.banner
    tell(live, graph)
    assert banner.isHidden()
    tell(live, graph, a1=LoopStatus.ACTIVE)
    assert not banner.isHidden()
    assert banner.title.text() == "A feedback loop is active: ×1.18 (1.11–1.26)"
    assert (banner.property("level"), banner.title.property("tone")) == ("active", "warn")
    camera = live.canvas.camera
    live.canvas.fit()
    top = live.canvas.camera.screen(live.canvas.scene.bounds.topLeft()).y()
    assert top >= banner.geometry().bottom(), "what is fitted stands under it"
    assert live.canvas.camera.scale <= camera.scale
    banner.hide()
    assert live.canvas.head == 0
    tell(live, graph, 1, a1=LoopStatus.ACTIVE)
    assert banner.isHidden()
    tell(live, graph, 2, a1=LoopStatus.RUNAWAY)
    assert banner.title.text() == "A loop runs away: ×1.18 (1.11–1.26)"
    assert "doubles about every 10 s" in banner.message.text()
    assert (banner.property("level"), banner.title.property("tone")) == ("runaway", "run")
    banner.hide()
    tell(live, graph, 3, a1=LoopStatus.RUNAWAY, b2=LoopStatus.ACTIVE)
    assert "inventory.levels" in banner.message.text()
    banner.hide()
    tell(live, graph, 4)
    tell(live, graph, 30)
    assert banner.isHidden()
    tell(live, graph, 31, a1=LoopStatus.RUNAWAY, b2=LoopStatus.ACTIVE)
    assert "And 1 more loop; the Loops tab has them." in banner.message.text()


def test_the_line_leads_to_the_loop(live: MainWindow, graph: DependencyGraph) -> None:
    tell(live, graph, a1=LoopStatus.RUNAWAY)
    button = next(each for each in live.notifier.banner.findChildren(QPushButton) if each.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert live.session.selection == LoopId("a1")
    assert live.notifier.banner.isHidden()


def test_the_line_stays_until_the_loop_is_dealt_with(live: MainWindow, graph: DependencyGraph) -> None:
    banner = live.notifier.banner
    tell(live, graph, a1=LoopStatus.RUNAWAY)
    live.session.select(LoopId("b2"))
    assert not banner.isHidden()
    live.session.select(LoopId("a1"))
    tell(live, graph, 1, a1=LoopStatus.RUNAWAY)
    assert not banner.isHidden()
    tell(live, graph, 2, a1=LoopStatus.ACKNOWLEDGED)
    assert banner.isHidden()


def test_the_line_has_its_place_over_the_picture_and_moves_nothing(
    live: MainWindow, graph: DependencyGraph, qtbot: QtBot
) -> None:
    tell(live, graph)
    canvas, banner = live.canvas, live.notifier.banner
    before = canvas.geometry(), canvas.camera
    tell(live, graph, 1, a1=LoopStatus.RUNAWAY)
    qtbot.wait(20)
    assert (canvas.geometry(), canvas.camera) == before
    assert banner.isVisible()
    assert canvas.rect().contains(banner.geometry())
    live.resize(live.width() - 200, live.height())
    assert canvas.rect().contains(banner.geometry())


def test_the_line_has_the_figures_of_now_and_says_what_is_not_sure(
    live: MainWindow, graph: DependencyGraph
) -> None:
    banner = live.notifier.banner
    tell(live, graph, a1=LoopStatus.RUNAWAY)
    unsure = replace(graph.loops[LoopId("a1")], gain=1.14, gain_low=0.98, gain_high=1.31)
    tell(live, changed(graph, loops={**graph.loops, unsure.id: unsure}), 1, a1=LoopStatus.RUNAWAY)
    assert banner.title.text() == "A loop may be running away: ×1.14 (0.98–1.31)"
    still = replace(unsure, rate_per_s=0.0)
    tell(live, changed(graph, loops={**graph.loops, unsure.id: still}), 2, a1=LoopStatus.RUNAWAY)
    assert banner.title.text() == "A loop ran away and is paused: ×1.14 (0.98–1.31)"


def test_beside_a_picture_of_the_past_the_line_says_that_it_is_of_now(
    live: MainWindow, graph: DependencyGraph, qtbot: QtBot
) -> None:
    title = live.notifier.banner.title
    tell(live, graph, a1=LoopStatus.RUNAWAY)
    assert title.text().startswith("A loop runs away")
    live.session.show(1, graph, graph)
    qtbot.waitUntil(lambda: title.text().startswith("Now: A loop runs away"))
    live.session.show(None, live.session.newest, live.session.newest)
    qtbot.waitUntil(lambda: title.text().startswith("A loop runs away"))


def test_it_can_be_switched_off_which_is_remembered(
    live: MainWindow, program: Program, graph: DependencyGraph
) -> None:
    live.actions_["alerts.notify"].trigger()
    tell(live, graph, a1=LoopStatus.RUNAWAY)
    assert live.notifier.banner.isHidden()
    assert not live.actions_["alerts.notify"].isChecked()
    assert not Remembered(program.remembered._path).memory.notify
    # Whoever switches it on again is not told of what is old.
    live.actions_["alerts.notify"].trigger()
    tell(live, graph, 1, a1=LoopStatus.RUNAWAY)
    assert live.notifier.banner.isHidden()


class Tray(QObject):
    """A tray as a desktop has it; none of those that tests run on has one."""

    messageClicked = Signal()  # noqa: N815 - Qt's names
    activated = Signal(object)
    told: list[tuple[str, str]] = []  # noqa: RUF012 - one for all, as there is one tray

    isSystemTrayAvailable = supportsMessages = staticmethod(lambda: True)  # noqa: N815

    def __init__(self, icon: object, parent: QObject) -> None:
        super().__init__(parent)
        self._icon, self.shown = icon, False

    def icon(self) -> object:
        return self._icon

    def setToolTip(self, _words: str) -> None:
        pass

    def show(self) -> None:
        self.shown = True

    def hide(self) -> None:
        self.shown = False

    def showMessage(self, title: str, message: str, _icon: object, _ms: int) -> None:
        self.told.append((title, message))


def test_where_there_is_a_tray_it_tells_and_leads_there(live: MainWindow, graph: DependencyGraph) -> None:
    assert {name for name in vars(Tray) if name[0].islower()} - {"told", "shown"} <= set(dir(QSystemTrayIcon))
    with patch("gui.notifier.QSystemTrayIcon", Tray):
        tell(live, graph, a1=LoopStatus.RUNAWAY)
        assert [title for title, _ in Tray.told] == ["A loop runs away"]
        assert live.notifier.banner.isHidden()
        (tray,) = live.notifier.findChildren(Tray)
        tray.messageClicked.emit()
        assert live.session.selection == LoopId("a1")
        live.notifier.close()
        assert not tray.shown


def test_a_capture_tells_nothing(looped_window: MainWindow) -> None:
    assert looped_window.notifier.banner.isHidden()
