"""How fast events are sent: as they came, so many a second, one by one, or at once; and in which order."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QWidget

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Tick
from gui.parts.text import Text, column, row
from inspector.replay.request import Order, Pace

TIMES, PER_S, STEPS, AT_ONCE = range(4)
USUAL = {TIMES: 1.0, PER_S: 10.0}
LEAST, MOST = 0.01, 1_000_000


class PaceBox(QWidget):
    """Chooses a pace."""

    changed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.ways = [
            Button(look, name, "tab") for name in ("As they came", "Per second", "One by one", "At once")
        ]
        self._group = QButtonGroup(self)
        for number, button in enumerate(self.ways):
            button.setCheckable(True)
            self._group.addButton(button, number)
        self._group.idClicked.connect(self.choose)
        self.number = QLineEdit()
        self.number.setFont(fonts.font(Role.VALUE))
        self.number.setAccessibleName("How fast")
        self.number.setFixedWidth(90)
        self.number.textChanged.connect(lambda _text: self.changed.emit())
        self._words = Text(role=Role.SECONDARY, tone="dim")
        self.apart = Tick(look, "One channel after the other")
        self.apart.setToolTip("Without it all channels are sent in their one order of time.")
        self.apart.toggled.connect(lambda _on: self.changed.emit())
        self.setLayout(
            column(
                Text("How fast", tone="dim"), row(*self.ways, None, gap=2),
                row(self.number, self._words, None), self.apart, gap=5,
            )
        )  # fmt: skip
        self.choose(PER_S)

    def choose(self, way: int) -> None:
        """Choose a way."""
        self._group.button(way).setChecked(True)
        self.number.setVisible(way in USUAL)
        if way in USUAL:
            self.number.setText(f"{USUAL[way]:g}")
        self._words.setText(
            {
                TIMES: "times as fast as they were written",
                PER_S: "a second",
                STEPS: "Each waits until you send it.",
                AT_ONCE: "As fast as the server takes them.",
            }[way]
        )
        self.changed.emit()

    def show_many(self, *, on: bool) -> None:
        """Whether there is more than one event, so that a pace says anything."""
        self.setVisible(on)

    @property
    def pace(self) -> Pace | None:
        """What is chosen; None while what is written is no number that is allowed."""
        way = self._group.checkedId()
        if way not in USUAL:
            return Pace(stepwise=way == STEPS)
        try:
            number = float(self.number.text())
        except ValueError:
            return None
        if not LEAST <= number <= MOST:
            return None
        return Pace(times=number) if way == TIMES else Pace(per_s=number)

    @property
    def order(self) -> Order:
        """What is chosen."""
        return Order.CHANNEL if self.apart.isChecked() else Order.TIME
