from __future__ import annotations

from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from graph.model import DependencyGraph
from gui import theme
from gui.canvas import scene, traffic
from gui.canvas.arranger import Arranger
from gui.canvas.scene import EdgeItem
from gui.canvas.sizes import Sizes
from gui.canvas.traffic import Traffic


def edges(graph: DependencyGraph) -> list[EdgeItem]:
    sizes, arranger = Sizes(theme.light()), Arranger()
    arranger.arrange(graph, {*graph.applications, *graph.channels}, sizes)
    return list(scene.build(graph, arranger.visible, sizes).edges.values())


def test_dots_stay_on_certain_edges_and_move(qtbot: QtBot, shop: DependencyGraph) -> None:
    items = edges(shop)
    moving = Traffic(items)
    certain = np.concatenate([item.way.points for item in items if item.certainty == "certain"])
    first, second = moving.points(0.0), moving.points(0.4)
    assert len(first) == len(moving) > 50
    for point in first:
        assert np.hypot(*(certain - point).T).min() < 16.0
    assert np.hypot(*(first - second).T).max() > 5.0
    assert {item.certainty for item in moving.dashed} == {"likely", "guessed"}


def test_nothing_moves_where_nothing_is_sent(qtbot: QtBot, shop: DependencyGraph) -> None:
    still = Traffic([replace(item, rate=0.0) for item in edges(shop)])
    assert len(still) == 0
    assert not still.moves


def test_dots_are_bounded(qtbot: QtBot, shop: DependencyGraph) -> None:
    items = [replace(item, rate=1e6, certainty="certain") for item in edges(shop)] * 60
    assert traffic.MOST * 0.9 < len(Traffic(items)) <= traffic.MOST


def test_faster_means_more_and_loops_hurry() -> None:
    assert traffic.speed(1.0, loop=False) < traffic.speed(1000.0, loop=False)
    assert traffic.speed(10.0, loop=True) == 1.5 * traffic.speed(10.0, loop=False)
