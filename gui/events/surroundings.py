"""Looks for what is odd about the rows that are seen, among those captured near them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from graph.identity import ChannelId
from gui.background import Background
from gui.events.oddities import Oddity, oddities, why
from gui.session import Session
from inspector.errors import CaptureError
from inspector.store.reader import CaptureReader, Rows
from inspector.store.selection import RowFilter

AROUND = 4_096
"""Rows of the capture before and after one that was asked for of which more is known then."""
LOOK_BACK = 25_000
"""Rows before those in which neighbours are looked for."""
WRITER = ("producer_id", "producer_epoch", "sequence")
COLUMNS = ("channel", "partition", "offset", "timestamp_ns", "event")


class Surroundings(QObject):
    """Knows what is odd about rows that were asked for; `arrived` when more is known."""

    arrived = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background(self)
        self._channels: frozenset[ChannelId] | None = None
        self._known: Mapping[int, Oddity] = {}
        self._looked = range(0)

    @property
    def busy(self) -> bool:
        """Whether it is being looked."""
        return self._background.busy

    def show(self, channels: frozenset[ChannelId] | None) -> None:
        """From now on look at these channels, None for all; gaps are looked for where there is one."""
        self._background.cancel()
        self._channels, self._known, self._looked = channels, {}, range(0)

    def of(self, row: int) -> Oddity | None:
        """What is odd about a row, as far as it is known."""
        if row not in self._looked:
            self._look(row)
        return self._known.get(row)

    def close(self) -> None:
        """End what runs."""
        self._background.close()

    def _look(self, row: int) -> None:
        reader, channels = self._session.reader, self._channels
        if reader is None or self._background.busy:
            return
        span = range(max(reader.first_row, row - AROUND), min(reader.end_row, row + AROUND))

        def took(found: dict[int, Oddity]) -> None:
            before, self._known, self._looked = self._known, found, span
            if found != before:
                self.arrived.emit()

        self._background.ask(lambda: look(reader, channels, span), took)


def look(reader: CaptureReader, channels: frozenset[ChannelId] | None, span: range) -> dict[int, Oddity]:
    """What is odd about the rows of some channels within a span of rows."""
    rows = reader.select(RowFilter(channels=channels), max(0, span.start - LOOK_BACK), span.stop)
    found = reader.columns(rows, *COLUMNS)
    one = channels is not None and len(channels) == 1
    columns = [*(found[name].astype(np.int64) for name in COLUMNS), _written(reader, rows)]
    made = oddities(rows, *columns, since=span.start, gaps=one)
    gaps = [row for row, each in made.items() if each.gap]
    if not gaps or channels is None:
        return made
    try:
        coverage = reader.coverage().of(next(iter(channels)))
    except CaptureError:
        return {row: each for row, each in made.items() if not each.gap}
    where = reader.columns(np.array(gaps, np.int64), "partition", "offset")
    for row, partition, offset in zip(
        gaps, where["partition"].tolist(), where["offset"].tolist(), strict=True
    ):
        each = made[row]
        made[row] = replace(each, why=why(coverage, partition, offset - each.gap, offset))
    return made


def _written(reader: CaptureReader, rows: Rows) -> Rows:
    """A mark of producer, epoch and sequence; 0 where these are not known."""
    producer, epoch, sequence = (each.astype(np.int64) for each in reader.columns(rows, *WRITER).values())
    known = (producer >= 0) & (sequence >= 0)
    # A producer's sequences go through 31 bits and its epochs through 15.
    mixed = (producer * 1_000_003) ^ (((epoch << 31) | sequence) + 1)
    return np.where(known, mixed, 0)
