"""Why a cause that a record names is not in the capture."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from graph.identity import ChannelId
from graph.names import plain
from inspector.capture.level import Level
from inspector.record import Position
from inspector.store.coverage import Missed
from inspector.store.selection import RowFilter
from inspector.trails.causes import Lost
from inspector.trails.records import Records, Rows, Seen
from inspector.trails.ways import Ways

EARLY_NS = 60_000_000_000
"""A record so soon after the first captured one may well have a cause from before."""
NAMED = 3
"""Channels that a sentence names."""


LEVELS = {
    Level.HEADERS_OF_BATCHES: "Of {} only the headers of batches are kept.",
    Level.MATCHING: "Of {} only what matches a query is kept.",
}
"""What a level of capture leaves out, in one sentence about a channel."""


class Absence:
    """Asks a capture what it has of the channels where the cause would lie."""

    def __init__(self, records: Records, ways: Ways) -> None:
        self._records = records
        self._ways = ways
        self._coverage = cache(records.coverage)
        self._rows = cache(self._rows_of)
        self._first_ns = cache(self._first_time)

    def why(self, seen: Seen, lost: Lost) -> str:
        """One or two sentences: before the capture, not read, skipped, or not of this system."""
        if lost.place is not None:
            return self._at(*lost.place)
        sources = self._ways.sources(seen.channel, seen.traits.sender)
        if sources is None:
            return "No captured record has this id, and from where its sender receives is not known."
        if not sources:
            return "No captured record has this id, and its sender is not known to receive from any channel."
        for channel in sorted(sources):
            if why := self._left_out(channel, seen.time_ns):
                return f"No captured record has this id. {why}"
        bare = sorted(channel for channel in sources if not len(self._rows(channel)))
        if bare:
            return (
                f"No captured record has this id. Nothing of {_listed(bare)} was captured, where it may lie."
            )
        began = min(self._first_ns(channel) for channel in sources)
        if seen.time_ns - began < EARLY_NS:
            return "It was sent before the capture began, as far as can be told."
        return (
            f"{_listed(sorted(sources))}, from where its sender receives, was captured at that time, and no "
            "record has this id: it was skipped, or the id is that of something else."
        )

    def _at(self, channel: ChannelId, position: Position) -> str:
        coverage = self._coverage().of(channel, position.partition)
        for covered in coverage.covered:
            if covered.first <= position.offset < covered.end and (why := LEVELS.get(covered.level)):
                return why.format(plain(channel))
        columns = self._records.columns(self._rows(channel), "partition", "offset")
        offsets = columns["offset"][columns["partition"] == position.partition]
        name = plain(channel)
        if not len(offsets):
            return f"Nothing of partition {position.partition} of {name} was captured."
        if position.offset < int(offsets.min()):
            return f"The capture of {name} began after it."
        if position.offset > int(offsets.max()):
            return f"{name} was not read that far."
        skipped = f"Records of {name} before and after it were captured: it was skipped, or deleted by then."
        return self._missed(channel, position.partition) or skipped

    def _left_out(self, channel: ChannelId, time_ns: int) -> str:
        """Why a channel's records of about a time are not all there; empty where they may be."""
        coverage = self._coverage().of(channel)
        levels = {covered.level for covered in coverage.covered}
        if why := next((LEVELS[level] for level in levels if level in LEVELS), ""):
            return why.format(plain(channel))
        about = [
            missed
            for missed in coverage.missed
            if missed.first_ns - EARLY_NS <= time_ns <= missed.last_ns + EARLY_NS
        ]
        return _told(channel, about)

    def _missed(self, channel: ChannelId, partition: int) -> str:
        return _told(channel, self._coverage().of(channel, partition).missed)

    def _rows_of(self, channel: ChannelId) -> Rows:
        return self._records.select(RowFilter(frozenset({channel})))

    def _first_time(self, channel: ChannelId) -> int:
        return int(np.min(self._records.columns(self._rows(channel), "timestamp_ns")["timestamp_ns"]))


def _told(channel: ChannelId, missed: Sequence[Missed]) -> str:
    if not missed:
        return ""
    most = max(missed, key=lambda each: each.count)
    return f"{most.count:,} records of {plain(channel)} were left out about then: {most.reason}"


def _listed(channels: list[ChannelId]) -> str:
    names = [plain(channel) for channel in channels[:NAMED]]
    if len(channels) > NAMED:
        names.append(f"{len(channels) - NAMED} more")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
