"""The gallery is still what the program draws, and the comparison notices what it must."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

from graph.identity import EdgeId
from graph.model import DependencyGraph, LoopStatus
from gui import fonts, theme
from gui.canvas.paint import legend, problems
from gui.canvas.scene import badges
from tests.gallery import golden, places
from tests.gallery.__main__ import BUDGET, text
from tests.gallery.scenes import SCENES, Scene, picture

NAMED = {scene.name: scene for scene in SCENES}
SHOP = NAMED["shop"]
Shot = Callable[..., QImage]


@pytest.fixture(scope="module")
def kept() -> dict[str, places.Places]:
    return places.load()


@pytest.fixture
def shot(qtbot: QtBot, kept: dict[str, places.Places]) -> Shot:
    """The picture of a scene, or of one that differs in its graph."""

    def take(scene: Scene, graph: DependencyGraph | None = None) -> QImage:
        shown = scene if graph is None else replace(scene, graph=lambda: graph)
        return picture(shown, kept.get(scene.name))

    return take


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_it_is_drawn_as_it_was_kept(shot: Shot, scene: Scene) -> None:
    before = QImage(str(scene.path))
    assert not before.isNull(), "there is no such picture: python -m tests.gallery"
    assert golden.otherwise(before, shot(scene)) == ""


def test_the_page_shows_all_pictures_in_little_room() -> None:
    assert (golden.FOLDER.parent / "gallery.md").read_text() == text()
    assert {path.name for path in golden.FOLDER.iterdir()} == {scene.path.name for scene in SCENES}
    assert sum(scene.path.stat().st_size for scene in SCENES) <= BUDGET
    assert len(SCENES) == 12


def without_edge(graph: DependencyGraph, edge: EdgeId) -> DependencyGraph:
    return replace(graph, operations={key: each for key, each in graph.operations.items() if key != edge})


def test_every_edge_that_is_missing_is_noticed(shot: Shot) -> None:
    graph = SHOP.graph()
    before = shot(SHOP)
    looping = {edge for loop in graph.loops.values() for edge in loop.edges}
    for edge in [key for key in graph.operations if key not in looping][::6]:
        assert golden.otherwise(before, shot(SHOP, without_edge(graph, edge))), edge


@pytest.mark.parametrize("name", ["contrast", "loops"])
def test_a_loop_that_is_missing_is_noticed(shot: Shot, name: str) -> None:
    scene = NAMED[name]
    graph, before = scene.graph(), shot(scene)
    for loop in graph.loops.values():
        if loop.status is LoopStatus.POSSIBLE:
            continue
        rest = {key: each for key, each in graph.loops.items() if key != loop.id}
        assert golden.otherwise(before, shot(scene, replace(graph, loops=rest))), loop.id


@pytest.mark.parametrize("part", [(badges, "draw_badge"), (legend, "draw"), (problems, "draw")])
def test_a_sign_that_is_missing_is_noticed(
    shot: Shot, monkeypatch: pytest.MonkeyPatch, part: tuple[object, str]
) -> None:
    before = shot(SHOP)
    original = getattr(*part)

    def elsewhere(_painter: QPainter, *rest: object, **more: object) -> object:
        blank = QImage(8, 8, QImage.Format.Format_RGB32)
        with QPainter(blank) as other:
            return original(other, *rest, **more)

    monkeypatch.setattr(*part, elsewhere)
    assert golden.otherwise(before, shot(SHOP))


@pytest.mark.parametrize("role", ["run", "act", "warn", "edge"])
def test_another_colour_is_noticed(shot: Shot, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    before, palette = shot(SHOP), theme.light().palette
    other = copy(palette)
    object.__setattr__(other, role, palette.cardline)
    monkeypatch.setattr(theme, "_light", lambda: other)
    assert golden.otherwise(before, shot(SHOP))


def test_a_loop_of_another_status_is_noticed(shot: Shot) -> None:
    graph, before = SHOP.graph(), shot(SHOP)
    for loop in graph.loops.values():
        for status in {LoopStatus.ACTIVE, LoopStatus.ACKNOWLEDGED} - {loop.status}:
            loops = {**graph.loops, loop.id: msgspec.structs.replace(loop, status=status)}
            assert golden.otherwise(before, shot(SHOP, replace(graph, loops=loops))), (loop.id, status)


def test_letters_of_another_machine_are_not(shot: Shot, monkeypatch: pytest.MonkeyPatch) -> None:
    original = fonts.font

    def ragged(role: fonts.Role, *, scale: float = 1.0, italic: bool = False) -> QFont:
        made = QFont(original(role, scale=scale, italic=italic))
        made.setStyleStrategy(QFont.StyleStrategy.NoAntialias)
        return made

    for name in ("shop", "dark", "rabbit"):
        before = QImage(str(NAMED[name].path))
        with monkeypatch.context() as patch:
            patch.setattr(fonts, "font", ragged)
            assert golden.otherwise(before, shot(NAMED[name])) == ""


@pytest.mark.parametrize("name", ["dark", "evidence"])
def test_bolder_thinner_and_shifted_ink_is_not(shot: Shot, name: str) -> None:
    image = shot(NAMED[name])
    table = golden.pixels(image).astype(np.float64)
    beside = np.stack([table, *(np.roll(table, step, axis) for axis in (0, 1) for step in (1, -1))])
    for other, part in ((beside.min(axis=0), 0.12), (beside.max(axis=0), 0.12), (np.roll(table, 1, 1), 0.15)):
        mixed = ((1 - part) * table + part * other).astype(np.uint8)
        high, wide = mixed.shape[:2]
        drawn = QImage(mixed.tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888)
        assert golden.otherwise(image, drawn) == ""


def test_few_colours_are_enough(shot: Shot) -> None:
    image = shot(SHOP)
    small = golden.reduced(image)
    assert small.colorCount() <= golden.COLOURS + 1
    assert golden.otherwise(image, small) == ""
    assert np.abs(golden.pixels(image).astype(int) - golden.pixels(small)).mean() < 0.5
