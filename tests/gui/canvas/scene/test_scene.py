from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as changed
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from graph.identity import ChannelId, GroupId, LoopId, NodeId
from graph.model import DependencyGraph, LoopStatus
from graph.view.settings import Grouping, ViewSettings
from graph.view.shown import shown
from gui import theme
from gui.canvas.arranging.arranger import Arranger
from gui.canvas.canvas import GraphCanvas
from gui.canvas.paint.camera import fitted
from gui.canvas.routes.ports import ends
from gui.canvas.scene import badges, detail
from gui.canvas.scene.content import Content
from gui.canvas.scene.scene import Scene
from gui.canvas.scene.sizes import Sizes

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


def test_the_badge_of_a_low_ring_stands_within_it_under_its_middle(
    qtbot: QtBot, shop: DependencyGraph
) -> None:
    """The upper half narrows to its channel: where the middle has no room, a little lower there is."""
    upper = np.array([[x, float(y)] for x in (50.0, 150.0) for y in range(0, 49, 3)])
    below = np.array([[float(x), 94.0] for x in range(0, 201, 4)])
    loop = next(each for each in shop.loops.values() if each.id == LoopId("run"))
    left, right = QRectF(-80, 40, 80, 40), QRectF(200, 40, 80, 40)
    over, under = QRectF(75, -11, 50, 22), QRectF(75, 83, 50, 22)
    order = sorted(loop.hops, key=lambda hop: isinstance(hop, ChannelId))
    rects = dict(zip(order, (left, right, over, under), strict=True))
    ways = dict(zip(loop.edges, (upper, below, upper, below), strict=True))
    (badge,) = badges.place_badges([loop], rects, ways, [], Sizes(theme.light()))
    assert 47.0 < badge.rect.center().y() < 70.0
    assert not badges.covered(badge.rect, np.concatenate([upper, below]))


def test_a_badge_that_grows_rather_covers_its_own_loop_than_a_node(
    qtbot: QtBot, shop: DependencyGraph
) -> None:
    ring = np.array([[float(x), y] for x in range(0, 201, 4) for y in (0.0, 110.0)])
    loop = next(each for each in shop.loops.values() if each.id == LoopId("run"))
    order = sorted(loop.hops, key=lambda hop: isinstance(hop, ChannelId))
    left, right = QRectF(-80, 40, 80, 40), QRectF(200, 40, 80, 40)
    over, under = QRectF(75, -11, 50, 22), QRectF(75, 99, 50, 22)
    rects = dict(zip(order, (left, right, over, under), strict=True))
    above, below = (QRectF(-200, y, 600, 60) for y in (-95.0, 145.0))
    others = zip((each for each in shop.channels if each not in rects), (above, below), strict=False)
    ways = dict.fromkeys(loop.edges, ring)
    (free,) = badges.place_badges([loop], rects, ways, [], Sizes(theme.light()))
    (hemmed,) = badges.place_badges([loop], {**rects, **dict(others)}, ways, [], Sizes(theme.light()))
    assert not QRectF(0, 0, 200, 110).contains(badges.extent(free, 0.3))
    grown = badges.extent(hemmed, badges.READ / 1.5)
    assert grown.center().y() == pytest.approx(hemmed.rect.center().y())
    assert not grown.intersects(above)
    assert not grown.intersects(below)


def test_the_badge_of_a_loop_within_a_group_grows_upwards(qtbot: QtBot, shop: DependencyGraph) -> None:
    loop = changed(next(each for each in shop.loops.values() if each.id == LoopId("run")), edges=())
    card = QRectF(0, 0, 160, 48)
    (badge,) = badges.place_badges([loop], {loop.hops[0]: card}, {}, [], Sizes(theme.light()))
    for scale in (1.0, 0.5, 0.3):
        assert badges.extent(badge, scale).bottom() <= card.top() + 8.0


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


def test_a_loop_within_a_group_has_its_badge_on_the_card(qtbot: QtBot, shop: DependencyGraph) -> None:
    canvas = GraphCanvas(theme.light())
    qtbot.addWidget(canvas)
    canvas.set_view(ViewSettings(grouping=Grouping("server")))
    canvas.set_graph(shop)
    qtbot.waitUntil(lambda: not canvas.busy)
    (badge,) = [badge for badge in canvas.scene.badges if badge.status is LoopStatus.RUNAWAY]
    (card,) = [item.rect for key, item in canvas.scene.nodes.items() if isinstance(key, GroupId)]
    assert badge.text == "×1.13 / 2.4 s"
    assert badge.rect.intersects(card)
    assert badge.rect.center().y() < card.top()
    canvas.close_background()


def test_a_loop_that_stands_still_says_so(qtbot: QtBot, shop: DependencyGraph) -> None:
    still = {key: changed(loop, rate_per_s=0.0) for key, loop in shop.loops.items()}
    badge = next(b for b in drawn(replace(shop, loops=still)).badges if b.loop == LoopId("run"))
    assert (badge.text, badge.icon, badge.paused) == ("×1.13, paused", "pause", True)
    look = theme.light()

    def filled(each: badges.Badge) -> float:
        image = QImage(300, 60, QImage.Format.Format_RGB32)
        image.fill(look.palette.canvas)
        painter = QPainter(image)
        badges.draw_badge(painter, replace(each, rect=QRectF(10, 10, 140, 26)), look, 1.0, lit=True)
        painter.end()
        return sum(image.pixelColor(x, 14) == look.palette.run for x in range(30, 130)) / 100

    assert filled(badge) < 0.1
    assert filled(replace(badge, paused=False)) > 0.9
