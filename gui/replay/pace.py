"""How fast events are sent: as they came, so many a second, one by one, or at once; and in which order."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QDoubleSpinBox, QWidget

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Tick
from gui.parts.text import Text, column, row
from inspector.replay.request import Order, Pace

TIMES, PER_S, STEPS, AT_ONCE = range(4)
USUAL = {TIMES: 1.0, PER_S: 10.0}


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
        self.number = QDoubleSpinBox()
        self.number.setFont(fonts.font(Role.VALUE))
        self.number.setAccessibleName("How fast")
        self.number.setRange(0.01, 1_000_000)
        self.number.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.number.setFixedSize(90, 26)
        self.number.valueChanged.connect(lambda _value: self.changed.emit())
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
            self.number.setDecimals(2 if way == TIMES else 0)
            self.number.setMinimum(0.01 if way == TIMES else 1)
            self.number.setValue(USUAL[way])
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
    def pace(self) -> Pace:
        """What is chosen."""
        match self._group.checkedId():
            case way if way == TIMES:
                return Pace(times=self.number.value())
            case way if way == PER_S:
                return Pace(per_s=self.number.value())
            case way if way == STEPS:
                return Pace(stepwise=True)
        return Pace()

    @property
    def order(self) -> Order:
        """What is chosen."""
        return Order.CHANNEL if self.apart.isChecked() else Order.TIME
