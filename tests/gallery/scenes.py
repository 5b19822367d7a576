"""The pictures: a system, a look, and what one should be able to say in front of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from graph.model import DependencyGraph
from graph.view.difference import difference
from graph.view.settings import Grouping, ViewSettings
from gui import theme
from gui.canvas.canvas import GraphCanvas
from tests.gallery import systems
from tests.gallery.golden import FOLDER
from tests.gallery.places import Places

EVERYTHING = ViewSettings()


@dataclass(frozen=True)
class Scene:
    """One picture."""

    name: str
    title: str
    says: str
    """What the picture tells whoever looks at it."""
    graph: Callable[[], DependencyGraph]
    look: str = "light"
    wide: int = 1200
    high: int = 640
    view: ViewSettings = EVERYTHING
    before: Callable[[], DependencyGraph] | None = None
    """The same system at an earlier moment, of which it shows the difference."""

    @property
    def path(self) -> Path:
        """Where its picture is kept."""
        return FOLDER / f"{self.name}.png"


PATIENCE_S = 60.0
SCENES = (
    Scene(
        "shop",
        "A small shop",
        "Prices and promotions drive each other up, by 18 % every 2.4 s, and promo-service cannot keep up.",
        systems.shop,
    ),
    Scene("dark", "The same in the dark", "The same system, for dark rooms.", systems.shop, "dark"),
    Scene(
        "contrast",
        "The same in high contrast",
        "The same system, for eyes that need more contrast.",
        systems.shop,
        "contrast",
    ),
    Scene(
        "tangle",
        "A tangle",
        "Seven services answer each other; on three ways records come back, on one of them more each time.",
        systems.tangle,
        high=560,
    ),
    Scene(
        "loops",
        "Every kind of loop",
        "Runaway, active, bounded, acknowledged, and possible, which shows only where one looks at it.",
        systems.loop_kinds,
        high=620,
    ),
    Scene(
        "evidence",
        "How sure it is",
        "Who was seen, who is guessed, and what was only ever written down.",
        systems.evidence,
        wide=1000,
        high=700,
    ),
    Scene(
        "rabbit",
        "RabbitMQ bindings",
        "One order reaches four queues; what fails is tried again three times.",
        systems.rabbit,
        high=480,
    ),
    Scene(
        "services",
        "300 services",
        "Areas that talk among themselves, and one loop between two of them.",
        systems.services,
        wide=1900,
        high=1000,
    ),
    Scene(
        "collapsed",
        "300 services, each area as one",
        "Twelve services of an area are one card; records come back between offers and pricing.",
        systems.services,
        view=ViewSettings(grouping=Grouping("prefix")),
        wide=1500,
        high=760,
    ),
    Scene(
        "difference",
        "What is new since the incident began",
        "Returns came, the search went, and prices and promotions run away since.",
        systems.after,
        before=systems.shop,
    ),
    Scene(
        "crowd",
        "10,000 nodes",
        "A map: where the crowds are, and where the loop is.",
        systems.crowd,
        wide=900,
        high=600,
    ),
    Scene(
        "empty",
        "Nothing yet",
        "What is missing, and what to do about it.",
        DependencyGraph,
        wide=640,
        high=240,
    ),
)


@contextmanager
def shown(scene: Scene, places: Places | None = None) -> Iterator[GraphCanvas]:
    """The canvas of a scene at rest, with everything in its place or where the layout puts it."""
    canvas = GraphCanvas(theme.named(scene.look))
    try:
        canvas.set_motion(False)
        canvas.resize(QSize(scene.wide, scene.high))
        if places:
            canvas.restore_positions({place: (float(x), float(y)) for place, (x, y) in places.items()})
        graph = scene.graph()
        if scene.before is not None:
            found = difference(scene.before(), graph)
            graph = found.union
            canvas.set_marks(found.marks)
        canvas.set_view(scene.view)
        canvas.set_graph(graph)
        canvas.show()
        since = time.monotonic()
        while canvas.busy:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            assert time.monotonic() - since < PATIENCE_S, "the layout took too long"
        canvas.fit()
        yield canvas
    finally:
        canvas.close_background()
        canvas.close()
        canvas.deleteLater()


def arranged(scene: Scene) -> Places:
    """Where the layout puts everything."""
    with shown(scene) as canvas:
        return {place: (round(x), round(y)) for place, (x, y) in canvas.positions().items()}


def picture(scene: Scene, places: Places | None = None) -> QImage:
    """What a person sees of a scene."""
    with shown(scene, places) as canvas:
        return canvas.grab().toImage()
