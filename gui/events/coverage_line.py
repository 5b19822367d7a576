"""Always there under the histogram: how much of the channels that are shown was read."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from graph.identity import ChannelId
from gui.background import Background
from gui.events.coverage import Read, by_channel, together
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.paint import guarded
from gui.parts.text import Elided, row
from gui.session import Session

BAR = QSize(120, 6)


class Meter(QWidget):
    """A bar: read in full, in part (hatched), not at all or lost (amber)."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.shares = (0.0, 0.0, 0.0)
        self.setFixedSize(BAR)
        look.changed.connect(self.update)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._look.colour("raised"))
        dim, warn = self._look.colour("edge"), self._look.colour("warn")
        brushes = (QBrush(dim), QBrush(dim, Qt.BrushStyle.BDiagPattern), QBrush(warn))
        x = 0.0
        for share, brush in zip(self.shares, brushes, strict=True):
            # What is there at all is seen, however little it is.
            wide = max(2.0, share * self.width()) if share else 0.0
            painter.fillRect(QRectF(min(x, self.width() - wide), 0, wide, self.height()), brush)
            x += wide
        painter.end()


class CoverageLine(QWidget):
    """Words and a bar; a click tells more."""

    wanted = Signal()
    news = Signal()
    """`reads` says more than before."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self._session = session
        self._background = Background(self)
        self._channels: frozenset[ChannelId] | None = None
        self.reads: dict[ChannelId, Read] = {}
        self.meter = Meter(look)
        self.words = Elided(role=Role.SECONDARY, tone="dim")
        self.more = Button(look, "Levels and losses…", "link", run=self.wanted.emit)
        self.more.setFixedHeight(20)
        self.setFixedHeight(20)
        made = row(self.meter, 2, self.words, self.more, margins=(10, 0, 8, 2))
        made.setStretch(2, 1)
        self.setLayout(made)

    def show_channels(self, channels: frozenset[ChannelId] | None) -> None:
        """Speak of these channels, None for all."""
        self._channels = channels
        self._say()
        self.refresh()

    def refresh(self) -> None:
        """Read anew what was read, in the background."""
        reader = self._session.reader
        if reader is not None and not self._background.busy:
            self._background.ask(lambda: by_channel(reader.coverage()), self._took)

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._background.close()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.wanted.emit()

    @property
    def doubt(self) -> str:
        """Why what is not found may have been sent all the same, in a sentence; empty where it was not."""
        read = together(self.shown().values())
        return "" if read.complete or not read.total else f"Not all that was sent is here: {read.sentence}."

    def shown(self) -> dict[ChannelId, Read]:
        """What was read of each channel that is shown."""
        wanted = self._channels
        return {key: read for key, read in self.reads.items() if wanted is None or key in wanted}

    def _took(self, reads: dict[ChannelId, Read]) -> None:
        if reads != self.reads:
            self.reads = reads
            self._say()
            self.news.emit()

    def _say(self) -> None:
        shown = self.shown()
        read = together(shown.values())
        self.meter.shares = read.shares
        self.meter.update()
        self.words.setText(read.sentence)
        self.words.set_tone("warn" if read.lost or read.holes else "dim")
        short = [f"{channel.name}: {each.sentence}" for channel, each in shown.items() if not each.complete][
            :12
        ]
        self.setToolTip(
            "\n".join(short) or "Everything that was sent to the channels shown is in this capture."
        )
