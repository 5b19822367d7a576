from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from msgspec.structs import replace as changed
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from graph.identity import LoopId, NodeId
from graph.model import DependencyGraph
from graph.view.settings import ViewSettings
from graph.view.shown import shown
from gui import theme
from gui.canvas import badges, detail
from gui.canvas.arranger import Arranger
from gui.canvas.camera import fitted
from gui.canvas.content import Content
from gui.canvas.ports import ends
from gui.canvas.scene import Scene
from gui.canvas.sizes import Sizes

Find = Callable[[str], NodeId]


def drawn(graph: DependencyGraph) -> Scene:
    sizes = Sizes(theme.light())
    arranger, found = Arranger(), shown(graph, ViewSettings(), 0)
    arranger.arrange(found, sizes)
    return detail.build(Content(found), arranger.visible, sizes)


@pytest.fixture(params=["shop", "rabbit"])
def built(request: pytest.FixtureRequest, qtbot: QtBot) -> Scene:
    return drawn(request.getfixturevalue(request.param))


def test_nothing_lies_on_a_node_but_its_own(built: Scene) -> None:
    rects = {key: item.rect for key, item in built.nodes.items()}
    for key, rect in rects.items():
        others = [other for name, other in rects.items() if name != key]
        assert not any(rect.intersects(other) for other in others)
        for name in built.names.values():
            assert not name.rect.adjusted(1, 1, -1, -1).intersects(rect)
        for badge in built.badges:
            assert not badge.rect.intersects(rect)
        for edge, item in built.edges.items():
            if key not in ends(edge):
                assert badges.covered(rect, item.way.points) == 0
        for stub in built.stubs:
            if stub.channel != key:
                assert not stub.rect.intersects(rect)


def test_all_names_find_room_in_the_shop(built: Scene) -> None:
    assert built.hidden_names == frozenset()
    rects = [name.rect for name in built.names.values()]
    for index, rect in enumerate(rects):
        assert not any(rect.intersects(other) for other in rects[index + 1 :])


def test_a_short_loop_is_a_ring_with_its_badge_in_the_middle(
    qtbot: QtBot, shop: DependencyGraph, named: Find
) -> None:
    built = drawn(shop)
    over, under = (built.nodes[named(word)].rect for word in ("price.changes", "promo.updates"))
    left, right = (built.nodes[named(word)].rect for word in ("pricing-engine", "promo-service"))
    badge = next(badge for badge in built.badges if badge.loop == LoopId("run"))
    assert badge.text == "×1.13 / 2.4 s"
    hole = QRectF(left.right(), over.bottom(), right.left() - left.right(), under.top() - over.bottom())
    assert hole.contains(badge.rect)
    assert built.names[named("price.changes")].rect.bottom() <= over.top()
    assert built.names[named("promo.updates")].rect.top() >= under.bottom()


def test_ways_begin_and_end_at_their_nodes(built: Scene) -> None:
    for edge, item in built.edges.items():
        source, target = (built.nodes[key].rect for key in ends(edge))
        (x, y), (tip_x, tip_y) = item.way.curve[0], item.way.tip
        assert source.adjusted(-1, -1, 1, 1).contains(x, y)
        assert target.adjusted(-2, -2, 2, 2).contains(tip_x, tip_y)


def test_the_shop_is_readable_in_the_window(qtbot: QtBot, shop: DependencyGraph) -> None:
    camera = fitted(drawn(shop).bounds, QRectF(0, 0, 920, 450))
    assert camera.scale >= 0.62


def test_edges_say_how_sure_they_are(qtbot: QtBot, shop: DependencyGraph) -> None:
    built = drawn(shop)
    words = {item.certainty for item in built.edges.values()}
    assert words == {"certain", "likely", "guessed"}
    assert [stub.words for stub in built.stubs] == ["no receiver seen"]
    fast = max(built.edges.values(), key=lambda item: item.rate)
    slow = min(built.edges.values(), key=lambda item: item.rate)
    assert 1.1 <= slow.width < fast.width <= 2.0


def test_long_names_are_left_out_in_the_middle(qtbot: QtBot, rabbit: DependencyGraph) -> None:
    built = drawn(rabbit)
    title = next(item.title for item in built.nodes.values() if item.title.startswith("a-very"))
    assert "…" in title
    assert title.endswith("name")


def test_a_card_has_room_for_its_lag_to_grow(qtbot: QtBot, shop: DependencyGraph) -> None:
    sizes = Sizes(theme.dark())

    def wide(lag: int) -> float:
        graph = replace(
            shop, applications={key: changed(each, lag=lag) for key, each in shop.applications.items()}
        )
        return sum(box.width for box in sizes.boxes(graph, graph.applications).values())

    assert wide(0) == wide(49) == wide(51) == wide(8_888) < wide(1_234_567)
