from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from graph.identity import Line
from graph.model import DependencyGraph
from graph.view.settings import LabelKind
from gui import theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.scene import edge_words, remarks
from gui.canvas.scene.edge_words import EdgeWords
from gui.canvas.scene.remarks import LineRemark
from gui.canvas.scene.sizes import Sizes


def slow(graph: DependencyGraph) -> DependencyGraph:
    """The graph with a latency on every edge."""
    timed = {
        key: changed(each, hop_latency_ms=10.0 * at, lag=at)
        for at, (key, each) in enumerate(graph.operations.items(), 1)
    }
    return replace(graph, operations=timed)


def test_words_stand_on_nothing_else(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    graph = slow(shop)
    canvas.set_graph(graph)
    scene = canvas.scene
    solid = [node.rect for node in scene.nodes.values()]
    solid += [name.rect for name in scene.names.values()] + [badge.rect for badge in scene.badges]
    points = {key: item.way.points for key, item in scene.edges.items()}
    said: dict[Line, LineRemark] = dict(remarks.lines(graph, LabelKind.LATENCY).items())
    placed, hidden = edge_words.place(said, points, solid, Sizes(theme.light()))
    assert hidden == len(graph.operations) - len(placed)
    assert len(placed) >= 0.8 * len(graph.operations)
    rects = [words.rect for words in placed]
    for at, rect in enumerate(rects):
        assert not any(rect.intersects(other) for other in [*solid, *rects[:at]])
        own = points[placed[at].line]
        assert any(rect.adjusted(-8, -8, 8, 8).contains(x, y) for x, y in own.tolist())
    # Beside their line where there is room.
    beside = sum(
        edge_words._crossed(own[own[:, 0].argsort()], words.rect) == 0
        for words in placed
        for own in (points[words.line],)
    )
    assert beside > len(placed) / 2


def test_where_there_is_no_room_words_are_counted(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    points = {key: item.way.points for key, item in canvas.scene.edges.items()}
    said = {key: LineRemark(words="7/s") for key in points}
    everywhere = [QRectF(-1e5, -1e5, 2e5, 2e5)]
    sizes = Sizes(theme.light())
    assert edge_words.place(said, points, everywhere, sizes) == ((), len(points))
    assert edge_words.place({}, {}, [], sizes) == ((), 0)


@pytest.mark.parametrize("look", [theme.named(name) for name in theme.NAMES], ids=lambda look: look.name)
def test_a_warning_is_bold_amber_and_a_number_a_pill(shop: DependencyGraph, look: theme.Theme) -> None:
    line = next(iter(shop.operations))

    def colours(words: EdgeWords, *, lit: bool = True) -> set[str]:
        image = QImage(80, 40, QImage.Format.Format_RGB32)
        image.fill(look.palette.canvas)
        with QPainter(image) as painter:
            edge_words.draw(painter, words, look, lit=lit)
        return {QColor(image.pixelColor(x, y)).name() for x in range(80) for y in range(40)}

    room = QRectF(20, 10, 40, edge_words.HEIGHT)
    assert look.palette.warn.name() in colours(EdgeWords(line, "MMMM", room, loud=True))
    plain = colours(EdgeWords(line, "MMMM", room))
    assert look.palette.warn.name() not in plain
    pill = colours(EdgeWords(line, "12", room, pill=True))
    assert look.palette.panel.name() in pill
    assert look.palette.edge.name() in pill
    assert plain != colours(EdgeWords(line, "MMMM", room), lit=False)


def test_a_bundle_is_the_wider_the_more_it_is() -> None:
    widths = [edge_words.bundle_width(count) for count in (1, 2, 4, 30, 1_000, 50_000)]
    assert widths == sorted(widths)
    assert widths[0] < 2
    assert 7 < widths[-1] < 9
