from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from graph.model import DependencyGraph
from graph.view.settings import ViewSettings
from graph.view.shown import shown
from gui import theme
from gui.canvas.picture import Picture
from gui.canvas.routes.ways import ROUND
from gui.canvas.scene.sizes import Sizes
from tests.bench.town import places, town

MANY = town(420, 760)


@pytest.fixture
def picture(qtbot: QtBot) -> Iterator[Picture]:
    look = theme.light()
    made = Picture(look)
    made.failed.connect(lambda what, error: pytest.fail(f"{what}: {error!r}"))
    made.restore(places(MANY, Sizes(look)))
    yield made
    made.close()


def faster(graph: DependencyGraph, rate: float) -> DependencyGraph:
    changed = {key: msgspec.structs.replace(each, rate_per_s=rate) for key, each in graph.operations.items()}
    return replace(graph, operations=changed, to_ns=graph.to_ns + int(rate))


def test_a_large_graph_is_shown_in_slices_and_the_newest_one_wins(picture: Picture, qtbot: QtBot) -> None:
    looked: list[DependencyGraph] = []
    scenes: list[int] = []
    picture.looked.connect(lambda: looked.append(picture.shown.whole))
    picture.rebuilt.connect(lambda _moved: scenes.append(len(picture.scene.node_table.ids)))
    assert len(MANY.operations) > ROUND
    picture.set_graph(MANY)
    assert picture.busy
    assert not picture.shown.places
    assert picture.sentence == "Arranging 420 applications and channels."
    for rate in range(1, 30):
        picture.set_graph(faster(MANY, float(rate)))
    last = picture.graph
    qtbot.waitUntil(lambda: not picture.busy, timeout=20_000)
    assert picture.scene.content.graph is last
    assert picture.sentence == ""
    assert looked[-1] is last
    # Those that came while one was looked at were left out.
    assert len(looked) <= 3
    assert len(scenes) == len(looked)
    assert scenes[-1] == 420
    assert {edge.rate for edge in map(picture.scene.edges.__getitem__, last.operations)} == {29.0}


def test_a_view_is_known_at_once_also_while_a_graph_is_looked_at(picture: Picture, qtbot: QtBot) -> None:
    picture.set_graph(MANY)
    qtbot.waitUntil(lambda: picture.shown.whole is MANY, timeout=20_000)
    picture.set_graph(faster(MANY, 5.0))
    some = ViewSettings(find="orders-service-00*")
    picture.set_view(some)
    expected = shown(picture.graph, some, picture.graph.to_ns)
    assert 0 < len(expected.lines) <= ROUND
    # It is small enough to be drawn at once.
    assert {*picture.scene.nodes} == {*expected.places}
    picture.set_view(ViewSettings())
    assert len(picture.shown.places) == 420
    qtbot.waitUntil(lambda: not picture.busy, timeout=20_000)
    assert {*picture.scene.nodes} == {*MANY.applications, *MANY.channels}


def test_what_people_put_by_hand_while_a_scene_is_built_is_in_the_next(
    picture: Picture, qtbot: QtBot
) -> None:
    picture.set_graph(MANY)
    qtbot.waitUntil(lambda: picture.shown.whole is MANY, timeout=20_000)
    node = next(iter(MANY.applications))
    qtbot.waitUntil(lambda: node in picture.arranger.visible, timeout=20_000)
    picture.move({node: (-4_000.0, -3_000.0)})
    qtbot.waitUntil(lambda: not picture.busy, timeout=20_000)
    middle = picture.scene.nodes[node].rect.center()
    assert (middle.x(), middle.y()) == (-4_000.0, -3_000.0)
