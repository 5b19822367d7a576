"""Actions about time: playing, looking back, and comparing two moments."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gui import figures, icons, loop_words
from gui.actions import Action
from gui.timeline.player import SPEEDS

if TYPE_CHECKING:
    from gui.main_window import MainWindow


class TimeActions:
    """Builds these actions of a window and carries them out."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._travel = window.session.travel
        self._compared: tuple[int, str] | None = None
        """The time that was said to be compared with, and how."""

    def actions(self) -> list[Action]:
        """All of them."""
        return [
            Action(
                "time.play",
                "Play what was captured, or hold it",
                lambda: self._window.player.toggle(),
                "Space",
                "play",
                self._why_nothing,
            ),
            *(
                Action(
                    f"time.speed.{speed}",
                    f"Play {speed} times as fast" if speed > 1 else "Play as fast as it was",
                    partial(self._set_speed, speed),
                    checked=partial(self._has_speed, speed),
                )
                for speed in SPEEDS
            ),
            Action(
                "time.turn.next", "Next change of a loop", partial(self._turn, 1), why_not=self._why_no_turn
            ),
            Action(
                "time.turn.previous",
                "Previous change of a loop",
                partial(self._turn, -1),
                why_not=self._why_no_turn,
            ),
            Action(
                "time.compare",
                "Compare from the moment shown",
                self._compare,
                "Ctrl+J",
                "git-diff",
                self._why_no_compare,
                lambda: self._travel.mark_ns is not None,
            ),
            Action(
                "time.compare.loop",
                "Compare from before the worst loop began",
                self._compare_loop,
                "Ctrl+Shift+J",
                why_not=lambda: "" if self._began() else "No loop is known to have begun.",
            ),
            Action(
                "time.compare.end",
                "End the comparison",
                lambda: self._travel.compare_from(None),
                why_not=lambda: "" if self._travel.mark_ns is not None else "Nothing is compared.",
            ),
        ]

    def bind(self, *widgets: QWidget) -> None:
        """The space bar plays where one of these has the focus; elsewhere it presses buttons and is typed."""
        window = self._window
        play = window.actions_["time.play"]
        play.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        for widget in widgets:
            widget.addAction(play)
        window.player.changed.connect(self._renew)
        window.look.changed.connect(self._renew)
        self._travel.wanted_changed.connect(self._marked)
        self._travel.wanted_changed.connect(self._session.turns.take(window.actions_.refresh, every_s=0.1))

    def _renew(self) -> None:
        colour, player = self._window.look.colour, self._window.player
        icon = icons.icon("pause" if player.playing else "play", colour("dim"), off=colour("ghost"))
        self._window.actions_["time.play"].setIcon(icon)
        self._window.actions_.refresh()

    # Reasons

    def _why_nothing(self) -> str:
        return "" if self._session.reader is not None else "Nothing has been captured yet."

    def _why_no_compare(self) -> str:
        past = self._travel.wanted_ns is not None or self._travel.mark_ns is not None or self._session.live
        return self._why_nothing() or ("" if past else "Drag the time line to an earlier moment first.")

    def _why_no_turn(self) -> str:
        return "" if self._window.history.phases else "No loop has been active."

    # What they do

    def _set_speed(self, speed: int) -> None:
        self._window.player.set_speed(speed)

    def _has_speed(self, speed: int) -> bool:
        return self._window.player.speed == speed

    def _turn(self, way: int) -> None:
        self._window.time_line.chart.go_turn(way)

    def _compare(self) -> None:
        """What is new since the moment that is looked at; once more ends it."""
        if self._travel.mark_ns is not None:
            self._travel.compare_from(None)
            return
        moment = self._travel.wanted_ns
        self._travel.compare_from(moment if moment is not None else self._session.now_ns)
        if moment is not None:
            self._window.time_line.go_now()

    def _began(self) -> int | None:
        phases = self._window.history.phases
        order = loop_words.by_danger(self._session.newest.loops.values())
        return next((phases[loop.id][0].start_ns for loop in order if loop.id in phases), None)

    def _compare_loop(self) -> None:
        if (began := self._began()) is not None:
            self._travel.compare_from(began - 1)
            words = f"Compared with {figures.clock_short(began - 1, self._session.zone)}."
            self._compared = began - 1, words
            self._window.status.say(words)

    def _marked(self) -> None:
        if self._compared is not None and self._travel.mark_ns != self._compared[0]:
            self._window.status.unsay(self._compared[1])
            self._compared = None
