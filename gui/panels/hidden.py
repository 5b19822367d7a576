"""What the view hides, at the left: toggles with their counts, and a line for whatever else hides."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from graph.view.settings import Noise
from graph.view.shown import Shown
from gui import figures
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Tick
from gui.parts.text import Elided, Text, column, emptied, row

NOISE = {
    "internal": "Internal topics",
    "dead_letters": "Dead letters",
    "retries": "Retries",
    "leaf": "Leaf channels",
    "unused": "Unused channels",
    "quiet": "Quiet for 10 minutes",
    "unattributed": "Unattributed senders",
}
"""The toggles by the names of their settings."""
CAUSES = {"hide": "Hide", "find": "Find", "type": "", "only_loops": "Only loops", "focus": "Focus"}
"""Settings of a view that hide more than noise, by what people call them; a type has a name of its own."""


class HiddenSection(QWidget):
    """Tells what noise to hide, and what a view hides."""

    noise_changed = Signal(object)
    """What the toggles say, as `Noise`."""
    clear_wanted = Signal(str)
    """Take back what one field of the view hides."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._ticks: dict[str, Tick] = {}
        self._numbers: dict[str, Text] = {}
        self._told: tuple[tuple[str, str], ...] = ()
        self._causes = column(gap=0)
        made = column(Text("Hide", Role.SECTION), 2, gap=0, margins=(14, 12, 14, 10))
        for name, words in NOISE.items():
            tick, number = Tick(look, words), Text(role=Role.SECONDARY, tone="dim")
            tick.setChecked(getattr(Noise(), name))
            tick.clicked.connect(self._ticked)
            self._ticks[name], self._numbers[name] = tick, number
            made.addLayout(row(tick, None, number))
        made.addLayout(self._causes)
        self.setLayout(made)

    @property
    def internal(self) -> bool:
        """Whether channels that a broker or framework made for itself are hidden."""
        return self._ticks["internal"].isChecked()

    def _ticked(self) -> None:
        self.noise_changed.emit(Noise(**{name: tick.isChecked() for name, tick in self._ticks.items()}))

    def show_hidden(self, shown: Shown) -> None:
        """Say what each setting of a view hides, or would hide."""
        for name, number in self._numbers.items():
            tally = shown.hidden[name]
            self._ticks[name].setChecked(tally.on)
            number.setText(f"{tally.nodes:,} hidden" if tally.on else f"{tally.nodes:,}")
        told = tuple(causes(shown))
        if told == self._told:
            return
        self._told = told
        emptied(self._causes)
        for field, words in told:
            clear = Button(self._look, "Clear", "link", run=partial(self.clear_wanted.emit, field))
            clear.setAccessibleName(f"Clear: {words}")
            self._causes.addLayout(row(Elided(words, Role.SECONDARY, "dim"), None, clear))


def total(shown: Shown) -> int:
    """How many nodes a view hides, whatever does."""
    return len(shown.whole.applications) + len(shown.whole.channels) - len(shown.nodes)


def fill(menu: QMenu, shown: Shown, section: HiddenSection) -> None:
    """A line for everything that hides; choosing it takes that back."""
    menu.clear()
    menu.addAction("Choose what to show again").setEnabled(False)
    menu.addSeparator()
    noise = shown.settings.noise
    for name, words in NOISE.items():
        if shown.hidden[name].on and shown.hidden[name].nodes:
            again = replace(noise, **{name: False})
            line = f"{words}: {figures.plural(shown.hidden[name].nodes, 'node')}"
            menu.addAction(line, partial(section.noise_changed.emit, again))
    for field, words in causes(shown):
        menu.addAction(words, partial(section.clear_wanted.emit, field))


def causes(shown: Shown) -> Iterable[tuple[str, str]]:
    """The fields of a view that take something out of the picture, and how much, in words."""
    for field, words in CAUSES.items():
        tally = shown.hidden.get(field)
        if tally is not None and tally.on:
            edges = f", {figures.plural(tally.edges, 'edge')}" if tally.edges else ""
            yield field, f"{words or shown.settings.type}: {figures.plural(tally.nodes, 'node')}{edges}"
    if shown.members:
        inside = f", {figures.plural(shown.inside, 'edge')} inside" if shown.inside else ""
        yield "grouping", f"{figures.plural(len(shown.members), 'group')}{inside}"
