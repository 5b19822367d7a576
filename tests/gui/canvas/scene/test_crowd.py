from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF
from pytestqt.qtbot import QtBot

from graph.identity import Action, ApplicationId, NodeId, OperationId, Place
from graph.layout.layout import Point
from graph.model import Application, ApplicationKind, DependencyGraph, LoopStatus, Operation
from graph.view.settings import ViewSettings
from graph.view.shown import shown
from gui import theme
from gui.canvas.arranging.arranger import Arranger
from gui.canvas.canvas import GraphCanvas
from gui.canvas.hands import picking
from gui.canvas.paint.view import Mode, View, mode
from gui.canvas.routes.routing import Floats
from gui.canvas.scene import changes, crowd, crowd_names, detail
from gui.canvas.scene.content import Content
from gui.canvas.scene.crowd import CrowdScene
from gui.canvas.scene.scene import Scene
from gui.canvas.scene.sizes import Sizes
from tests.bench.town import town


def finished(work: Generator[None, None, Scene]) -> CrowdScene:
    while True:
        try:
            next(work)
        except StopIteration as done:
            made: CrowdScene = done.value
            return made


def built(
    graph: DependencyGraph, at: dict[Place, Point], sizes: Sizes, before: Scene | None = None
) -> CrowdScene:
    earlier = before.content.shown if before else None
    content = Content(shown(graph, ViewSettings(), 0, before=earlier))
    return finished(crowd.build(content, at, sizes, before))


@pytest.fixture
def sizes(qtbot: QtBot) -> Sizes:
    return Sizes(theme.light())


@pytest.fixture
def at(shop: DependencyGraph, sizes: Sizes) -> dict[Place, Point]:
    arranger = Arranger()
    arranger.arrange(shown(shop, ViewSettings(), 0), sizes)
    return dict(arranger.visible)


def same(one: CrowdScene, other: CrowdScene) -> None:
    """Both look alike, in whatever order their rows are."""
    assert one.node_table.ids.number.keys() == other.node_table.ids.number.keys()
    assert one.line_table.ids.number.keys() == other.line_table.ids.number.keys()
    assert {*one.hidden_names} == {*other.hidden_names}
    rows = [one.line_table.ids.number[line] for line in other.line_table.ids]
    for name in ("points", "certainty", "rank", "age", "route", "width", "rate"):
        assert np.allclose(getattr(one.line_table, name)[rows], getattr(other.line_table, name), atol=1e-3)
    places = [one.node_table.ids.number[place] for place in other.node_table.ids]
    assert np.array_equal(one.node_table.rects[places], other.node_table.rects)
    assert np.array_equal(one.node_table.looks[places], other.node_table.looks)
    for place in other.node_table.ids:
        assert one.nodes[place] == other.nodes[place]


def test_a_crowd_says_and_places_what_a_small_picture_does(
    shop: DependencyGraph, at: dict[Place, Point], sizes: Sizes
) -> None:
    many = built(shop, at, sizes)
    few = detail.build(Content(shown(shop, ViewSettings(), 0)), at, sizes)
    assert dict(many.nodes) == dict(few.nodes)
    assert many.node_table.looks.tolist() == few.node_table.looks.tolist()
    for line, item in few.edges.items():
        other = many.edges[line]
        assert replace(other, way=item.way) == item
        assert np.allclose(other.way.curve[0], item.way.curve[0], atol=1e-2), line
        assert np.allclose(other.way.curve[-1], item.way.curve[-1], atol=1e-2), line
        assert np.allclose(other.way.tip, item.way.tip, atol=1e-2)
        assert other.way.heading == pytest.approx(item.way.heading)
    assert {badge.loop for badge in many.badges} == {badge.loop for badge in few.badges}
    for badge in many.badges:
        assert not any(badge.rect.intersects(node.rect) for node in many.nodes.values())


@pytest.mark.parametrize("seed", range(4))
def test_a_scene_that_takes_over_from_the_last_is_as_one_built_anew(sizes: Sizes, seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = town(120, 260)
    nodes: list[NodeId] = [*graph.applications, *graph.channels]
    at: dict[Place, Point] = {
        node: (float(rng.integers(12)) * 153, float(rng.integers(30)) * 58) for node in nodes
    }
    before = built(graph, at, sizes)
    for step in range(5):
        operations, applications = dict(graph.operations), dict(graph.applications)
        for key in rng.choice(len(operations), 9).tolist():
            line = list(operations)[key]
            operations[line] = msgspec.structs.replace(operations[line], rate_per_s=float(rng.integers(90)))
        for key in rng.choice(len(operations), 4, replace=False).tolist():
            operations.pop(list(graph.operations)[key], None)
        new = ApplicationId(f"new-{step}")
        applications[new] = Application(new, new.key, ApplicationKind.SERVICE)
        link = OperationId(new, Action.RECEIVE, list(graph.channels)[int(rng.integers(40))])
        operations[link] = Operation(link, 0.7, (), 3.0)
        at[new] = (float(rng.integers(12)) * 153 + 40, float(rng.integers(30)) * 58 + 30)
        graph = replace(graph, operations=operations, applications=applications)
        now = built(graph, at, sizes, before)
        same(now, built(graph, at, sizes))
        ground, figures = changes.between(before, now)
        assert ground is not None
        # What was found while the scene was built is what a look at all lines finds.
        assert ground == changes.ground(before, replace(now))
        if figures is not None:
            assert any(area.contains(now.nodes[new].rect) for area in figures)
        before = now


def test_a_scene_may_follow_one_without_lines(
    shop: DependencyGraph, at: dict[Place, Point], sizes: Sizes
) -> None:
    bare = replace(shop, operations={}, routes={}, loops={}, feedback=frozenset())
    empty, alone = built(DependencyGraph(), at, sizes), built(bare, at, sizes)
    for table in (empty.line_table, alone.line_table):
        assert not len(table.lengths) + len(table.extents)
    whole = built(shop, at, sizes)
    same(built(shop, at, sizes, alone), whole)
    same(built(shop, at, sizes, built(bare, at, sizes, empty)), whole)
    same(built(bare, at, sizes, whole), alone)


def test_only_figures_changed_and_no_curve_is_made_anew(sizes: Sizes) -> None:
    graph = town(90, 200)
    nodes: list[NodeId] = [*graph.applications, *graph.channels]
    at: dict[Place, Point] = {node: (row % 9 * 153.0, row // 9 * 60.0) for row, node in enumerate(nodes)}
    before = built(graph, at, sizes)
    key = next(iter(graph.operations))
    faster = {**graph.operations, key: msgspec.structs.replace(graph.operations[key], rate_per_s=9_000.0)}
    now = built(replace(graph, operations=faster), at, sizes, before)
    assert now.curves is before.curves
    assert now.line_table.points is before.line_table.points
    assert now.edges[key].rate == 9_000.0
    ground, figures = changes.between(before, now)
    assert ground is not None
    assert 1 <= len(ground) <= 2
    assert figures == []


def test_a_badge_keeps_its_place_until_something_near_its_loop_is_otherwise(sizes: Sizes) -> None:
    graph = town(90, 200)
    nodes: list[NodeId] = [*graph.applications, *graph.channels]
    at: dict[Place, Point] = {node: (row % 9 * 153.0, row // 9 * 60.0) for row, node in enumerate(nodes)}
    before = built(graph, at, sizes)
    assert before.badges
    badge = before.badges[0]
    loops = {**graph.loops, badge.loop: msgspec.structs.replace(graph.loops[badge.loop], gain=7.5)}
    louder = built(replace(graph, loops=loops), at, sizes, before)
    assert [each.rect.center() for each in louder.badges] == [each.rect.center() for each in before.badges]
    assert "7.5" in next(each.text for each in louder.badges if each.loop == badge.loop)
    # Somebody stands where it is now.
    new = ApplicationId("in-its-way")
    middle = badge.rect.center()
    at[new] = (middle.x(), middle.y())
    card = Application(new, new.key, ApplicationKind.SERVICE)
    link = OperationId(new, Action.RECEIVE, next(iter(graph.channels)))
    crowded = replace(
        graph,
        applications={**graph.applications, new: card},
        operations={**graph.operations, link: Operation(link, 0.9, (), 1.0)},
    )
    now = built(crowded, at, sizes, before)
    assert now.badges == built(crowded, at, sizes).badges


def test_a_name_that_comes_to_light_is_painted_where_it_stands_and_nowhere_else(sizes: Sizes) -> None:
    graph = town(90, 200)
    nodes: list[NodeId] = [*graph.applications, *graph.channels]
    at: dict[Place, Point] = {node: (row % 9 * 203.0, row // 9 * 90.0) for row, node in enumerate(nodes)}
    named, other = list(graph.channels)[:2]
    x, y = at[named]
    at[other] = (x, y + 24.0)
    before = built(graph, at, sizes)
    assert named in before.hidden_names
    at[other] = (x + 1_500.0, y + 700.0)
    now = built(graph, at, sizes, before)
    assert named not in now.hidden_names
    _, figures = changes.between(before, now)
    assert figures is not None
    assert any(area.contains(now.names[named].rect) for area in figures)
    assert not any(area.contains(now.nodes[nodes[-1]].rect) for area in figures)


boxes = st.lists(
    st.tuples(st.integers(0, 500), st.integers(0, 200), st.integers(10, 120), st.integers(5, 40)),
    min_size=1,
    max_size=14,
)


@settings(max_examples=80, deadline=None)
@given(boxes)
def test_names_that_would_touch_something_are_left_out(rows: list[tuple[int, int, int, int]]) -> None:
    rects = np.array([(x, y, x + wide, y + high) for x, y, wide, high in rows], dtype=np.float64)
    named = np.array([wide if wide % 3 else 0 for _, _, wide, _ in rows], dtype=np.float32)
    found = crowd_names.hidden(rects, named)
    solid = [QRectF(x, y, wide, high) for x, y, wide, high in rows]
    names: list[QRectF] = []
    for number, (rect, wide) in enumerate(zip(solid, named.tolist(), strict=True)):
        if not wide:
            assert not found[number]
            continue
        name = QRectF(rect.center().x() - wide / 2 - 1, rect.bottom() + 4, wide + 2, 12)
        touches = any(name.intersects(other) for other in (*solid, *names))
        assert bool(found[number]) == touches
        names.append(name)


@settings(max_examples=40, deadline=None)
@given(st.floats(-300, 1900), st.floats(-300, 1900))
def test_picking_finds_the_nearest_line(x: float, y: float) -> None:
    scene, point = _picked(), QPointF(x, y)
    found = picking.line_at(scene, point, 40.0)
    best = min(_off(item.way.points, x, y) for item in scene.edges.values())
    if found is None:
        assert best > 39
    else:
        assert _off(scene.edges[found].way.points, x, y) <= min(best + 1e-6, 40)


def _off(way: Floats, x: float, y: float) -> float:
    """How far a point is from a way, piece by piece."""
    found = []
    for (x0, y0), (x1, y1) in pairwise(way.tolist()):
        long = (x1 - x0) ** 2 + (y1 - y0) ** 2
        part = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / long if long else 0.0
        part = min(max(part, 0.0), 1.0)
        found.append(float(np.hypot(x0 + (x1 - x0) * part - x, y0 + (y1 - y0) * part - y)))
    return min(found)


_SCENES: list[CrowdScene] = []


def _picked() -> CrowdScene:
    if not _SCENES:
        graph = town(60, 120, loops=0)
        nodes: list[NodeId] = [*graph.applications, *graph.channels]
        at: dict[Place, Point] = {node: (row % 8 * 190.0, row // 8 * 70.0) for row, node in enumerate(nodes)}
        _SCENES.append(built(graph, at, Sizes(theme.light())))
    return _SCENES[0]


def test_loops_are_drawn_from_any_distance(qtbot: QtBot, canvas: GraphCanvas) -> None:
    graph = town(900, 2_400)
    nodes: list[NodeId] = [*graph.applications, *graph.channels]
    canvas.restore_positions({node: (row % 30 * 160.0, row // 30 * 60.0) for row, node in enumerate(nodes)})
    canvas.set_graph(graph)
    qtbot.waitUntil(lambda: not canvas.busy, timeout=20_000)
    assert isinstance(canvas.scene, CrowdScene)
    canvas.set_motion(False)
    red, modes = theme.light().loop(LoopStatus.RUNAWAY).line, set()
    loop = next(each for each in graph.loops.values() if each.status is LoopStatus.RUNAWAY)
    for scale in (0.05, 0.12, 0.2, 0.4, 1.0):
        canvas._set_camera(canvas.camera.zoomed(scale / canvas.camera.scale, QPointF(460, 225)))
        canvas.center_on(loop.id)
        modes.add(canvas.sight().mode)
        image = canvas.grab().toImage()
        seen = sum(
            image.pixelColor(x, y) == red for x in range(image.width()) for y in range(0, image.height(), 2)
        )
        assert seen > 5, scale
        said = canvas._stage.stack._legend
        assert said is not None
    assert {Mode.FAR, Mode.FINE} <= modes


def test_what_was_drawn_with_care_stays_so_for_a_while(qtbot: QtBot) -> None:
    scene = _picked()
    view = View(scene, theme.light(), GraphCanvas(theme.light()).camera, QRectF(0, 0, 1600, 1000))
    assert mode(view) is Mode.DETAIL
    far = replace(view, camera=replace(view.camera, scale=0.1))
    assert mode(far) is Mode.CROWD
