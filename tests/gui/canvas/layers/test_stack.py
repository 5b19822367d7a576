from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from graph.identity import ChannelId, Place
from graph.model import DependencyGraph
from graph.view.settings import ViewSettings
from graph.view.shown import shown
from gui import theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.layers import stack, tiles
from gui.canvas.layers.stack import Stack
from gui.canvas.paint import painting
from gui.canvas.paint.camera import Camera, fitted
from gui.canvas.paint.painting import View
from gui.canvas.scene import detail
from gui.canvas.scene.content import Content
from gui.canvas.scene.sizes import Sizes
from gui.theme import Theme

ROOM = QRectF(0, 0, 1000, 600)
LOOKS = [theme.light(), theme.dark()]


def busier(graph: DependencyGraph) -> DependencyGraph:
    """The same graph with other figures everywhere: rates, lags and the gain of its loops."""
    channels = {
        key: msgspec.structs.replace(item, rate_per_s=(item.rate_per_s or 0.0) * 3 + 700)
        for key, item in graph.channels.items()
    }
    applications = {
        key: msgspec.structs.replace(item, lag=None if item.lag is None else item.lag + 73)
        for key, item in graph.applications.items()
    }
    loops = {
        key: msgspec.structs.replace(item, gain=0.5, period_ms=12_300.0) for key, item in graph.loops.items()
    }
    return replace(graph, channels=channels, applications=applications, loops=loops)


def views(shop: DependencyGraph, canvas: GraphCanvas, look: Theme) -> tuple[View, View, Sizes]:
    """The shop as it was, and with other figures in the same places."""
    sizes = Sizes(look)
    places = canvas.positions()
    was, now = (Content(shown(graph, ViewSettings(), 0)) for graph in (shop, busier(shop)))
    now = Content(shown(busier(shop), ViewSettings(), 0, before=was.shown))
    assert detail.geometry(was, places, sizes) == detail.geometry(now, places, sizes)
    first = detail.build(was, places, sizes)
    second = detail.build(now, places, sizes, first)
    camera = replace(fitted(first.bounds, ROOM), dx=20.0, dy=30.0)
    return View(first, look, camera, ROOM), View(second, look, camera, ROOM), sizes


def frame(made: Stack, view: View, sizes: Sizes, *, finish: bool = False) -> QImage:
    paper = QImage(1000, 600, QImage.Format.Format_RGB32)
    painter = QPainter(paper)
    made.paint(painter, view, sizes, lambda _painter: None, finish=finish)
    painter.end()
    return paper


def at_once(view: View) -> QImage:
    paper = QImage(1000, 600, QImage.Format.Format_RGB32)
    painter = QPainter(paper)
    painting.ground(painter, view)
    painter.resetTransform()
    painting.figures(painter, view, ROOM)
    painter.end()
    return paper


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark"])
def test_new_figures_are_painted_bit_by_bit_and_come_out_as_if_painted_at_once(
    canvas: GraphCanvas, shop: DependencyGraph, qtbot: QtBot, look: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_graph(shop)
    before, after, sizes = views(shop, canvas, look)
    whole = frame(Stack(), after, sizes, finish=True)
    some = Stack()
    frame(some, before, sizes, finish=True)
    monkeypatch.setattr(stack, "RESTING_S", 0.0005)
    painted: list[object] = []
    draw = painting.draw_node

    def count(painter: QPainter, view: View, key: Place) -> None:
        painted.append(key)
        draw(painter, view, key)

    monkeypatch.setattr(painting, "draw_node", count)
    frames = 1
    picture = frame(some, after, sizes)
    while some.behind:
        picture = frame(some, after, sizes)
        frames += 1
    assert picture == whole
    assert frames > 2
    assert {node for node in painted if isinstance(node, ChannelId)}
    painted.clear()
    assert frame(some, after, sizes) == whole
    assert not painted


def test_squares_make_the_picture_that_is_painted_at_once(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    view, _, sizes = views(shop, canvas, LOOKS[0])
    view = replace(view, camera=Camera(1.0, -200.0, -40.0))
    layered = frame(Stack(), view, sizes, finish=True)
    whole = at_once(view)
    high = 560  # the legend lies below
    wide = [(x, y) for x in range(0, 830, 3) for y in range(0, high - 60, 3)]
    differ = sum(_far(layered.pixelColor(*at), whole.pixelColor(*at)) for at in wide)
    assert differ < len(wide) * 0.001


def _far(one: QColor, other: QColor) -> bool:
    """Whether two colours differ by more than what text on a see-through layer does."""
    parts = (one.red() - other.red(), one.green() - other.green(), one.blue() - other.blue())
    return max(map(abs, parts)) > 70


def test_a_picture_that_is_dragged_is_there_at_once_as_far_as_it_was_seen(
    canvas: GraphCanvas, shop: DependencyGraph
) -> None:
    canvas.set_graph(shop)
    view, _, sizes = views(shop, canvas, LOOKS[0])
    made = Stack()
    first = frame(made, view, sizes, finish=True)
    made.postpone()
    moved = frame(made, replace(view, camera=view.camera.moved(60.0, 25.0)), sizes)
    assert moved.copy(460, 225, 300, 200) == first.copy(400, 200, 300, 200)


def test_while_the_scale_changes_what_was_painted_stands_in(
    canvas: GraphCanvas, shop: DependencyGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_graph(shop)
    view, _, sizes = views(shop, canvas, LOOKS[0])
    made = Stack()
    frame(made, view, sizes, finish=True)
    painted: list[float] = []
    job = tiles.Layer.job

    def count(layer: tiles.Layer, view: View, key: tiles.Key) -> tiles.Job:
        painted.append(key[0])
        return job(layer, view, key)

    monkeypatch.setattr(tiles.Layer, "job", count)
    near = view.camera.zoomed(1.2, ROOM.center())
    picture = frame(made, replace(view, camera=near, quick=True), sizes)
    assert near.scale not in painted
    plain = picture.copy(picture.rect())
    plain.fill(LOOKS[0].palette.canvas)
    assert picture != plain
    frame(made, replace(view, camera=near), sizes)
    assert near.scale in painted


def test_pictures_are_forgotten_before_they_take_too_much_room(
    canvas: GraphCanvas, shop: DependencyGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_graph(shop)
    view, _, sizes = views(shop, canvas, LOOKS[0])
    monkeypatch.setattr(stack, "CACHE", 36_000_000)
    made = Stack()
    for step in range(14):
        near = view.camera.zoomed(1.15**step, ROOM.center())
        frame(made, replace(view, camera=near), sizes, finish=True)
    # What is in sight, and what stands in for the rest, is kept in any case.
    assert made.size <= 45_000_000


def test_a_pixmap_is_see_through_where_nothing_stands(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    view, _, sizes = views(shop, canvas, LOOKS[0])
    made = Stack()
    paper = QImage(1000, 600, QImage.Format.Format_RGB32)
    painter = QPainter(paper)

    def between(under: QPainter) -> None:
        under.resetTransform()
        under.fillRect(ROOM, Qt.GlobalColor.magenta)

    made.paint(painter, view, sizes, between, finish=True)
    painter.end()
    assert paper.pixelColor(2, 2) == Qt.GlobalColor.magenta
