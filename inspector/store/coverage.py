"""What was looked at and what was not: ranges of offsets with their level, and losses with their reason."""

from __future__ import annotations

import sqlite3
from copy import copy

from msgspec import Struct

from graph.identity import ChannelId
from inspector.capture.level import Level


class Covered(Struct, frozen=True, gc=False):
    """Offsets of one partition that were looked at, `end` not included."""

    channel: ChannelId
    partition: int
    first: int
    end: int
    level: Level


class Missed(Struct, frozen=True, gc=False):
    """Records of one partition that were not captured, or are not kept any more, for one reason."""

    channel: ChannelId
    partition: int
    count: int
    reason: str
    first_ns: int
    last_ns: int


class Coverage(Struct, frozen=True):
    """All of both, by channel and partition; ranges ascending, neighbours of one level joined."""

    covered: tuple[Covered, ...] = ()
    missed: tuple[Missed, ...] = ()

    def of(self, channel: ChannelId, partition: int | None = None) -> Coverage:
        """What of it is about one channel, or one partition."""

        def about(each: Covered | Missed) -> bool:
            return each.channel == channel and partition in (None, each.partition)

        return Coverage(tuple(filter(about, self.covered)), tuple(filter(about, self.missed)))


Place = tuple[ChannelId, int]


class _Range(Struct, gc=False):
    first: int
    end: int
    level: Level


class Watching:
    """What is to be written of the coverage: few rows, as a range grows while reading goes on."""

    def __init__(self) -> None:
        self._newest: dict[Place, _Range] = {}
        self._changed: dict[Place, list[_Range]] = {}
        self._missed: dict[tuple[ChannelId, int, str], tuple[int, int, int]] = {}

    def cover(self, channel: ChannelId, partition: int, first: int, end: int, level: Level) -> None:
        """Take in offsets that were looked at."""
        if end <= first:
            return
        place = (channel, partition)
        newest = self._newest.get(place)
        if newest is None or newest.end != first or newest.level is not level:
            newest = self._newest[place] = _Range(first, end, level)
        newest.end = end
        changed = self._changed.setdefault(place, [])
        if not changed or changed[-1] is not newest:
            changed.append(newest)

    def miss(self, channel: ChannelId, partition: int, count: int, reason: str, at_ns: int) -> None:
        """Take in records that were lost."""
        place = (channel, partition, reason)
        known, first, last = self._missed.get(place, (0, at_ns, at_ns))
        self._missed[place] = (known + count, min(first, at_ns), max(last, at_ns))

    def __bool__(self) -> bool:
        return bool(self._changed or self._missed)

    def take(self) -> Watching:
        """What waits to be written; what is taken in from now on does not change it."""
        taken = Watching()
        taken._changed, self._changed = self._changed, {}
        for place in taken._changed:
            self._newest[place] = copy(self._newest[place])
        taken._missed, self._missed = self._missed, {}
        return taken

    def give_back(self, taken: Watching) -> None:
        """What was taken could not be written."""
        for place, ranges in taken._changed.items():
            later = self._changed.get(place, [])
            grown = later and later[0].first == ranges[-1].first
            self._changed[place] = (ranges[:-1] if grown else ranges) + later
            if not later:
                self._newest[place] = ranges[-1]
        for (channel, partition, reason), (count, first, last) in taken._missed.items():
            self.miss(channel, partition, 0, reason, first)
            self.miss(channel, partition, count, reason, last)

    @property
    def channels(self) -> list[ChannelId]:
        """Those that something waits of."""
        covered, missed = (place[0] for place in self._changed), (place[0] for place in self._missed)
        return list(dict.fromkeys([*covered, *missed]))

    def save(self, connection: sqlite3.Connection, numbers: dict[ChannelId, int]) -> None:
        """Write what was taken, channels by their numbers; raises sqlite3.Error."""
        connection.executemany(
            "INSERT INTO covered VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET end = max(end, excluded.end), level = excluded.level",
            [
                (numbers[channel], partition, each.first, each.end, each.level.value)
                for (channel, partition), ranges in self._changed.items()
                for each in ranges
            ],
        )
        connection.executemany(
            "INSERT INTO missed VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " count = count + excluded.count, first_ns = min(first_ns, excluded.first_ns),"
            " last_ns = max(last_ns, excluded.last_ns)",
            [
                (numbers[channel], partition, reason, *found)
                for (channel, partition, reason), found in self._missed.items()
            ],
        )


def read(connection: sqlite3.Connection, channels: list[ChannelId]) -> Coverage:
    """All that was written, channels by their numbers; raises sqlite3.Error."""
    covered: list[Covered] = []
    for number, partition, first, end, level in connection.execute(
        "SELECT channel, partition, first, end, level FROM covered ORDER BY channel, partition, first"
    ):
        found = Covered(channels[number], partition, first, end, Level(level))
        last = covered[-1] if covered else None
        if (
            last is not None
            and (last.channel, last.partition, last.level) == (found.channel, partition, found.level)
            and last.end >= first
        ):
            covered[-1] = Covered(last.channel, partition, last.first, max(end, last.end), last.level)
        else:
            covered.append(found)
    missed = [
        Missed(channels[number], *rest)
        for number, *rest in connection.execute(
            "SELECT channel, partition, count, reason, first_ns, last_ns FROM missed"
            " ORDER BY channel, partition, reason"
        )
    ]
    return Coverage(tuple(covered), tuple(missed))
