"""Loops in the picture: told apart from the rest, and from each other, without any colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from graph.identity import Line, LoopId, NodeId
from graph.model import Acknowledgement, DependencyGraph, LoopNature, LoopStatus
from gui import theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.paint import legend
from gui.canvas.paint.camera import fitted
from gui.canvas.paint.trail import LEAST_S, Leg
from gui.canvas.scene import badges, wording
from gui.canvas.scene.scene import Scene
from gui.theme import Theme
from tests.gui.test_theme import DEFICIENCIES

LOOKS = [theme.light(), theme.dark()]
# Ottosson 2020: linear RGB to cones, and their cube roots to Oklab.
CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
OKLAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
RUN, ACT = LoopId("run"), LoopId("act")


def shown(graph: DependencyGraph, loop: LoopId, **facts: object) -> DependencyGraph:
    """The graph with a loop that is otherwise."""
    return replace(graph, loops={**graph.loops, loop: msgspec.structs.replace(graph.loops[loop], **facts)})


def greys(image: QImage) -> NDArray[np.float64]:
    """The luminance of every pixel, 0 to 255."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].astype(float)


def ink(canvas: GraphCanvas, graph: DependencyGraph, look: Theme) -> Callable[[Line], float]:
    """How much an edge stands out across its line in a picture without colours, at a typical place of it."""
    canvas.set_theme(look)
    canvas.set_graph(graph)
    image = canvas.picture()
    table, ground = greys(image), look.palette.canvas
    paper = greys(_one(ground))[0, 0]
    scene = canvas.scene
    camera = fitted(scene.bounds, image.rect().toRectF(), 1.0)

    def across(edge: Line) -> float:
        points, _ = scene.edges[edge].way.even(2.0)
        inks = []
        for at in range(4, len(points) - 10, 2):
            ahead = points[at + 1] - points[at]
            side = np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead)
            line = points[at] + np.outer(np.arange(-11.0, 11.5, 0.5), side)
            places = [camera.screen(QPointF(*each)) for each in line.tolist()]
            inks.append(
                sum(abs(table[round(place.y()), round(place.x())] - paper) for place in places) / 2 / 255
            )
        return float(np.median(inks))

    return across


def _one(colour: QColor) -> QImage:
    image = QImage(1, 1, QImage.Format.Format_RGB32)
    image.fill(colour)
    return image


def plain(scene: Scene) -> list[Line]:
    """Certain edges beside all loops, each with nothing else near: the quietest and the busiest."""
    return [key for key, item in scene.edges.items() if item.loop is None and item.certainty == "certain"]


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark"])
def test_loops_stand_out_in_a_picture_without_colours(
    canvas: GraphCanvas, shop: DependencyGraph, look: Theme
) -> None:
    across = ink(canvas, shop, look)
    solid = {key: item for key, item in canvas.scene.edges.items() if item.certainty == "certain"}
    of = {
        status: [across(key) for key, item in solid.items() if item.loop is status]
        for status in (LoopStatus.RUNAWAY, LoopStatus.ACTIVE, None)
    }
    rest = float(np.median(of[None]))
    assert min(of[LoopStatus.RUNAWAY]) > 1.2 * max(of[LoopStatus.ACTIVE])
    assert min(of[LoopStatus.ACTIVE]) > 1.8 * rest
    assert min(of[LoopStatus.RUNAWAY]) > 4 * rest
    quiet = ink(canvas, shown(shop, ACT, status=LoopStatus.ACKNOWLEDGED), look)
    calm = [quiet(key) for key, item in canvas.scene.edges.items() if item.loop is LoopStatus.ACKNOWLEDGED]
    assert max(calm) < min(of[LoopStatus.ACTIVE]) / 1.5


def seen(image: QImage, eyes: str) -> NDArray[np.float64]:
    """Lightness and hue of every pixel (Oklab, in hundredths) as eyes with a deficiency see them."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    parts = rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(DEFICIENCIES[eyes]).T, 0.0, 1.0)
    cones = np.cbrt(linear @ np.array(CONES).T)
    found: NDArray[np.float64] = 100 * cones @ np.array(OKLAB).T
    return found


@pytest.mark.parametrize("name", theme.NAMES)
@pytest.mark.parametrize("eyes", DEFICIENCIES)
def test_loops_stand_out_for_all_eyes(
    canvas: GraphCanvas, shop: DependencyGraph, name: str, eyes: str
) -> None:
    """How far what lies along a line is from the ground, as it is seen, and its width with it."""
    look = theme.named(name)
    canvas.set_theme(look)
    canvas.set_graph(shop)
    image, scene = canvas.picture(), canvas.scene
    apart = np.linalg.norm(seen(image, eyes) - seen(_one(look.palette.canvas), eyes)[0, 0], axis=2)
    camera = fitted(scene.bounds, image.rect().toRectF(), 1.0)

    def ink(edge: Line) -> float:
        points, _ = scene.edges[edge].way.even(3.0)
        sums = []
        for x, y in points[5:-5].tolist():
            at = camera.screen(QPointF(x, y)).toPoint()
            sums.append(float(apart[at.y() - 6 : at.y() + 7, at.x() - 6 : at.x() + 7].sum()))
        return float(np.median(sums))

    rest = float(np.median([ink(key) for key in plain(scene)]))
    assert min(ink(edge) for edge in shop.loops[RUN].edges) > 3 * rest
    assert min(ink(edge) for edge in shop.loops[ACT].edges) > 2 * rest


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark"])
def test_a_runaway_loop_has_another_shape_than_an_active_one(
    canvas: GraphCanvas, shop: DependencyGraph, look: Theme
) -> None:
    """How far from the middle of its line something is as dark, or as bright, as the line itself."""

    def reach(graph: DependencyGraph) -> float:
        canvas.set_theme(look)
        canvas.set_graph(graph)
        image = canvas.picture(2.0)
        table, paper = greys(image), greys(_one(look.palette.canvas))[0, 0]
        camera = fitted(canvas.scene.bounds, image.rect().toRectF(), 2.0)
        points, length = canvas.scene.edges[graph.loops[RUN].edges[1]].way.even(1.0)
        found = 0.0
        for at in range(int(0.3 * length), int(0.7 * length)):
            ahead = points[at + 1] - points[at]
            side = np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead)
            for far in np.arange(0.0, 9.0, 0.5).tolist():
                place = camera.screen(QPointF(*(points[at] + side * far).tolist()))
                if abs(table[round(place.y()), round(place.x())] - paper) > strong * 0.7:
                    found = max(found, far)
        return found

    line = look.loop(LoopStatus.RUNAWAY).line
    strong = abs(greys(_one(line))[0, 0] - greys(_one(look.palette.canvas))[0, 0])
    runaway = reach(shop)
    assert runaway > 5.0
    assert reach(shown(shop, RUN, status=LoopStatus.ACTIVE)) < runaway - 1.0


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark"])
def test_a_selected_loop_leaves_everything_else_as_it_is(
    canvas: GraphCanvas, shop: DependencyGraph, look: Theme
) -> None:
    canvas.set_graph(shop)
    others = [*plain(canvas.scene), *shop.loops[RUN].edges]
    loud = ink(canvas, shop, look)
    before = [loud(key) for key in others]
    canvas.select(RUN)
    chosen = ink(canvas, shop, look)
    assert all(chosen(key) > 0.9 * was for key, was in zip(others, before, strict=True))
    moving = len(canvas._stage.traffic)
    canvas.select(None)
    assert len(canvas._stage.traffic) == moving > 60


def test_hops_are_numbered_and_those_that_multiply_are_marked(
    canvas: GraphCanvas, shop: DependencyGraph
) -> None:
    graph = shown(shop, RUN, hop_gains=(None, 1.0, None, 2.5))
    canvas.set_graph(graph)
    canvas.select(RUN)
    with_numbers = canvas.picture(2.0)
    text = theme.light().palette.panel
    scene = canvas.scene
    camera = fitted(scene.bounds, with_numbers.rect().toRectF(), 2.0)
    for edge in graph.loops[RUN].edges:
        points = scene.edges[edge].way.points
        middle = camera.screen(QPointF(*points[len(points) // 2].tolist()))
        # Beside the figure, inside the disc.
        assert with_numbers.pixelColor(round(middle.x()) - 10, round(middle.y())) == text
    canvas.set_graph(shown(shop, RUN, hop_gains=(None, 1.0, None, 1.0)))
    assert canvas.picture(2.0) != with_numbers


def test_a_possible_loop_is_thin_dashes_and_nothing_is_filled(
    canvas: GraphCanvas, shop: DependencyGraph, qtbot: QtBot
) -> None:
    graph = shown(shop, RUN, status=LoopStatus.POSSIBLE)
    canvas.set_graph(graph)
    before = canvas.picture()
    canvas.select(RUN)
    after = canvas.picture()
    tint = theme.light().loop(LoopStatus.POSSIBLE).line
    camera = fitted(canvas.scene.bounds, after.rect().toRectF(), 1.0)
    middle = camera.screen(next(b for b in canvas.scene.badges if b.loop == RUN).rect.center())
    near = [
        after.pixelColor(round(middle.x()) + dx, round(middle.y()) + dy)
        for dx in range(-60, 61, 6)
        for dy in (-22, 22)
    ]
    assert sum(colour == tint for colour in near) < 4
    edge = graph.loops[RUN].edges[0]
    points, _ = canvas.scene.edges[edge].way.even(1.0)
    inside = [camera.screen(QPointF(*each)).toPoint() for each in points[5:-14].tolist()]
    dark = [after.pixelColor(place).lightness() < 200 for place in inside]
    changes = sum(a != b for a, b in pairwise(dark))
    assert changes > len(dark) / 8, "a line of dashes is interrupted again and again"
    assert after != before


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark"])
def test_a_loop_is_seen_from_far_away(canvas: GraphCanvas, shop: DependencyGraph, look: Theme) -> None:
    canvas.set_theme(look)
    canvas.set_graph(shop)
    scale = 0.15
    image = canvas.picture(scale)
    table, paper = greys(image), greys(_one(look.palette.canvas))[0, 0]
    camera = fitted(canvas.scene.bounds, image.rect().toRectF(), scale)

    def seen(edge: Line) -> float:
        """How dark, or bright, its line is with what lies 2 px beside it."""
        points, _ = canvas.scene.edges[edge].way.even(6.0)
        inks = []
        for x, y in points[3:-3].tolist():
            place = camera.screen(QPointF(x, y)).toPoint()
            around = table[max(0, place.y() - 2) : place.y() + 3, max(0, place.x() - 2) : place.x() + 3]
            inks.append(float(np.abs(around - paper).sum()) / 255)
        return float(np.median(inks))

    loud = min(seen(edge) for edge in shop.loops[RUN].edges)
    assert loud > 1.3 * float(np.median([seen(edge) for edge in plain(canvas.scene)]))


@pytest.mark.parametrize("nature", LoopNature)
def test_each_kind_has_its_own_sign(shop: DependencyGraph, nature: LoopNature) -> None:
    loop = msgspec.structs.replace(shop.loops[ACT], nature=nature)
    signs = {badges.glyph(msgspec.structs.replace(loop, nature=other)) for other in LoopNature}
    assert len(signs) == len(LoopNature)
    assert badges.glyph(msgspec.structs.replace(loop, status=LoopStatus.ACKNOWLEDGED)) == "confirm"
    runaway = msgspec.structs.replace(loop, status=LoopStatus.RUNAWAY, nature=LoopNature.FEEDBACK)
    assert badges.glyph(runaway) == "runaway"


def test_the_legend_names_the_loops_on_the_screen(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    assert legend.entries(canvas.scene.edges.values())[:2] == ["runaway loop", "active loop"]
    canvas.set_graph(shown(shop, ACT, status=LoopStatus.BOUNDED))
    assert legend.entries(canvas.scene.edges.values())[:2] == ["runaway loop", "bounded loop"]


def test_badges_tell_limits(shop: DependencyGraph) -> None:
    known = Acknowledgement("It is meant", 0.5)
    loop = msgspec.structs.replace(shop.loops[ACT], acknowledged=known)
    quiet = msgspec.structs.replace(loop, status=LoopStatus.ACKNOWLEDGED, proven=LoopStatus.ACTIVE)
    assert wording.badge(quiet) == "acknowledged, ×0.62"
    broken = msgspec.structs.replace(loop, broken_limit="Its gain is 0.62.")
    assert wording.badge(broken) == "×0.62, limit 0.50"
    assert "Its gain is 0.62." in wording.describe_loop(shop, broken)
    assert "It is meant" in wording.describe_loop(shop, quiet)


def test_a_dot_travels_the_trail_in_order(
    canvas: GraphCanvas, shop: DependencyGraph, named: Callable[[str], NodeId]
) -> None:
    canvas.set_graph(shop)
    canvas.select(RUN)
    edges = shop.loops[RUN].edges
    legs = [Leg(edges[:2], 3000.0), Leg(edges[2:], 1000.0)]
    canvas.play_trail(legs, {})
    trail = canvas._stage.trail
    assert set(trail.edges) == set(edges)
    assert canvas._clock.isActive()
    begin = trail._since
    ends = [canvas.scene.edges[edge].way.points for edge in edges]
    for seconds, wanted in ((0.0, ends[0][0]), (2.999, ends[1][-1]), (3.0, ends[2][0]), (3.999, ends[3][-1])):
        place = trail.place(begin + seconds)
        assert place is not None
        assert np.hypot(*(np.array(place) - wanted)) < 3
    assert trail.place(begin + 4.0) is None
    accent = theme.light().palette.accent
    picture = canvas.grab().toImage()
    assert any(
        picture.pixelColor(x, y) == accent
        for x in range(0, picture.width(), 2)
        for y in range(0, picture.height(), 2)
    )
    # Where nothing may move, the way is lit all the same.
    canvas.set_motion(False)
    canvas.play_trail(legs, {})
    assert trail.place(begin + 1e6) is None
    assert trail.edges
    # A quick one takes long enough to be seen.
    trail.play([Leg(edges[:2], 1.0)], canvas.scene.edges, 0.0)
    assert trail.place(LEAST_S - 0.01) is not None


def test_the_badge_of_a_dangerous_loop_is_read_from_afar(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shown(shop, ACT, status=LoopStatus.BOUNDED))
    loud, quiet = (next(b for b in canvas.scene.badges if b.loop == loop) for loop in (RUN, ACT))
    assert badges.extent(loud, 1.0) == loud.rect
    assert badges.extent(quiet, 0.1) == quiet.rect
    room = badges.extent(loud, 0.1)
    ring = [canvas.scene.edges[line].way.points for line in canvas.scene.loop_lines(RUN)]
    assert not any(badges.covered(room, points) for points in ring), "too large for it, it stands beside it"
    assert room.height() * 0.1 == pytest.approx(badges.READ * loud.rect.height())
    look, scale = theme.light(), 0.25
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(look.palette.canvas)
    with QPainter(image) as painter:
        painter.translate(100, 50)
        painter.scale(scale, scale)
        painter.translate(-badges.extent(loud, scale).center())
        badges.draw_badge(painter, loud, look, 1.0, lit=True, scale=scale)
    table = greys(image) < 200
    rows, columns = np.nonzero(table)
    room = badges.extent(loud, scale)
    assert np.ptp(rows) + 1 == pytest.approx(room.height() * scale, abs=2)
    assert np.ptp(columns) + 1 == pytest.approx(room.width() * scale, abs=2)
