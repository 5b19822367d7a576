"""Views to come back to, notes, hiding and marking: as a person does it in the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from graph.identity import (
    ApplicationId,
    BundleId,
    ChannelId,
    GroupId,
    LoopId,
    NodeId,
    OperationId,
    Subject,
)
from gui import graph_menu
from gui.dialogs.line import LineDialog
from gui.main_window import MainWindow


def application(window: MainWindow, at: int = 0) -> ApplicationId:
    named = [each.id for each in window.session.graph.applications.values() if each.name]
    return sorted(named)[at]


def channel(window: MainWindow) -> ChannelId:
    return min(each for each in window.session.graph.channels if each in window.canvas.scene.nodes)


def dialog_of(window: MainWindow) -> LineDialog:
    (found,) = (each for each in window.findChildren(LineDialog) if each.isVisible())
    return found


def place(window: MainWindow, node: NodeId) -> QPoint:
    rect = window.canvas.scene.nodes[node].rect
    return window.canvas.camera.screen(rect.center()).toPoint()


def test_back_and_forward_through_what_was_looked_at(window: MainWindow) -> None:
    actions, session = window.actions_, window.session
    first, second = application(window), channel(window)
    assert not actions["view.back"].isEnabled()

    def now() -> tuple[bool, Subject | None]:
        return window.canvas.view.only_loops, session.selection

    session.select(first)
    session.select(second)
    actions["view.loops"].trigger()
    assert now() == (True, second)
    actions["view.back"].trigger()
    assert now() == (False, second)
    actions["view.back"].trigger()
    assert now() == (False, first)
    actions["view.forward"].trigger()
    actions["view.forward"].trigger()
    assert now() == (True, second)
    assert not actions["view.forward"].isEnabled()


def test_a_query_that_is_typed_is_one_step(window: MainWindow) -> None:
    for text in ("p", "pr", "pri"):
        window.commands.views.change(find=text)
    window.actions_["view.back"].trigger()
    assert window.canvas.view.find == ""


def test_what_is_hidden_is_counted_and_comes_back(window: MainWindow) -> None:
    node = application(window)
    window.session.select(node)
    window.actions_["node.hide"].trigger()
    assert node not in window.canvas.shown.nodes
    assert window.canvas.shown.hidden["hide"].nodes >= 1
    again = application(window, 1)
    window.session.select(again)
    window.actions_["node.hide"].trigger()
    assert not {node, again} & {*window.canvas.shown.nodes}
    window.actions_["view.all"].trigger()
    assert {node, again} <= {*window.canvas.shown.nodes}


def test_only_what_is_marked_stays(window: MainWindow) -> None:
    node = channel(window)
    window.canvas.mark(frozenset({node}))
    window.actions_["node.only"].trigger()
    edges = [each for each in window.session.graph.edges() if node in (each.source, each.target)]
    beside = {end for each in edges for end in (each.source, each.target)}
    assert {*window.canvas.shown.nodes} == beside | {node}


def test_a_view_is_kept_looked_at_and_forgotten(window: MainWindow) -> None:
    hands = window.commands.hands

    def looks() -> tuple[bool, str]:
        return window.canvas.view.only_loops, window.canvas.view.hide

    window.commands.views.change(only_loops=True, hide="is:quiet")
    window.actions_["labels.latency"].trigger()
    window.actions_["view.keep"].trigger()
    dialog = dialog_of(window)
    assert dialog.note.text() == dialog.take.toolTip() == "Write down what to call it."
    QTest.keyClicks(dialog.field, "Only loops, please")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    (view,) = hands.views()
    assert 'name = "Only loops, please"' in window.session.decisions.file.path.read_text()
    window.actions_["view.all"].trigger()
    window.actions_["labels.none"].trigger()
    assert looks() == (False, "")
    menu = hands.views_menu()
    menu.actions()[0].trigger()
    assert looks() == (True, "is:quiet")
    assert window.actions_["labels.latency"].isChecked()
    menu.deleteLater()
    window.actions_["undo"].trigger()
    assert not list(hands.views())
    assert view.only_loops


def test_a_note_is_written_and_taken_away(window: MainWindow) -> None:
    node = application(window)
    window.session.select(node)
    window.actions_["node.note"].trigger()
    dialog = dialog_of(window)
    assert dialog.note.text() == "Write the note."
    QTest.keyClicks(dialog.field, "Ann knows")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert 'text = "Ann knows"' in window.session.decisions.file.path.read_text()
    assert "“Ann knows”" in window.canvas.describe(node)
    window.actions_["node.note"].trigger()
    dialog = dialog_of(window)
    assert dialog.field.text() == "Ann knows"
    dialog.field.clear()
    dialog.take.click()
    assert "Ann knows" not in window.canvas.describe(node)
    assert "Ann knows" not in window.session.decisions.file.path.read_text()


def test_names_go_to_the_clipboard(window: MainWindow) -> None:
    node = channel(window)
    window.session.select(node)
    window.actions_["node.copy"].trigger()
    assert QGuiApplication.clipboard().text() == node.name


def subjects(window: MainWindow) -> list[Subject | None]:
    graph = window.session.graph
    node = application(window)
    edge = next(each for each in graph.operations)
    group = GroupId("team", "checkout")
    loops: list[Subject | None] = [*list(graph.loops)[:1]]
    return [None, node, channel(window), edge, *loops, group, BundleId(group, node), *list(graph.servers)[:1]]


def test_every_menu_offers_actions_that_there_are(window: MainWindow) -> None:
    known = {action.id for action in window.actions_}
    for subject in (*subjects(window), LoopId("none"), next(iter(window.session.graph.servers))):
        offered = {each for each in graph_menu.offered(subject) if each}
        assert offered
        assert offered <= known
    assert {each for each in graph_menu.SEVERAL if each} <= known


@pytest.mark.parametrize("number", range(3))
def test_a_menu_opens_selects_and_has_a_name(window: MainWindow, number: int, qtbot: QtBot) -> None:
    node = (application(window), channel(window), None)[number]
    menu = graph_menu.show(window, node, QPoint(10, 10))
    assert isinstance(menu, QMenu)
    assert menu.accessibleName()
    assert [each for each in menu.actions() if not each.isSeparator()]
    menu.close()


def test_control_and_click_marks_several_and_a_drag_moves_them_all(window: MainWindow) -> None:
    canvas = window.canvas
    one, other = application(window), application(window, 1)
    control = Qt.KeyboardModifier.ControlModifier
    for node in (one, other):
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, control, place(window, node))
    assert canvas.marked == {one, other}
    before = {node: QPointF(canvas.scene.nodes[node].rect.center()) for node in (one, other)}
    begin = place(window, one)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, begin)
    for step in (10, 20, 30):
        QTest.mouseMove(canvas, begin + QPoint(step, step))
    QTest.mouseRelease(
        canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, begin + QPoint(30, 30)
    )
    steps = {node: canvas.scene.nodes[node].rect.center() - before[node] for node in before}
    assert steps[one] == steps[other]
    assert steps[one].x() > 0
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.marked


def test_a_band_marks_what_it_touches(window: MainWindow) -> None:
    canvas = window.canvas
    canvas.fit()
    shift = Qt.KeyboardModifier.ShiftModifier
    corners = canvas.rect().topLeft() + QPoint(2, 2), canvas.rect().bottomRight() - QPoint(2, 2)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, shift, corners[0])
    QTest.mouseMove(canvas, corners[1] - QPoint(5, 5))
    QTest.mouseMove(canvas, corners[1])
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, shift, corners[1])
    assert canvas.marked == {*canvas.scene.nodes}


def test_an_edge_can_be_picked_and_offers_to_be_confirmed(window: MainWindow) -> None:
    edge = next(each for each in window.session.graph.operations if isinstance(each, OperationId))
    assert graph_menu.offered(edge)[0] == "edge.confirm"
