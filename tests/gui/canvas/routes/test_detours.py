"""Ways that no curve leads past what stands about."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PySide6.QtCore import QEventLoop, QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graph.view.settings import By, Grouping, ViewSettings
from gui.canvas.canvas import GraphCanvas
from gui.canvas.routes import routing
from gui.canvas.routes.detours import Detours
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.scene import Scene
from tests.gallery import places, scenes, systems
from tests.gallery.scenes import shown

ACROSS = ((1.0, 0.0), (-1.0, 0.0))


def rectangles(*rows: tuple[float, float, float, float]) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def lies_on(points: Floats, box: Floats, deep: float = 1.0) -> bool:
    low, high = box[:2] + deep, box[2:] - deep
    return bool(((points > low) & (points < high)).all(axis=1).any())


def test_a_way_goes_round_walls_at_any_place() -> None:
    rng = random.Random(7)
    for _ in range(60):
        solid = rectangles((0, 0, 100, 40), (600, 0, 700, 40))
        for _wall in range(6):
            x, y = rng.uniform(130, 480), rng.uniform(-200, 200)
            solid = np.concatenate([solid, rectangles((x, y, x + 80, y + 60))])
        found = Detours(solid, rectangles()).way(
            [((100.0, 20.0), ACROSS[0], 0.0)], [((600.0, 20.0), ACROSS[1], 0.0)]
        )
        assert found is not None
        points = routing.sample(found[2], 40)
        assert points[0].tolist() == [100.0, 20.0]
        assert points[-1].tolist() == [600.0, 20.0]
        assert not any(lies_on(points, box) for box in solid)


def test_it_takes_the_side_from_which_it_is_shortest() -> None:
    solid = rectangles((0, 0, 100, 40), (0, 100, 100, 140))
    starts = [((100.0, 20.0), (1.0, 0.0), 30.0), ((50.0, 40.0), (0.0, 1.0), 30.0)]
    ends = [((0.0, 120.0), (-1.0, 0.0), 0.0), ((50.0, 100.0), (0.0, -1.0), 0.0)]
    found = Detours(solid, rectangles()).way(starts, ends)
    assert found is not None
    assert found[:2] == (1, 1)
    assert np.ptp(found[2][:, 0]) < 0.01, "straight down"


def test_names_are_crossed_only_where_the_way_round_is_much_longer() -> None:
    solid = rectangles((0, 0, 100, 40), (400, 0, 500, 40))
    name = rectangles((200, 10, 260, 30))
    site = [((100.0, 20.0), ACROSS[0], 0.0)], [((400.0, 20.0), ACROSS[1], 0.0)]
    straight = Detours(solid, rectangles()).way(*site)
    wide = Detours(solid, rectangles((200, -900, 260, 900))).way(*site)
    assert straight is not None
    assert wide is not None
    assert np.ptp(wide[2][:, 1]) < 0.01
    found = Detours(solid, np.concatenate([name, rectangles((110, 10, 390, 30))])).way(*site)
    assert found is not None
    assert np.ptp(found[2][:, 1]) > 5


def test_there_is_none_out_of_a_closed_room() -> None:
    walls = rectangles((-60, -60, 160, -50), (-60, 90, 160, 100), (-60, -60, -50, 100), (150, -60, 160, 100))
    solid = np.concatenate([rectangles((0, 0, 100, 40), (600, 0, 700, 40)), walls])
    sites = [((100.0, 20.0), ACROSS[0], 0.0)], [((600.0, 20.0), ACROSS[1], 0.0)]
    assert Detours(solid, rectangles()).way(*sites) is None


def hidden_lines(scene: Scene) -> list[tuple[str, str]]:
    """Lines that run behind nodes, with the nodes."""
    found = []
    for line, edge in scene.edges.items():
        points = routing.sample(edge.way.curve, 40)
        for place, node in scene.nodes.items():
            if place not in (line.source, line.target) and lies_on(points, np.array(node.rect.getCoords())):
                found.append((str(line), str(place)))
    return found


def settle(canvas: GraphCanvas) -> None:
    while canvas.busy:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


@pytest.mark.parametrize("name", ["shop", "tangle", "rabbit", "collapsed", "difference", "services"])
def test_no_line_runs_behind_a_card(qtbot: QtBot, name: str) -> None:
    scene = next(scene for scene in scenes.SCENES if scene.name == name)
    with shown(scene, places.load()[name]) as canvas:
        assert hidden_lines(canvas.scene) == []


@pytest.mark.parametrize("by", ["prefix", "server"])
def test_groups_have_room_and_no_line_behind_them(qtbot: QtBot, by: By) -> None:
    with shown(scenes.Scene("", "", "", systems.shop)) as canvas:
        for act in (lambda: canvas.set_view(ViewSettings(grouping=Grouping(by))), canvas.tidy):
            act()
            settle(canvas)
            assert hidden_lines(canvas.scene) == []
            rects = [item.rect.adjusted(-6, -6, 6, 6) for item in canvas.scene.nodes.values()]
            for number, rect in enumerate(rects):
                assert not any(rect.intersects(other) for other in rects[:number])


def test_after_a_drag_a_line_runs_through_nothing(qtbot: QtBot) -> None:
    rng = random.Random(3)
    with shown(scenes.Scene("", "", "", systems.shop)) as canvas:
        for _ in range(8):
            node = rng.choice(list(canvas.scene.nodes))
            step = QPointF(rng.uniform(-160, 160), rng.uniform(-90, 90))
            rect = canvas.scene.nodes[node].rect.translated(step)
            others = [item.rect for key, item in canvas.scene.nodes.items() if key != node]
            if not any(rect.adjusted(-25, -25, 25, 35).intersects(other) for other in others):
                canvas.move_nodes(node, rect.center())
                assert hidden_lines(canvas.scene) == []
