"""How what is read is taken in: piece by piece, and measured by where channels ended when that began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graph.identity import ChannelId
from inspector.observation import BatchRead, Observation, RangeRead, ReadingBegun

Place = tuple[ChannelId, int]


class Reading:
    """Where each partition stands."""

    def __init__(self) -> None:
        self._first: dict[Place, int] = {}
        self._ends: dict[Place, int] = {}
        self._at: dict[Place, int] = {}

    def begun(self, seen: ReadingBegun) -> None:
        """A channel is read whole from here on."""
        for partition, first in seen.first.items():
            place = seen.channel, partition
            self._first.setdefault(place, first)
            self._ends.setdefault(place, seen.end[partition])
            self._at.setdefault(place, first)

    def read(self, seen: RangeRead) -> None:
        """A part of a partition was read."""
        place = seen.channel, seen.partition
        if place in self._at:
            self._at[place] = max(self._at[place], seen.end_offset)

    @property
    def partitions(self) -> int:
        """How many are read whole."""
        return len(self._at)

    @property
    def passed(self) -> int:
        """Offsets that were passed since the beginning; there may be fewer records."""
        return sum(at - self._first[place] for place, at in self._at.items())

    @property
    def ends(self) -> dict[Place, int]:
        """Where each partition ended when its reading began."""
        return dict(self._ends)

    @property
    def left(self) -> int:
        """Offsets before the ends that are not passed yet."""
        return sum(max(0, end - self._at[place]) for place, end in self._ends.items())


def parts(observations: Sequence[Observation], most_bytes: int) -> Iterator[Sequence[Observation]]:
    """Observations in their order, cut after each batch with which a part exceeds so many bytes."""
    begin = size = 0
    for at, seen in enumerate(observations):
        if isinstance(seen, BatchRead):
            size += seen.batch.size
            if size > most_bytes:
                yield observations[begin : at + 1]
                begin, size = at + 1, 0
    yield observations[begin:]
