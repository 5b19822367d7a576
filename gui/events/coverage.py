"""What of some channels was read in full, in part and not at all, in numbers and in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graph.identity import ChannelId
from gui import figures
from inspector.capture.level import Level
from inspector.store.coverage import Coverage

WORDS = {
    Level.EVERYTHING: "read in full",
    Level.MATCHING: "read where a query matches",
    Level.KEYS_AND_HEADERS: "read by keys and headers alone",
    Level.HEADERS_OF_BATCHES: "read by headers of batches alone",
}
"""How each level is said after a share."""


@dataclass
class Read:
    """What was read, in offsets; of one channel, or of several."""

    levels: dict[Level, int] = field(default_factory=dict)
    holes: int = 0
    """Offsets between those that were read."""
    missed: dict[str, int] = field(default_factory=dict)
    """Records that were read and are not in the capture, by reason."""

    @property
    def total(self) -> int:
        """All offsets from the first that was read to the last."""
        return sum(self.levels.values()) + self.holes

    @property
    def lost(self) -> int:
        """Records that are not in the capture for any reason."""
        return sum(self.missed.values())

    @property
    def complete(self) -> bool:
        """Whether all was read in full, and all of that is in the capture."""
        return set(self.levels) == {Level.EVERYTHING} and not self.holes and not self.lost

    @property
    def shares(self) -> tuple[float, float, float]:
        """How much was read in full, in part, and not at all or lost, together 1; nothing where unknown."""
        if not self.total:
            return 0.0, 0.0, 0.0
        full = self.levels.get(Level.EVERYTHING, 0)
        lost = min(full, self.lost)
        part = self.total - full - self.holes
        return (full - lost) / self.total, part / self.total, (self.holes + lost) / self.total

    @property
    def sentence(self) -> str:
        """For a person, short."""
        if not self.total:
            return "It was not written down what of this was read."
        if self.complete:
            return "Read in full"
        parts = [
            f"{figures.per_cent(self.levels[level] / self.total)} {words}"
            for level, words in WORDS.items()
            if self.levels.get(level)
        ]
        if self.holes:
            parts.append(f"{figures.plural(self.holes, 'offset')} not read")
        parts += [
            f"{figures.plural(count, 'record')} {reason}" for reason, count in self.missed.items() if count
        ]
        return ", ".join(parts)


def by_channel(coverage: Coverage) -> dict[ChannelId, Read]:
    """What was read of each channel."""
    found: dict[ChannelId, Read] = {}
    end: dict[tuple[ChannelId, int], int] = {}
    for each in coverage.covered:
        read = found.setdefault(each.channel, Read())
        place = (each.channel, each.partition)
        begin = max(each.first, end.get(place, each.first))
        if place in end:
            read.holes += max(0, each.first - end[place])
        read.levels[each.level] = read.levels.get(each.level, 0) + max(0, each.end - begin)
        end[place] = max(each.end, end.get(place, 0))
    for missed in coverage.missed:
        reasons = found.setdefault(missed.channel, Read()).missed
        reasons[missed.reason] = reasons.get(missed.reason, 0) + missed.count
    return found


def together(reads: Iterable[Read]) -> Read:
    """What was read of several channels."""
    made = Read()
    for each in reads:
        made.holes += each.holes
        for level, count in each.levels.items():
            made.levels[level] = made.levels.get(level, 0) + count
        for reason, count in each.missed.items():
            made.missed[reason] = made.missed.get(reason, 0) + count
    return made
