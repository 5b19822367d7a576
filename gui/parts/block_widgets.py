"""The blocks of a details panel as widgets; each can show another block of its sort."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from graph.model import LoopStatus
from gui import figures
from gui.fonts import Role
from gui.parts.around import Around
from gui.parts.blocks import (
    Block,
    Course,
    Cuts,
    Doing,
    Facts,
    Figures,
    Gain,
    Growth,
    Head,
    Hops,
    Names,
    Proof,
    Section,
    Sentence,
    Steps,
)
from gui.parts.buttons import Button
from gui.parts.drawings import ConfidenceBar, GrowthBars, HopList, Scale, Small
from gui.parts.lines import FactLine
from gui.parts.loop_chart import CourseChart
from gui.parts.loop_lines import CutsBlock, StepsBlock
from gui.parts.paint import guarded
from gui.parts.text import Elided, Pill, Text, column, emptied, row


class HeadBlock(QWidget):
    """Kind and badge, then the name."""

    def __init__(self, around: Around) -> None:
        super().__init__()
        self._kind = Text(role=Role.SECONDARY, tone="dim")
        self._pill = Pill()
        self._title = Text(role=Role.TITLE, wrap=True)
        self._subtitle = Text(tone="dim", wrap=True)
        self.setLayout(column(row(self._kind, self._pill, None, gap=8), self._title, self._subtitle, gap=6))

    def show_block(self, head: Head) -> None:
        self._kind.setText(head.kind)
        self._title.setText(_breakable(head.title))
        self._subtitle.setText(head.subtitle)
        self._subtitle.setVisible(bool(head.subtitle))
        self._pill.setVisible(head.pill is not None)
        if head.pill is not None:
            self._pill.show_as(*head.pill)


def _breakable(name: str) -> str:
    """A name that may go on in the next line after each of its parts."""
    return re.sub(r"(?<=[-._/])(?=.)", "\u200b", name)


class GainBlock(QWidget):
    """The gain in large figures over its scale."""

    def __init__(self, around: Around) -> None:
        super().__init__()
        self._figure = Text(role=Role.FIGURE)
        self._note = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self._scale = Scale(around.look)
        over = row(self._figure, 10, self._note)
        over.setStretch(2, 1)
        self.setLayout(column(over, self._scale, gap=8))

    def show_block(self, gain: Gain) -> None:
        tone = {LoopStatus.RUNAWAY: "run", LoopStatus.ACTIVE: "warn"}.get(gain.status, "text")
        self._figure.set_tone(tone)
        self._figure.setText("not measured" if gain.gain is None else f"×{gain.gain:.2f}")
        between = (
            ""
            if gain.low is None or gain.high is None
            else f"95 % between {gain.low:.2f} and {gain.high:.2f}"
        )
        self._note.setText("\n".join(part for part in ("gain per lap", between) if part))
        self._scale.show_block(gain)


class FiguresBlock(QWidget):
    """Label over value, three in a row."""

    def __init__(self, around: Around) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(12)
        self._made: list[tuple[Text, Text]] = []
        self.setLayout(self._grid)

    def show_block(self, figures_shown: Figures) -> None:
        if len(self._made) != len(figures_shown.items):
            emptied(self._grid)
            self._made = []
            for number in range(len(figures_shown.items)):
                label, value = Text(role=Role.SECONDARY, tone="dim"), Text(role=Role.SECTION)
                cell = column(label, value, gap=2)
                self._grid.addLayout(cell, number // 3, number % 3)
                self._grid.setColumnStretch(number % 3, 1)
                self._made.append((label, value))
        for (label, value), (name, shown, tone) in zip(self._made, figures_shown.items, strict=True):
            label.setText(name)
            value.setText(shown)
            value.set_tone(tone)


class SectionBlock(QWidget):
    """A hairline from edge to edge, then a head with a note at the right."""

    def __init__(self, around: Around) -> None:
        super().__init__()
        self._title = Text(role=Role.HEAD)
        self._note = Text(role=Role.SECONDARY)
        self.setLayout(column(row(self._title, None, self._note), margins=(0, 14, 0, 0)))
        self._look = around.look

    def show_block(self, section: Section) -> None:
        self._title.setText(section.title)
        self._note.setText(section.note)
        self._note.set_tone(section.tone)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, self._look.colour("line"))
        painter.end()


class FactsBlock(QWidget):
    """Facts below each other."""

    def __init__(self, around: Around) -> None:
        super().__init__()
        self._around = around
        self._box: QVBoxLayout = column(gap=0)
        self._lines: list[FactLine] = []
        self.setLayout(self._box)

    def show_block(self, facts: Facts) -> None:
        while len(self._lines) < len(facts.items):
            line = FactLine(self._around)
            self._lines.append(line)
            self._box.addWidget(line)
        while len(self._lines) > len(facts.items):
            line = self._lines.pop()
            line.hide()
            line.deleteLater()
        for line, fact in zip(self._lines, facts.items, strict=True):
            line.show_fact(fact)


class NamesBlock(QWidget):
    """A line for each name: the name, what sort of name it is, and a button to split it off."""

    def __init__(self, around: Around) -> None:
        super().__init__()
        self._around = around
        self._box: QVBoxLayout = column(gap=0)
        self.setLayout(self._box)

    def show_block(self, names: Names) -> None:
        emptied(self._box)
        for alias in names.items:
            split = Button(self._around.look, "Split off", "link", run=partial(self._around.split, alias))
            split.setAccessibleName(f"Split off {alias.value}")
            split.setEnabled(not names.why_not)
            split.setToolTip(names.why_not or f"{alias.value} is another application")
            name = Elided(alias.value)
            line = QWidget()
            line.setFixedHeight(24)
            made = row(name, Text(alias.kind.replace("-", " "), Role.SECONDARY, "dim"), split, gap=8)
            made.setStretch(0, 1)
            line.setLayout(made)
            self._box.addWidget(line)


class SentenceBlock(Text):
    """Words that wrap."""

    def __init__(self, around: Around) -> None:
        super().__init__(wrap=True)

    def show_block(self, sentence: Sentence) -> None:
        self.setText(sentence.text)
        self.set_tone(sentence.tone)


class ProofBlock(QWidget):
    """A reason: its sentence, its source, and a bar for how much it is believed."""

    def __init__(self, around: Around) -> None:
        super().__init__()
        self._detail = Text(wrap=True)
        self._source = Text(role=Role.SECONDARY, tone="faint")
        self._sure = Text(role=Role.LABEL, tone="dim")
        self._bar = ConfidenceBar(around.look)
        self.setLayout(column(self._detail, self._bar, row(self._source, None, self._sure), gap=3))

    def show_block(self, proof: Proof) -> None:
        self._detail.setText(proof.detail)
        self._source.setText(proof.source)
        self._source.setToolTip(proof.when)
        self._sure.setText(figures.per_cent(proof.confidence))
        self._bar.show_part(proof.confidence)
        self._bar.setToolTip(proof.when)


class DoingBlock(QWidget):
    """What to do."""

    def __init__(self, around: Around) -> None:
        super().__init__()
        self._around = around
        self._box = row(gap=8)
        self.setLayout(self._box)

    def show_block(self, doing: Doing) -> None:
        emptied(self._box)
        for words, action_id, kind in doing.items:
            button = Button(self._around.look, words, kind).follow(self._around.actions[action_id])
            self._box.addWidget(button)
        self._box.addStretch(1)


SORTS: dict[type, type[QWidget]] = {
    Head: HeadBlock,
    Gain: GainBlock,
    Figures: FiguresBlock,
    Section: SectionBlock,
    Facts: FactsBlock,
    Names: NamesBlock,
    Sentence: SentenceBlock,
    Proof: ProofBlock,
    Hops: HopList,
    Cuts: CutsBlock,
    Steps: StepsBlock,
    Course: CourseChart,
    Growth: GrowthBars,
    Doing: DoingBlock,
}


def _common(old: Sequence[Block], new: Sequence[Block]) -> tuple[int, int]:
    """How many blocks at the beginning, and of the others at the end, are of the same sort in both."""
    least = min(len(old), len(new))
    head = next((at for at in range(least) if type(old[at]) is not type(new[at])), least)
    rest = least - head
    tail = next((at for at in range(rest) if type(old[-1 - at]) is not type(new[-1 - at])), rest)
    return head, tail


class Blocks(QWidget):
    """Blocks below each other; what did not change is left alone."""

    def __init__(self, around: Around) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._around = around
        self._shown: tuple[Block, ...] = ()
        self._widgets: list[QWidget] = []
        self._box = column(gap=10, margins=(16, 12, 16, 16))
        self._box.addStretch(1)
        self.setLayout(self._box)

    def show_blocks(self, wanted: tuple[Block, ...]) -> None:
        """Show these blocks."""
        head, tail = _common(self._shown, wanted)
        end = len(self._shown) - tail
        for widget in self._widgets[head:end]:
            self._box.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        made = [self._make(block) for block in wanted[head : len(wanted) - tail]]
        for number, widget in enumerate(made, head):
            self._box.insertWidget(number, widget)
        self._widgets[head:end] = made
        before: list[Block | None] = [*self._shown[:head], *(None for _ in made), *self._shown[end:]]
        for widget, old, block in zip(self._widgets, before, wanted, strict=True):
            if old != block:
                widget.show_block(block)  # type: ignore[attr-defined]
        self._shown = wanted

    @property
    def shown(self) -> tuple[Block, ...]:
        """What is shown."""
        return self._shown

    def _make(self, block: Block) -> QWidget:
        sort = SORTS[type(block)]
        drawn = issubclass(sort, Small)
        return sort(self._around.look) if drawn else sort(self._around)  # type: ignore[arg-type]

    def place_of(self, title: str) -> int | None:
        """How far down a section begins, in px; None where there is none so called."""
        for widget, block in zip(self._widgets, self._shown, strict=True):
            if isinstance(block, Section) and block.title == title:
                return widget.y()
        return None
