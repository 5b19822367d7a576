"""The histogram over a list of events: all that was captured, and what was found of it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from gui import figures
from gui.background import Background
from gui.events.finder import Finder
from gui.events.order import Rows
from gui.look import Look
from gui.parts.histogram import Histogram
from gui.parts.text import row
from gui.session import Session
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

BINS = 180
EVERY_MS = 1_000

Counts = tuple[int, int, list[int], list[int]]


class Bars(QWidget):
    """Counts in the background, once a second at most while a capture grows."""

    go_wanted = Signal(object)
    """A time was clicked, or dragged to."""
    counted = Signal()
    """The bars are others."""

    def __init__(self, session: Session, look: Look, finder: Finder) -> None:
        super().__init__()
        self._session, self._finder = session, finder
        self._background = Background(self)
        self.histogram = Histogram(look, 30, "line2", "accent")
        self.histogram.setAccessibleName("Events over time")
        self.histogram.clicked_at.connect(self.go_wanted)
        self.histogram.tell = self._tell
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(EVERY_MS)
        self._soon.timeout.connect(self.refresh)
        self.setLayout(row(self.histogram, margins=(8, 2, 8, 2)))
        finder.changed.connect(lambda _anew: self.grown())

    def grown(self) -> None:
        """There is more to count; it is counted soon."""
        if not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Count anew what is there now."""
        reader, found = self._session.reader, self._finder.found.in_time
        if reader is None:
            return
        if self._background.busy:
            self.grown()
            return
        shown = found if self._filtered else None
        self._background.ask(lambda: _counts(reader, shown), self._counted)

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._soon.stop()
        self._background.close()

    @property
    def _filtered(self) -> bool:
        return self._finder.query is not None or self._finder.base != RowFilter()

    def _counted(self, counts: Counts | None) -> None:
        if counts is not None:
            self.histogram.show_counts(*counts)
            self.counted.emit()

    def _tell(self, start_ns: int, end_ns: int, every: int, matching: int) -> str:
        zone, count = self._session.zone, figures.plural(every, "event")
        span = f"{figures.clock(start_ns, zone)} to {figures.clock(end_ns, zone)}"
        return f"{span}: {f'{matching:,} of ' if self._filtered else ''}{count}"


def _counts(reader: CaptureReader, found: Rows | None) -> Counts | None:
    """Counts of all events, and of those found; None where nothing was looked for."""
    span = reader.span_ns()
    if span is None:
        return None
    start, end = span[0], span[1] + 1
    every = reader.histogram(start, end, BINS).tolist()
    if found is None:
        return start, end, every, [0] * BINS
    times = reader.columns(found, "timestamp_ns")["timestamp_ns"]
    # The rows are in order of time: where each span begins is enough.
    edges = start + np.arange(BINS + 1, dtype=np.int64) * (end - start) // BINS
    edges[-1] = end
    return start, end, every, np.diff(np.searchsorted(times, edges)).tolist()
