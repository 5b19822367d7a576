from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from graph.model import DependencyGraph
from graph.view.settings import ViewSettings
from graph.view.shown import shown
from gui import theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.paint import minimap
from gui.canvas.paint.camera import fitted
from gui.canvas.paint.minimap import Minimap
from gui.canvas.paint.view import View
from gui.canvas.scene import detail
from gui.canvas.scene.content import Content
from gui.canvas.scene.scene import Scene
from gui.canvas.scene.sizes import Sizes

ROOM = QRectF(0, 0, 600, 400)
LOOK = theme.light()


def drawn(small: Minimap, view: View, budget_s: float) -> QImage:
    paper = QImage(600, 400, QImage.Format.Format_RGB32)
    paper.fill(Qt.GlobalColor.white)
    painter = QPainter(paper)
    small.draw(painter, view, budget_s)
    painter.end()
    return paper


@pytest.fixture
def views(canvas: GraphCanvas, shop: DependencyGraph) -> tuple[View, View]:
    """The shop, and one with an application elsewhere."""
    canvas.set_graph(shop)
    places, sizes = canvas.positions(), Sizes(LOOK)
    moved = {**places, next(iter(shop.applications)): (-700.0, -500.0)}
    content = Content(shown(shop, ViewSettings(), 0))

    def view(scene: Scene) -> View:
        return View(scene, LOOK, fitted(scene.bounds, ROOM), ROOM)

    return view(detail.build(content, places, sizes)), view(detail.build(content, moved, sizes))


def test_it_follows_the_scene_bit_by_bit(views: tuple[View, View], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minimap, "PIECE", 3)
    first, second = views
    # The first one is there at once.
    small = Minimap()
    was = drawn(small, first, 0.0)
    assert was == drawn(small, first, 9.0)
    goal = drawn(Minimap(), second, 0.0)
    assert goal != was
    # With the frame where the camera is now, the old picture shows until the new one is whole.
    seen = [drawn(small, replace(first, scene=second.scene), 0.0)]
    while small.behind:
        seen.append(drawn(small, replace(first, scene=second.scene), 0.0))
    assert len(seen) > 4
    assert all(each == was for each in seen[:-1])
    assert drawn(small, second, 0.0) == goal


def test_another_look_is_never_mixed_with_the_old_one(views: tuple[View, View]) -> None:
    small = Minimap()
    light = drawn(small, views[0], 0.0)
    dark = replace(views[0], theme=theme.dark())
    assert drawn(small, dark, 0.0) == drawn(Minimap(), dark, 0.0) != light
    assert not small.behind
