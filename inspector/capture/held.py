"""What a capture that is gone on with holds already: records that are read again are not stored again."""

from __future__ import annotations

from collections import defaultdict

from graph.identity import ChannelId
from inspector.capture.level import Level
from inspector.record import RecordBatch
from inspector.store.reader import CaptureReader

LEVELS = (Level.EVERYTHING, Level.KEYS_AND_HEADERS)
"""On which a capture holds each record that was read."""


class Held:
    """The offsets that a capture holds records of, as they were when it was opened.

    A channel that was deleted and made anew counts from zero again: what is newer than the capture was is
    not taken for what it holds.
    """

    def __init__(self, reader: CaptureReader) -> None:
        self._ranges: dict[tuple[ChannelId, int, Level], list[tuple[int, int]]] = defaultdict(list)
        for each in reader.coverage().covered:
            if each.level in LEVELS:
                self._ranges[each.channel, each.partition, each.level].append((each.first, each.end))
        span = reader.span_ns()
        self._until_ns = -1 if span is None else span[1]

    def others(self, batch: RecordBatch, level: Level) -> list[int] | None:
        """Which records of a batch are not held on a level; None where all are not."""
        ranges = self._ranges.get((batch.channel, batch.partition, level))
        if not ranges or not batch.offsets or batch.offsets[0] >= ranges[-1][1]:
            return None
        return [
            index
            for index, (offset, at_ns) in enumerate(zip(batch.offsets, batch.timestamps_ns, strict=True))
            if at_ns > self._until_ns or not any(first <= offset < end for first, end in ranges)
        ]
