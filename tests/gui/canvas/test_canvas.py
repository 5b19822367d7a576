from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graph.identity import ApplicationId, ChannelId, LoopId, NodeId, OperationId
from graph.model import DependencyGraph, LoopStatus
from graph.view.changed import Mark
from graph.view.settings import Focus, Noise, ViewSettings
from gui import theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.paint import edges, legend, minimap, painting
from gui.canvas.scene import badges

Find = Callable[[str], NodeId]


def middle(canvas: GraphCanvas, node: NodeId) -> QPoint:
    return canvas.camera.screen(canvas.scene.nodes[node].rect.center()).toPoint()


def amount(image: QImage, colour: QColor) -> int:
    """Every fourth pixel of a colour, within a little rounding."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), -1, 4)
    seen = bits[::2, : plain.width() : 2, 2::-1].astype(int)
    return int((np.abs(seen - [colour.red(), colour.green(), colour.blue()]) < 8).all(axis=2).sum())


def test_figures_change_without_anything_moving(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    before, ways = canvas.positions(), {key: item.way for key, item in canvas.scene.edges.items()}
    busier = {key: msgspec.structs.replace(item, rate_per_s=9_000.0) for key, item in shop.operations.items()}
    canvas.set_graph(replace(shop, operations=busier))
    assert canvas.positions() == before
    assert all(canvas.scene.edges[key].way is way for key, way in ways.items())
    assert all(item.rate == 9_000.0 for item in canvas.scene.edges.values())


def test_a_new_node_moves_no_other(
    canvas: GraphCanvas, shop: DependencyGraph, grown: DependencyGraph, qtbot: QtBot
) -> None:
    canvas.set_graph(shop)
    before = canvas.positions()
    with qtbot.waitSignal(canvas.drifted) as told:
        canvas.set_graph(grown)
    assert told.args == [False]
    after = canvas.positions()
    assert {node: after[node] for node in before} == before
    assert ApplicationId("returns") in canvas.scene.nodes
    canvas.set_graph(shop)
    assert {node: canvas.positions()[node] for node in before} == before


def test_a_graph_found_bit_by_bit_is_arranged_anew_until_someone_touches_it(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find, qtbot: QtBot
) -> None:
    first = replace(shop, operations={}, loops={}, feedback=frozenset(), applications={})
    canvas.set_graph(first)
    canvas.set_graph(shop)
    qtbot.waitUntil(lambda: named("order-service") in canvas.positions(), timeout=5000)
    layout = canvas.positions()
    ring = [layout[named(word)] for word in ("price.changes", "promo.updates")]
    assert ring[0][0] == ring[1][0]
    canvas.move_nodes(named("mailer"), QPointF(-900.0, 40.0))
    canvas.set_graph(first)
    canvas.set_graph(shop)
    assert canvas.positions()[named("mailer")] == (-900.0, 40.0)
    assert canvas.positions()[named("clickstream")] == layout[named("clickstream")]


def test_clicks_pick_what_is_under_the_pointer(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find, qtbot: QtBot
) -> None:
    canvas.set_graph(shop)
    picked: list[object] = []
    opened: list[object] = []
    canvas.picked.connect(picked.append)
    canvas.activated.connect(opened.append)
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(canvas, left, pos=middle(canvas, named("mailer")))
    QTest.mouseClick(canvas, left, pos=middle(canvas, named("price.changes")))
    badge = next(badge for badge in canvas.scene.badges if badge.loop == LoopId("run"))
    there = badges.extent(badge, canvas.camera.scale).center()
    QTest.mouseClick(canvas, left, pos=canvas.camera.screen(there).toPoint())
    edge = next(item for item in canvas.scene.edges.values() if item.loop is None and item.rate > 1000)
    x, y = edge.way.points[len(edge.way.points) // 2]
    QTest.mouseClick(canvas, left, pos=canvas.camera.screen(QPointF(x, y)).toPoint())
    QTest.mouseClick(canvas, left, pos=QPoint(3, 3))
    assert picked == [named("mailer"), named("price.changes"), LoopId("run"), edge.id, None]
    QTest.mouseDClick(canvas, left, pos=middle(canvas, named("mailer")))
    assert opened == [named("mailer")]


def test_dragging_a_node_pins_it_and_dragging_the_ground_pans(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find, qtbot: QtBot
) -> None:
    canvas.set_graph(shop)
    mailer = named("mailer")
    start, scale = middle(canvas, mailer), canvas.camera.scale
    before = canvas.positions()[mailer]
    left = Qt.MouseButton.LeftButton

    def drag(begin: QPoint, by: QPoint) -> None:
        QTest.mousePress(canvas, left, pos=begin)
        for part in (1, 2):
            QTest.mouseMove(canvas, begin + by * part / 2)
        QApplication.processEvents()
        QTest.mouseRelease(canvas, left, pos=begin + by)

    canvas.setMouseTracking(True)
    with patch("PySide6.QtGui.QMouseEvent.buttons", return_value=left):
        drag(start, QPoint(-30, 40))
    x, y = canvas.positions()[mailer]
    assert x == pytest.approx(before[0] - 30 / scale, abs=2)
    assert y == pytest.approx(before[1] + 40 / scale, abs=2)
    camera = canvas.camera
    drag(QPoint(5, 5), QPoint(40, 20))
    assert (canvas.camera.dx - camera.dx, canvas.camera.dy - camera.dy) == (40, 20)
    canvas.tidy()
    assert canvas.positions()[mailer] == (x, y)


def test_the_wheel_zooms_at_the_pointer(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    place = QPointF(300.0, 200.0)
    held, scale = canvas.camera.plane(place), canvas.camera.scale
    turn = QWheelEvent(
        place,
        canvas.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, turn)
    assert canvas.camera.scale == pytest.approx(scale * 1.25)
    assert (canvas.camera.plane(place) - held).manhattanLength() < 1e-6


def test_keys_walk_along_edges(canvas: GraphCanvas, shop: DependencyGraph, named: Find, qtbot: QtBot) -> None:
    canvas.set_graph(shop)
    opened: list[object] = []
    canvas.activated.connect(opened.append)
    canvas.pick(named("storefront-api"))
    seen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left):
        QTest.keyClick(canvas, key)
        seen.append(canvas.selected)
    assert seen[0] in (named("carts.events"), named("clickstream"))
    assert seen[1] in (named("order-service"), named("fraud-check"))
    assert seen[3] == named("storefront-api")
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert opened == [named("storefront-api")]
    QTest.keyClick(canvas, Qt.Key.Key_L)
    assert canvas.selected == LoopId("run")
    QTest.keyClick(canvas, Qt.Key.Key_L)
    assert canvas.selected == LoopId("act")
    scale = canvas.camera.scale
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.camera.scale > scale
    QTest.keyClick(canvas, Qt.Key.Key_F)
    assert canvas.camera.scale == pytest.approx(scale)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.selected is None


def test_views_count_what_they_hide(canvas: GraphCanvas, shop: DependencyGraph, named: Find) -> None:
    inner = msgspec.structs.replace(shop.channels[named("clickstream")], internal=True)  # type: ignore[index]
    canvas.set_graph(replace(shop, channels={**shop.channels, inner.id: inner}))
    assert named("clickstream") not in canvas.scene.nodes
    all_of_it = Noise(internal=False)
    shown = canvas.set_view(ViewSettings(noise=all_of_it))
    assert shown.hidden["internal"].nodes == 1
    assert named("clickstream") in canvas.scene.nodes
    shown = canvas.set_view(ViewSettings(noise=Noise(internal=False, leaf=True)))
    assert shown.hidden["leaf"].nodes == 1
    assert named("fraud.review") not in canvas.scene.nodes
    canvas.set_view(ViewSettings(noise=all_of_it, find="pricing"))
    assert {named("pricing-engine"), named("price.changes")} <= canvas.scene.nodes.keys()
    assert named("mailer") not in canvas.scene.nodes
    assert canvas.view.find == "pricing"


def test_focus_shows_the_surroundings_of_the_selection(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find
) -> None:
    canvas.set_graph(shop)
    where = canvas.positions()
    canvas.select(named("order-service"))
    canvas.set_view(ViewSettings(focus=Focus(hops=1)))
    near = {"order-service", "carts.events", "orders.status", "orders.placed", "payments.requests"}
    assert canvas.scene.nodes.keys() == {named(word) for word in near}
    canvas.set_view(ViewSettings(focus=Focus(hops=None, direction="up")))
    assert canvas.scene.nodes.keys() == {
        named(w) for w in ("order-service", "carts.events", "storefront-api")
    }
    canvas.set_view(ViewSettings())
    assert len(canvas.scene.nodes) == len(where)
    assert canvas.positions() == where


def test_the_picture_shows_loops_and_dims_the_rest(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find
) -> None:
    canvas.set_graph(shop)
    for shown in (theme.light(), theme.dark()):
        canvas.set_theme(shown)
        canvas.select(None)
        image = canvas.picture()
        assert amount(image, shown.palette.run) > 300
        assert amount(image, shown.palette.act) > 100
        assert amount(image, shown.palette.canvas) > image.width() * image.height() / 8
        canvas.select(named("mailer"))
        dimmed = canvas.picture()
        assert amount(dimmed, shown.palette.run) == 0
        assert amount(image, shown.palette.accent) == 0 < amount(dimmed, shown.palette.accent)
        canvas.select(named("pricing-engine"))
        assert amount(canvas.picture(), shown.palette.run) > 300
    assert abs(canvas.picture(2.0).width() - 2 * image.width()) <= 1


def test_a_trail_lights_up_with_times_in_its_channels(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find
) -> None:
    canvas.set_graph(shop)
    orders = named("orders.placed")
    assert isinstance(orders, ChannelId)
    way = [key for key in shop.operations if key.channel == orders]
    accent = theme.light().palette.accent
    canvas.set_trail(way)
    plain = canvas.picture()
    assert amount(plain, accent) > 50
    canvas.set_trail(way, {orders: "34 ms"})
    assert canvas.picture() != plain
    canvas.set_trail(())
    assert amount(canvas.picture(), accent) == 0


def test_possible_loops_show_only_when_asked(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    loops = {k: msgspec.structs.replace(v, status=LoopStatus.POSSIBLE) for k, v in shop.loops.items()}
    canvas.set_graph(replace(shop, loops=loops))
    assert amount(canvas.grab().toImage(), theme.light().palette.run) == 0
    assert all(item.loop is None for item in canvas.scene.edges.values())
    canvas.next_loop()
    assert canvas.selected is None


def test_nothing_to_draw_says_why(canvas: GraphCanvas) -> None:
    canvas.set_empty_text("Nothing has been sent since 14:02.")
    canvas.set_graph(DependencyGraph())
    assert amount(canvas.grab().toImage(), theme.light().palette.dim) > 5


def test_traffic_rests_when_it_should(canvas: GraphCanvas, shop: DependencyGraph, qtbot: QtBot) -> None:
    canvas.set_graph(shop)
    clock = canvas._clock
    assert clock.isActive()
    canvas.set_motion(False)
    assert not clock.isActive()
    canvas.set_motion(True)
    assert clock.isActive()
    canvas.hide()
    assert not clock.isActive()
    canvas.show()
    idle = {key: msgspec.structs.replace(item, rate_per_s=0.0) for key, item in shop.operations.items()}
    canvas.set_graph(replace(shop, operations=idle))
    qtbot.waitUntil(lambda: not clock.isActive(), timeout=2_000)


@pytest.mark.expects_log
def test_a_defect_in_painting_is_told_once_and_the_widget_lives_on(
    qtbot: QtBot, shop: DependencyGraph, caplog: pytest.LogCaptureFixture
) -> None:
    canvas = GraphCanvas(theme.light())
    qtbot.addWidget(canvas)
    canvas.resize(600, 300)
    canvas.set_graph(shop)
    told: list[str] = []
    canvas.failed.connect(told.append)
    with patch.object(painting, "draw_node", side_effect=ValueError("no pen")):
        canvas.grab()
        canvas.grab()
    assert len(told) == 1
    assert "no pen" in told[0]
    assert caplog.text.count("painting did not work") == 1
    assert amount(canvas.grab().toImage(), theme.light().palette.run) > 100
    assert len(told) == 1


def test_large_graphs_are_arranged_without_holding_up_the_window(
    canvas: GraphCanvas, many: DependencyGraph, qtbot: QtBot
) -> None:
    canvas.set_graph(many)
    assert not canvas.scene.nodes
    qtbot.waitUntil(lambda: len(canvas.scene.nodes) == 150, timeout=20_000)
    for factor in (0.2, 1.7, 1.7, 1.7, 1.7, 1.7):
        canvas.zoom_by(factor)
        canvas.grab()


def test_every_shape_and_kind_of_line_is_drawn(canvas: GraphCanvas, rabbit: DependencyGraph) -> None:
    canvas.set_graph(rabbit)
    for subject in (None, *rabbit.channels, *rabbit.operations, *rabbit.routes, *rabbit.loops):
        canvas.select(subject)
        canvas.grab()
        if subject is not None:
            assert canvas.describe(subject)


def test_places_are_kept_with_a_project(canvas: GraphCanvas, shop: DependencyGraph, named: Find) -> None:
    canvas.restore_positions({named("mailer"): (10.0, 20.0), named("orders.placed"): (400.0, 90.0)})
    canvas.set_graph(shop)
    assert canvas.positions()[named("mailer")] == (10.0, 20.0)
    assert canvas.positions()[named("orders.placed")] == (400.0, 90.0)
    assert canvas.positions().keys() == {*shop.applications, *shop.channels}


def test_the_camera_stays_where_figures_alone_let_things_come_and_go(
    qtbot: QtBot, canvas: GraphCanvas, shop: DependencyGraph, named: Find
) -> None:
    def at_rate(rate: float, seconds: int) -> DependencyGraph:
        channels = {key: msgspec.structs.replace(each, rate_per_s=0.1) for key, each in shop.channels.items()}
        for name, figure in (("payments.events", 9.0), ("orders.placed", rate)):
            key = named(name)
            assert isinstance(key, ChannelId)
            channels[key] = msgspec.structs.replace(channels[key], rate_per_s=figure)
        return replace(shop, channels=channels, to_ns=shop.to_ns + seconds * 10**9)

    canvas.set_graph(at_rate(9.0, 0))
    canvas.set_view(ViewSettings(find="kind:topic rate>5"))
    qtbot.waitUntil(lambda: not canvas.busy)
    both, camera = {*canvas.scene.nodes}, canvas.camera
    canvas.set_graph(at_rate(4.0, 5))
    assert {*canvas.scene.nodes} == both
    canvas.set_graph(at_rate(4.0, 30))
    assert {*canvas.scene.nodes} < both
    assert canvas.camera == camera
    canvas.set_graph(at_rate(9.0, 60))
    assert {*canvas.scene.nodes} == both
    assert canvas.camera == camera
    canvas.set_view(ViewSettings())
    assert canvas.camera != camera
    fitted = canvas.camera
    canvas.restore_positions({named("orders.placed"): (9_000.0, 90.0)})
    assert canvas.camera != fitted


def test_a_line_whose_dashes_move_has_its_mark_and_the_accent_of_what_is_selected(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find
) -> None:
    """Also on a loop: what moves is painted over the still layers, and must say the same."""
    canvas.set_graph(shop)
    canvas.set_motion(True)
    canvas.show()
    sent = (key for key in canvas.scene.edges if key.source == named("promo-service"))
    line = next(key for key in sent if isinstance(key, OperationId))
    assert canvas.scene.edges[line].certainty == "likely"
    assert canvas.scene.edges[line].loop is LoopStatus.RUNAWAY
    palette = theme.light().palette
    plain = canvas.grab().toImage()
    canvas.set_marks({line: Mark.ADDED})
    added = canvas.grab().toImage()
    assert amount(added, palette.ok) > amount(plain, palette.ok) + 10
    spot = canvas.scene.edges[line].way.points
    at = QPointF(*spot[int(edges.MARK_AT * len(spot))].tolist())
    around = [at + QPointF(x, y) for x in (-3.2, 3.2) for y in (-3.2, 3.2)]
    seen = [added.pixelColor(canvas.camera.screen(each).toPoint()) for each in around]
    green = [
        abs(each.red() - palette.ok.red()) + abs(each.green() - palette.ok.green()) < 40 for each in seen
    ]
    assert green.count(True) >= 3, "the disc of the plus lies over the line"
    canvas.set_marks({})
    canvas.select(line)
    chosen = canvas.grab().toImage()
    assert amount(chosen, palette.accent) > amount(plain, palette.accent) + 20
    canvas.set_motion(False)


def test_nothing_travels_on_lines_that_are_not_lit(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find
) -> None:
    canvas.set_graph(shop)
    canvas.show()
    dots = theme.light().palette.dot
    plain = canvas.grab().toImage()
    canvas.select(named("postgres-cdc"))
    lit = canvas.grab().toImage()
    assert 0 < amount(lit, dots) < amount(plain, dots) / 2


def test_a_ring_goes_round_the_name_of_a_channel_too(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find
) -> None:
    canvas.set_graph(shop)
    topic = named("clickstream")
    name = canvas.camera.transform.mapRect(canvas.scene.names[topic].rect).toRect()
    before = canvas.grab(name).toImage()
    canvas.mark(frozenset({topic}))
    assert canvas.grab(name).toImage() == before
    wide = name.adjusted(-8, -8, 8, 8)
    assert amount(canvas.grab(wide).toImage(), theme.light().palette.accent) > 5


def test_what_is_selected_elsewhere_comes_into_sight_and_nothing_moves_where_it_is(
    canvas: GraphCanvas, shop: DependencyGraph, named: Find
) -> None:
    canvas.set_graph(shop)
    before = canvas.camera
    canvas.reveal(named("clickstream"))
    assert canvas.camera == before
    canvas.zoom_by(3.0)
    canvas.pan(4_000, 0)
    canvas.reveal(named("clickstream"))
    assert canvas.rect().contains(middle(canvas, named("clickstream")))


def test_a_picture_keeps_off_the_rows_of_the_legend_beside_the_minimap(
    canvas: GraphCanvas, shop: DependencyGraph
) -> None:
    canvas.set_graph(shop)
    words = canvas._stage.stack.words(canvas.scene)
    taken = set()
    for width in range(500, 1_700, 100):
        canvas.resize(width, 330)
        canvas.fit()
        room = QRectF(canvas.rect())
        beside = room.adjusted(0, 0, minimap.room(room).left() - room.right(), 0)
        high = legend.height(words, beside, canvas._picture.sizes)
        taken.add(high)
        shown = canvas.scene.extent(canvas.camera.scale)
        assert canvas.camera.screen(shown.bottomRight()).y() <= canvas.height() - high + 1.0
    assert len(taken) > 1


def test_legend_and_minimap_can_be_put_away(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    with_both, camera = canvas.grab().toImage(), canvas.camera
    canvas.set_overlays(legend=False, minimap=False)
    canvas.fit()
    without = canvas.grab().toImage()
    assert without != with_both
    assert not canvas.over_minimap(QPointF(canvas.width() - 30, canvas.height() - 30))
    canvas.set_overlays(legend=True, minimap=True)
    canvas.fit()
    assert canvas.camera == camera
