"""The left panel, over a graph that changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed
from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Channel, DependencyGraph
from graph.view.settings import Noise, ViewSettings
from gui import theme
from gui.look import Look
from gui.main_window import MainWindow
from gui.panels import browse
from gui.panels.browse import Tree
from gui.parts.cells import CELL, SUBJECT, Cell


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
    window.browse._show_channels()
    assert {item.text(0) for item in _channels(tree)} == names | {key.name for key in more}
    assert _figures(tree).count("5/s") >= 3
    assert "" not in _figures(tree)


def test_only_what_is_looked_at_is_put_in_words(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, panel = window.session, window.browse
    asked: list[ChannelId] = []
    first = next(iter(session.graph.channels.values()))
    many = [ChannelId(first.id.server, first.id.kind, f"more-{number:04}") for number in range(3_000)]
    of_channel = panel._of_channel

    def told(key: ChannelId) -> tuple[Cell, Cell]:
        asked.append(key)
        return of_channel(key)

    monkeypatch.setattr(panel, "_of_channel", told)
    session.graph = replace(session.graph, channels={key: Channel(key, 5.0) for key in many})
    panel.refresh()
    qtbot.wait(50)
    assert 0 < len(asked) < 200
    asked.clear()
    session.graph = _busier(session.graph)
    panel._show_channels()
    qtbot.waitUntil(lambda: bool(asked))
    assert len(asked) < 200
    assert panel.servers.topLevelItem(0).childCount() == 3_000  # type: ignore[union-attr]


@pytest.mark.usefixtures("qtbot")
def test_few_that_come_and_go_leave_all_other_items_alone(window: MainWindow) -> None:
    session, tree = window.session, window.browse.servers
    kept = {item.text(0): item for item in _channels(tree)}
    gone, *stay = [key for key in session.graph.channels if key.name in kept]
    new = ChannelId(gone.server, gone.kind, "b-new")
    server = tree.topLevelItem(0)
    assert server is not None
    tree.setCurrentItem(kept[stay[0].name])
    server.setExpanded(False)
    channels = {key: session.graph.channels[key] for key in stay} | {new: Channel(new, 5.0)}
    session.graph = replace(session.graph, channels=channels)
    window.browse._show_channels()
    now = {item.text(0): item for item in _channels(tree)}
    assert now.keys() == kept.keys() - {gone.name} | {"b-new"}
    assert list(now) == sorted(now)
    assert all(now[name] is kept[name] for name in now.keys() & kept.keys())
    assert not server.isExpanded()
    assert tree.currentItem() is kept[stay[0].name]


@given(st.lists(st.lists(st.integers(0, 40), unique=True, max_size=30).map(sorted), max_size=6))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_tree_that_is_amended_is_as_one_made_anew(qtbot: QtBot, steps: list[list[int]]) -> None:
    tree = Tree(Look(theme.light()), "Numbers", str, lambda subject: (Cell(str(subject)), Cell()))
    qtbot.addWidget(tree)
    for numbers in steps:
        order: browse.Order = [(ServerId("kafka", f"{top}"), None) for top in range(2)]
        order = [
            each
            for at, server in enumerate(order)
            for each in [server, *((_inside(server[0], n), server[0]) for n in numbers if n % 2 == at)]
        ]
        tree.show_items(order)
        told = []
        for at in range(tree.topLevelItemCount()):
            item = tree.topLevelItem(at)
            assert item is not None
            told.append((item.data(0, SUBJECT), None))
            inside = [item.child(n) for n in range(item.childCount())]
            top = told[-1][0]
            told += [(each.data(0, SUBJECT), top) for each in inside if each is not None]
        assert told == order


def _inside(server: Any, number: int) -> ChannelId:
    return ChannelId(server, ChannelKind.TOPIC, f"{number:02}")


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
