"""Actions about loops: showing, playing, cutting, acknowledging, and on what else loops are looked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from graph.identity import ChannelId, LoopId
from graph.model import FeedbackLoop
from gui import loop_words
from gui.actions import Action
from gui.canvas.paint.trail import Leg
from gui.canvas.scene import wording
from inspector.project import loops as decided
from inspector.project.model import Change
from inspector.record import Position

if TYPE_CHECKING:
    from gui.main_window import MainWindow

LATER = "It changes what is found when the server is observed."


class LoopActions:
    """Builds these actions of a window and carries them out."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._decisions = window.session.decisions

    def actions(self) -> list[Action]:
        """All of them."""
        return [
            Action(
                "loops.show",
                "Go to the worst loop",
                self._worst,
                "Ctrl+L",
                why_not=lambda: "" if self._session.graph.loops else "No loop is known.",
            ),
            Action(
                "loop.focus", "Show the loop in the graph", self._focus, "Ctrl+Shift+L", "", self._why_none
            ),
            Action(
                "loop.cuts", "Show where to cut the loop", self._cuts, "Ctrl+Shift+W", "cut", self._why_no_cut
            ),
            Action(
                "loop.play",
                "Play the sample trail of the loop",
                self._play,
                "Ctrl+Shift+Y",
                "play",
                self._why_no_trail,
            ),
            Action(
                "loop.acknowledge",
                "Acknowledge the loop…",
                self._acknowledge,
                "Ctrl+Shift+A",
                "acknowledge",
                self._why_none,
            ),
            Action(
                "loop.take-back",
                "Take the acknowledgement of the loop back",
                self._take_back,
                "Ctrl+Shift+B",
                why_not=self._why_not_back,
            ),
            Action(
                "loop.copy", "Copy a report of the loop", self._copy, "Ctrl+Shift+R", why_not=self._why_none
            ),
            Action(
                "alerts.notify",
                "Tell when a loop becomes active or runs away",
                self._notify,
                icon="alert",
                checked=lambda: self._window.remembered.memory.notify,
            ),
            *(
                Action(
                    f"counting.{switch}",
                    f"Look for loops on {words} too",
                    partial(self._count, switch),
                    checked=partial(self._counted, switch),
                )
                for switch, words in decided.COUNTED.items()
            ),
        ]

    # Reasons

    def _loop(self) -> FeedbackLoop | None:
        chosen = self._session.selection
        return self._session.graph.loops.get(chosen) if isinstance(chosen, LoopId) else None

    def _why_none(self) -> str:
        return "" if self._loop() is not None else "No loop is selected."

    def _why_no_cut(self) -> str:
        loop = self._loop()
        if loop is None:
            return self._why_none()
        return "" if loop.cuts else "Where to cut it is not worked out yet."

    def _why_no_trail(self) -> str:
        loop = self._loop()
        if loop is None:
            return self._why_none()
        return "" if len(loop.trail) > 1 else "No record was followed all the way round yet."

    def _change_back(self) -> Change | None:
        loop = self._loop()
        if loop is None:
            return None
        change = decided.unacknowledge(self._decisions.project, self._session.graph, loop)
        return change if change.removed.acknowledged else None

    def _why_not_back(self) -> str:
        if self._loop() is None:
            return self._why_none()
        return "" if self._change_back() else "It is not acknowledged in this project."

    def _counted(self, switch: str) -> bool:
        return bool(getattr(self._decisions.project.loops, switch))

    # What they do

    def select_worst(self) -> None:
        """Select the most dangerous loop, if there is any."""
        order = loop_words.by_danger(self._session.graph.loops.values())
        if order:
            self._session.select(order[0].id)

    def _worst(self) -> None:
        self._window.show_tab("Loops")
        self.select_worst()
        self._focus()

    def _focus(self) -> None:
        if self._session.selection is not None:
            self._window.canvas.reveal(self._session.selection)

    def _cuts(self) -> None:
        from gui.panels.details_cuts import TITLE

        self._window.details.setVisible(True)
        self._window.details.show_section(TITLE)

    def _play(self) -> None:
        loop = self._loop()
        if loop is None:
            return
        steps = list(zip(loop.trail, loop.trail[1:], strict=False))
        legs = [
            Leg(loop_words.trail_edges(loop, begin, end), (end.time_ns - begin.time_ns) / 1e6)
            for begin, end in steps
        ]
        since = loop.trail[0].time_ns
        times = {step.channel: wording.duration((step.time_ns - since) / 1e6) for step in loop.trail}
        self._focus()
        self._window.canvas.play_trail(legs, times)

    def _acknowledge(self) -> None:
        from gui.dialogs.acknowledge import AcknowledgeDialog

        loop = self._loop()
        if loop is None:
            return
        dialog = AcknowledgeDialog(self._window.look, self._session.graph, loop, self._window)
        dialog.wanted.connect(partial(self._keep, loop))
        self._window.commands.show_dialog(dialog)

    def _keep(self, loop: FeedbackLoop, reason: str, below: float | None) -> None:
        graph = self._session.graph
        self._decide(decided.acknowledge(self._decisions.project, graph, loop, reason, below))

    def _take_back(self) -> None:
        if (change := self._change_back()) is not None:
            self._decide(change)

    def _count(self, switch: str) -> None:
        later = "" if self._session.live else LATER
        self._decide(decided.count(switch, on=not self._counted(switch)), later)

    def _decide(self, change: Change, later: str = "") -> None:
        if self._decisions.decide(change):
            words = f"Done: {change.what}. {later} Ctrl+Z takes it back."
            self._decisions.said.emit(words.replace("  ", " "))

    def _notify(self) -> None:
        window = self._window
        on = not window.remembered.memory.notify
        window.remembered.memory.notify = window.notifier.on = on
        window.remembered.save()
        window.status.say("Loops are told of." if on else "Loops are no longer told of.")

    def _copy(self) -> None:
        from gui.panels.details_loop import report

        if (loop := self._loop()) is not None:
            QGuiApplication.clipboard().setText(report(self._session.graph, loop.id))
            self._window.status.say("The report of the loop is in the clipboard.")

    def open_record(self, channel: ChannelId, position: Position) -> None:
        """Show a record of a trail in the list of events."""
        missing = f"The record at {position} of {channel.name} is not among those that were captured."
        self._window.show_record(channel, position, missing)
