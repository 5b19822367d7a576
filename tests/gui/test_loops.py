"""The Loops tab: order, keyboard, menu, and the switches on what loops are looked for."""

from __future__ import annotations

import re

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graph.identity import LoopId
from gui.loop_actions import LATER
from gui.main_window import MainWindow
from gui.panels.loops import LoopsPanel
from inspector.project import loops as decided


def order(panel: LoopsPanel) -> list[str]:
    return [line.subject.digest for line in panel.lines.lines]  # type: ignore[attr-defined]


def told(panel: LoopsPanel, digest: str) -> list[str]:
    line = next(line for line in panel.lines.lines if line.subject == LoopId(digest))
    return [cell.text for cell in line.cells]


def acknowledge(window: MainWindow, digest: str, below: float | None) -> None:
    session = window.session
    loop = session.graph.loops[LoopId(digest)]
    change = decided.acknowledge(session.decisions.project, session.graph, loop, "It is meant", below)
    assert session.decisions.decide(change)
    session.turns.finish()


def test_the_most_dangerous_stands_first_and_what_is_dealt_with_last(looped_window: MainWindow) -> None:
    panel = looped_window.loops
    assert order(panel) == ["a1", "b2", "e5", "d4", "c3"]
    assert told(panel, "a1") == [
        "promo-service ⇄ pricing-engine",
        "Runaway",
        "Feedback",
        "×1.18",
        told(panel, "a1")[4],
        "2.41 s",
        "9 to 24",
        "71 %",
        told(panel, "a1")[8],
    ]
    assert re.fullmatch(r"doubles in 10 s, 1,000/s at about \d\d:\d\d", told(panel, "a1")[4])
    assert told(panel, "d4")[1:5] == ["Bounded", "Retry", "×0.20", "dies out"]
    assert told(panel, "c3")[1:5] == ["Possible", "Feedback", "not measured", "nothing came round"]
    acknowledge(looped_window, "b2", 0.9)
    assert order(panel) == ["a1", "e5", "d4", "c3", "b2"]
    assert told(panel, "b2")[1] == "Acknowledged"
    assert told(panel, "b2")[4] == "fine below 0.90: It is meant"
    assert {cell.tone for cell in panel.lines.lines[-1].cells} <= {"faint", "text"}
    assert "1 acknowledged" in panel._quiet.text()


def test_a_broken_limit_raises_a_loop_again(looped_window: MainWindow) -> None:
    acknowledge(looped_window, "e5", 0.2)
    assert order(looped_window.loops)[:3] == ["a1", "e5", "b2"]
    assert told(looped_window.loops, "e5")[1] == "Limit broken"
    assert told(looped_window.loops, "e5")[4] == "not below 0.20, dies out"


def test_the_keyboard_alone_chooses_and_focuses(looped_window: MainWindow, qtbot: QtBot) -> None:
    window = looped_window
    window.show_tab("Loops")
    table = window.loops.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Down)
    second = window.loops.lines.lines[table.currentIndex().row()].subject
    assert window.session.selection == window.canvas.selected == second
    before = window.canvas.camera
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert window.canvas.camera == before, "all of it is in sight"
    window.canvas.zoom_by(2.0)
    window.canvas.pan(3_000, 0)
    QTest.keyClick(table, Qt.Key.Key_Return)
    middle = window.canvas.camera.plane(window.canvas.rect().center().toPointF())
    loop = window.session.graph.loops[second]  # type: ignore[index]
    area = window.canvas.scene.nodes[loop.hops[0]].rect
    for hop in loop.hops:
        area = area.united(window.canvas.scene.nodes[hop].rect)
    assert (area.center() - middle).manhattanLength() < 3


def test_the_menu_offers_all_that_can_be_done(looped_window: MainWindow) -> None:
    window = looped_window
    window.actions_["loops.show"].trigger()
    assert window.session.selection == LoopId("a1")
    assert window.tabs.tabText(window.tabs.currentIndex()) == "Loops 5"
    menu = window.loops.menu()
    words = {action.text(): action.isEnabled() for action in menu.actions() if action.text()}
    assert words == {
        "Show the loop in the graph": True,
        "Show its events": True,
        "Play the sample trail of the loop": True,
        "Show where to cut the loop": True,
        "Acknowledge the loop…": True,
        "Take the acknowledgement of the loop back": False,
        "Copy a report of the loop": True,
    }
    assert "not acknowledged" in window.actions_["loop.take-back"].toolTip()
    window.session.select(LoopId("c3"))
    assert "followed all the way round" in window.actions_["loop.play"].toolTip()
    assert "not worked out" in window.actions_["loop.cuts"].toolTip()
    window.session.select(None)
    assert not any(
        window.actions_[key].isEnabled() for key in ("loop.focus", "loop.acknowledge", "loop.copy")
    )


def test_each_switch_is_a_decision_that_can_be_undone(looped_window: MainWindow) -> None:
    window = looped_window
    said: list[str] = []
    window.session.decisions.said.connect(said.append)
    window.show_tab("Loops")
    for switch, box in window.loops.switches.items():
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(6, 12))
        assert box.isChecked()
        assert getattr(window.session.decisions.project.loops, switch)
        assert "[loops]" in window.session.decisions.file.path.read_text()
        assert LATER in said[-1]
        window.actions_["undo"].trigger()
        assert not box.isChecked()
        assert not getattr(window.session.decisions.project.loops, switch)
    assert window.loops.switches.keys() == decided.COUNTED.keys()
    words = {key: box.text() for key, box in window.loops.switches.items()}
    assert words["internal"] == "Internal topics 1"
    assert words["historic"] == "Past edges 0"
    assert words["replays"] == "Own replays"


def test_the_panel_leaves_room_for_the_details_in_a_small_window(looped_window: MainWindow) -> None:
    assert looped_window.loops.minimumSizeHint().width() <= 1280 - 216 - 320
