"""Actions that open the replay room: for events, a channel or a part of it, dead letters, and a trail."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from graph.identity import ChannelId, RouteKind
from graph.view.noise import is_dead_letter
from gui.actions import Action

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from gui.replay.room import ReplayRoom

MOST_REPLAYED = 100_000
"""Selected events that are sent again as such; more of them are found by a query."""


class ReplayActions:
    """Builds these actions of a window and carries them out. Nothing is sent before the room is unlocked."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session

    def actions(self) -> list[Action]:
        """All of them."""
        return [
            Action("replay", "Replay events…", self._selected, "Ctrl+R", "replay", self._why_not),
            Action("replay.channel", "Replay its events…", self._channel, why_not=self._why_no_channel),
            Action(
                "replay.range", "Replay a range of its events…", self._range, why_not=self._why_no_channel
            ),
            Action(
                "replay.back",
                "Send back to where they came from…",
                partial(self._channel, back=True),
                why_not=self._why_no_letters,
            ),
            Action("replay.trail", "Replay this trail…", self._trail, why_not=self._why_no_trail),
        ]

    # Reasons

    def _why_not(self) -> str:
        return self._session.why_not_live or ("" if self._session.reader else "There is no capture yet.")

    def _why_no_channel(self) -> str:
        chosen = isinstance(self._session.selection, ChannelId)
        return self._why_not() or ("" if chosen else "Select a channel first.")

    def _why_no_letters(self) -> str:
        if why := self._why_no_channel():
            return why
        chosen = self._session.selection
        assert isinstance(chosen, ChannelId)
        routes = self._session.graph.routes
        known = any(route.kind is RouteKind.DEAD_LETTER and route.target == chosen for route in routes)
        return "" if known or is_dead_letter(chosen.name) else "The channel holds no dead letters."

    def _why_no_trail(self) -> str:
        if why := self._why_not():
            return why
        panel = self._window.commands.trails.panel
        return "No trail is shown." if panel is None else panel.why_no_trail

    # What they do

    def _selected(self) -> None:
        events = self._window.events
        rows = events.table.chosen_rows(MOST_REPLAYED)
        self._open(lambda room: room.open_for(self._session.row, rows, events.bar.query))

    def _channel(self, *, back: bool = False) -> None:
        channel = self._session.selection
        assert isinstance(channel, ChannelId)
        self._open(lambda room: room.open_channel(channel, back=back))

    def _range(self) -> None:
        channel, span = self._session.selection, self._window.time_line.chart.span
        assert isinstance(channel, ChannelId)
        times = (None, None) if span is None else (span.start_ns, span.end_ns)
        self._open(lambda room: room.open_channel(channel, times=times))

    def _trail(self) -> None:
        panel = self._window.commands.trails.panel
        assert panel is not None
        assert panel.shown is not None
        rows = [step.row for step in panel.shown.trail.steps]
        self._open(lambda room: room.open_for(self._session.row, rows, "", "events of the trail"))

    def _open(self, begin: Callable[[ReplayRoom], None]) -> None:
        from gui.replay.room import ReplayRoom

        window = self._window
        room = ReplayRoom(self._session, window.look, window.events.keeper, window)
        room.show_record.connect(window.show_record)
        begin(room)
        window.commands.show_dialog(room)
