"""Actions about the trail of an event and the history of its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from PySide6.QtGui import QGuiApplication

from gui.actions import Action
from inspector.errors import CaptureError
from inspector.trails.document import document
from inspector.trails.mermaid import mermaid

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from gui.panels.trail import TrailPanel

NO_TRAIL = "No trail is shown: select an event first."
NO_EVENT = "Select an event in the list first."


class TrailActions:
    """Builds these actions of a window and carries them out."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self.panel: TrailPanel | None = None
        """Where trails are shown, as soon as the window has it."""

    def actions(self) -> list[Action]:
        """All of them."""
        none = self._why_none

        def no_trail() -> str:
            return NO_TRAIL if self.panel is None else self.panel.why_no_trail

        return [
            Action("trail.show", "Trail of this event", self._trail, "Alt+T", "trail", none),
            Action("entity.show", "History of this key", self._entity, "Alt+H", "", self._why_no_key),
            Action("trail.next", "Next event of the trail", self._next, "Alt+Down", "caret-right", no_trail),
            Action(
                "trail.previous", "Event before it on the trail", self._back, "Alt+Up", "caret-left", no_trail
            ),
            Action("trail.play", "Play the trail in the graph", self._play, "Alt+P", "play", no_trail),
            Action("trail.copy-mermaid", "Copy as Mermaid", self._mermaid, why_not=no_trail),
            Action("trail.copy-picture", "Copy as picture", self._picture, why_not=no_trail),
            Action("trail.copy-json", "Copy as JSON", self._json, why_not=no_trail),
        ]

    # Reasons

    def _why_none(self) -> str:
        return "" if self._session.row is not None else NO_EVENT

    def _why_no_key(self) -> str:
        if self._session.row is None or self._session.reader is None:
            return NO_EVENT
        try:
            row = self._session.reader.rows([self._session.row])[0]
        except CaptureError as failure:
            return failure.message
        return "This event has no key." if row.is_null_key else ""

    # What they do

    def _trail(self) -> None:
        self._window.show_tab("Trail")

    def _entity(self) -> None:
        self._window.show_tab("Entity")

    def _next(self) -> None:
        self._window.trail.step(1)

    def _back(self) -> None:
        self._window.trail.step(-1)

    def _play(self) -> None:
        self._window.trail.play()

    def _mermaid(self) -> None:
        shown = self._window.trail.shown
        if shown is not None:
            QGuiApplication.clipboard().setText(mermaid(shown.items, shown.name))
            self._window.status.say("The trail is in the clipboard as a Mermaid sequence diagram.")

    def _picture(self) -> None:
        QGuiApplication.clipboard().setImage(self._window.trail.diagram.picture())
        self._window.status.say("The picture of the trail is in the clipboard.")

    def _json(self) -> None:
        shown = self._window.trail.shown
        if shown is not None:
            made = orjson.dumps(document(shown.trail), option=orjson.OPT_INDENT_2).decode()
            QGuiApplication.clipboard().setText(made)
            self._window.status.say("The trail is in the clipboard as JSON.")
