"""Acknowledging a loop: why it is meant to be, and up to which gain that holds."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from graph.model import DependencyGraph, FeedbackLoop
from gui import fonts
from gui.canvas.scene import wording
from gui.dialogs.fitted import FittedDialog
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import loop_name
from gui.parts.buttons import Button, Tick
from gui.parts.text import Rule, Text, column, row

WIDTH = 520
NO_REASON = "Write down why the loop is meant to be."
NO_LIMIT = "The limit is a number above 0, such as 0.50."


def sensible_limit(loop: FeedbackLoop) -> float:
    """A limit above all that the gain may be now; below 1 unless it is there already."""
    most = loop.gain_high if loop.gain_high is not None else loop.gain
    if most is None:
        return 0.5
    roomy = math.ceil(most * 1.1 * 20 + 1e-9) / 20
    if roomy < 1.0:
        return max(0.1, roomy)
    return 0.99 if most < 0.99 else max(1.0, roomy)


class AcknowledgeDialog(FittedDialog):
    """Reason and limit, what that means now, and in words why it cannot be kept yet."""

    wanted = Signal(str, object)
    """The reason, and the limit or None."""

    def __init__(self, look: Look, graph: DependencyGraph, loop: FeedbackLoop, parent: QWidget) -> None:
        super().__init__(parent, WIDTH)
        self.setWindowTitle("Acknowledge a loop")
        self._loop = loop
        known = loop.acknowledged
        self.reason = QLineEdit(known.reason if known else "")
        self.reason.setProperty("large", True)
        self.reason.setPlaceholderText("Why it is meant to be, such as: prices follow stock, see #41")
        self.reason.setAccessibleName("Reason")
        self.limited = Tick(look, "Fine only while the gain stays below")
        self.limited.setChecked(known is None or known.gain_below is not None)
        below = known.gain_below if known and known.gain_below is not None else sensible_limit(loop)
        self.limit = QLineEdit(f"{below:.2f}")
        self.limit.setFont(fonts.font(Role.VALUE))
        self.limit.setFixedWidth(72)
        self.limit.setAccessibleName("Limit of the gain")
        self.now = Text(tone="dim", wrap=True)
        self.note = Text(role=Role.SECONDARY, tone="warn", wrap=True)
        self.take = Button(look, "Acknowledge" if known is None else "Change", "primary", run=self._take)
        self.take.setDefault(True)
        foot = row(self.note, Button(look, "Cancel", run=self.reject), self.take, gap=8)
        foot.setStretch(0, 1)
        name = loop_name(graph, loop)
        intro = "It stays in the graph and in the list, quietly, and raises no alert."
        self.setLayout(
            column(
                Text(f"Acknowledge {name}", Role.TITLE, wrap=True),
                Text(intro, tone="dim", wrap=True),
                6,
                Text("Reason", Role.SECTION),
                self.reason,
                8,
                row(self.limited, self.limit, None, gap=8),
                self.now,
                4,
                Rule(),
                foot,
                gap=8,
                margins=(24, 20, 24, 18),
            )
        )
        self.reason.textChanged.connect(self._say)
        self.limit.textChanged.connect(self._say)
        self.limited.toggled.connect(self._say)
        self._say()
        self.fit()
        self.reason.setFocus()

    def _below(self) -> float | None:
        """The limit that is typed; None where it is none."""
        try:
            typed = float(self.limit.text().strip().replace(",", "."))
        except ValueError:
            return None
        return typed if math.isfinite(typed) and typed > 0 else None

    def _say(self) -> None:
        limited, below = self.limited.isChecked(), self._below()
        self.limit.setEnabled(limited)
        wrong = limited and below is None
        self.limit.setProperty("wrong", wrong)
        self.limit.style().polish(self.limit)
        reason = "" if self.reason.text().strip() else NO_REASON
        reason = reason or (NO_LIMIT if wrong else "")
        self.note.setText(reason)
        self.take.setEnabled(not reason)
        self.take.setToolTip(reason)
        self.now.setText(NO_LIMIT if wrong else meaning(self._loop, below if limited else None))

    def _take(self) -> None:
        if not self.take.isEnabled():
            return
        self.accept()
        self.wanted.emit(self.reason.text().strip(), self._below() if self.limited.isChecked() else None)


def meaning(loop: FeedbackLoop, below: float | None) -> str:
    """What a limit means for a loop as it is now."""
    if below is None:
        return "It stays quiet whatever its gain becomes, even when it runs away."
    if loop.gain is None:
        return f"Its gain is not measured yet. It is told again when the gain reaches {below:.2f}."
    low = loop.gain if loop.gain_low is None else loop.gain_low
    now = f"The gain is {loop.gain:.2f} now"
    if loop.gain_low is not None and loop.gain_high is not None:
        now += f", 95 % between {loop.gain_low:.2f} and {loop.gain_high:.2f}"
    if low >= below:
        return f"{now}: the limit is broken already, and the loop stays as loud as it is."
    room = f"It is told again when the lower end reaches {below:.2f}."
    again = (
        ""
        if loop.doubling_time_s is None or below < 1
        else (f" It doubles every {wording.duration(loop.doubling_time_s * 1e3)} and would be quiet.")
    )
    return f"{now}. {room}{again}"
