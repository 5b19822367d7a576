"""A list of events on its own, over real captures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QAction

from gui import theme
from gui.look import Look
from gui.session import Session

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from gui.panels.events import EventsPanel

Open = Callable[..., "EventsPanel"]


@pytest.fixture
def open_panel(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Opens the list over a capture; what was opened is closed."""
    from gui.panels.events import EventsPanel

    opened: list[EventsPanel] = []

    def make(path: Path, project: Path | None = None) -> EventsPanel:
        session = Session(utc=True, project=project or tmp_path / "eventscope.toml")
        session.open_file(path)
        made = EventsPanel(session, Look(theme.light()), QAction("Replay"))
        opened.append(made)
        made.resize(1200, 420)
        made.show()
        qtbot.waitExposed(made)
        session.turns.finish()
        return made

    yield make
    for each in opened:
        each.close_background()
        each.session.close()
        each.close()
        each.deleteLater()


@pytest.fixture
def panel(open_panel: Open, capture: Path) -> EventsPanel:
    """The list over 2,000 events of the shop."""
    return open_panel(capture)


@pytest.fixture
def settled(qtbot: QtBot) -> Callable[[EventsPanel], None]:
    """Waits until nothing is looked for any more."""

    def wait(panel: EventsPanel) -> None:
        finder = panel.finder
        busy = (finder._background, panel.model.details, panel.model.surroundings, panel.bars._background)
        qtbot.waitUntil(lambda: not finder.searching and not any(each.busy for each in busy), timeout=8000)

    return wait
