"""The left panel, over a graph that changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed
from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from graph.identity import ChannelId
from graph.model import Channel, DependencyGraph
from graph.view.settings import Noise, ViewSettings
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
def test_a_new_channel_leaves_no_row_without_its_name(window: MainWindow) -> None:
    session, tree = window.session, window.browse.servers
    first = next(iter(session.graph.channels.values()))
    more = [ChannelId(first.id.server, first.id.kind, f"{letter}-new") for letter in "ahz"]
    names = {item.text(0) for item in _channels(tree)}
    busier = _busier(session.graph)
    session.graph = replace(busier, channels=busier.channels | {key: Channel(key, 5.0) for key in more})
    assert window.browse._some_channels()
    assert {item.text(0) for item in _channels(tree)} == names | {key.name for key in more}
    assert _figures(tree).count("5/s") >= 3
    assert "" not in _figures(tree)


@pytest.mark.usefixtures("qtbot")
def test_the_last_row_has_its_turn_while_all_change(window: MainWindow) -> None:
    session, tree = window.session, window.browse.servers
    rows, last = len(_channels(tree)), _figures(tree)[-1]
    for turn in range(rows // browse.ITEMS + 1):
        channels = {
            key: changed(item, rate_per_s=1000.0 + 100 * turn) for key, item in session.graph.channels.items()
        }
        session.graph = replace(session.graph, channels=channels)
        window.browse._some_channels()
    assert _figures(tree)[-1] != last


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
    window.resize(1600, 1400)
    QApplication.processEvents()
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


def test_the_tree_leaves_out_internal_topics_with_the_graph(window: MainWindow) -> None:
    tree = window.browse.servers
    names = {item.text(0) for item in _channels(tree)}
    window.canvas.set_view(ViewSettings(Noise(internal=False)))
    assert {item.text(0) for item in _channels(tree)} == names | {"__consumer_offsets"}
    window.browse.hidden._ticks["internal"].click()
    assert {item.text(0) for item in _channels(tree)} == names
