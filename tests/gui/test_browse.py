"""The left panel, over a graph that changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed
from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from graph.model import DependencyGraph
from gui.main_window import MainWindow
from gui.panels import browse
from gui.panels.browse import Tree
from gui.parts.cells import CELL


def _channels(tree: Tree) -> list[QTreeWidgetItem]:
    server = tree.topLevelItem(0)
    assert server is not None
    items = [server.child(at) for at in range(server.childCount())]
    return [item for item in items if item is not None]


def _figures(tree: Tree) -> list[str]:
    return [item.data(1, CELL).text for item in _channels(tree)]


def _busier(graph: DependencyGraph) -> DependencyGraph:
    return replace(
        graph, channels={key: changed(item, rate_per_s=777.0) for key, item in graph.channels.items()}
    )


@pytest.mark.usefixtures("qtbot")
def test_figures_change_some_a_turn(window: MainWindow) -> None:
    session, tree = window.session, window.browse.servers
    before = _figures(tree)
    session.graph = _busier(session.graph)
    turns = 0
    while window.browse._some_channels():
        turns += 1
        assert sum(a != b for a, b in zip(before, _figures(tree), strict=True)) < (turns + 1) * browse.ITEMS
    assert turns >= 2
    assert set(_figures(tree)) == {"777/s"}


def test_a_tooltip_says_what_is_so_now(window: MainWindow, qtbot: QtBot) -> None:
    session, tree = window.session, window.browse.servers
    session.graph = _busier(session.graph)
    window.browse.refresh()
    place = tree.visualItemRect(_channels(tree)[0]).center()
    event = QHelpEvent(QHelpEvent.Type.ToolTip, place, tree.viewport().mapToGlobal(place))
    QApplication.sendEvent(tree.viewport(), event)
    assert "777/s" in QToolTip.text()
    nowhere = QPoint(5, tree.viewport().height() - 2)
    assert tree.itemAt(nowhere) is None
    QApplication.sendEvent(
        tree.viewport(), QHelpEvent(QHelpEvent.Type.ToolTip, nowhere, tree.viewport().mapToGlobal(nowhere))
    )
    qtbot.waitUntil(lambda: not QToolTip.isVisible(), timeout=2000)
