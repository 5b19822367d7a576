"""Which records were written in the transaction that committed others as read: those others caused them.

A transaction of a Kafka producer that consumes, transforms and produces has two ends that can be seen: its
commits, which the log `__consumer_offsets` keeps under its producer id, and the mark of its end that the
broker writes behind its records on each partition. The commits lie before that mark, and after the mark of
the transaction before it. The log is read where a person asks for it; without it nothing is told here.

What was read is then known as a set, and not which of it caused which record: of several, records are
shared out in their order, so that the number of records that one causes is right on average.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from graph.identity import ChannelId, ServerId
from inspector.observation import BatchSeen, CommitSeen
from inspector.record import Position, Record

ENDS = 100_000
"""Ends that are remembered, and as many commits."""
KEPT = 10_000
"""Records without a cause that are remembered, and partitions of groups."""
UNREAD = 1_000
"""Records that are remembered while no commits are seen."""
WAIT_NS = 60_000_000_000
"""How long the end of a transaction is waited for."""
LARGEST = 1_000
"""Records that a transaction may have read for the cause to be told."""

Item = TypeVar("Item", bound=Any)
Key = TypeVar("Key")
_Producer = tuple[ServerId, int]
_Lane = tuple[ChannelId, int, int]
"""Channel, partition and producer id."""


class _Commit(NamedTuple):
    at_ns: int
    channel: ChannelId
    partition: int
    first: int
    """Of the records that were read."""
    after: int


class _Written(NamedTuple):
    """A transactional record whose cause is not known."""

    producer_id: int
    channel: ChannelId
    position: Position
    time_ns: int


class _Lately(Generic[Key, Item]):
    """The last so many items of all, under each key in their own order."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[Key, list[Item]] = {}
        self._came: deque[Key] = deque()

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def put(self, key: Key, item: Item) -> None:
        insort(self._of.setdefault(key, []), item)
        self._came.append(key)
        if len(self._came) > self._most:
            oldest = self._came.popleft()
            del self._of[oldest][0]
            if not self._of[oldest]:
                del self._of[oldest]

    def of(self, key: Key) -> list[Item]:
        return self._of.get(key, [])


class Transactions:
    """Commits and ends of transactions as they are seen, in whatever order."""

    def __init__(self, most: int = ENDS) -> None:
        self._ends: _Lately[_Lane, tuple[int, int]] = _Lately(most)
        """Offset and time of each mark."""
        self._commits: _Lately[_Producer, _Commit] = _Lately(most)
        self._read: dict[tuple[str, ChannelId, int], tuple[int, int]] = {}
        """By group, channel and partition: from where to where it was read last."""
        self._written: dict[int, _Written] = {}
        """By row."""

    def __len__(self) -> int:
        """How many ends and commits are remembered."""
        return len(self._ends) + len(self._commits)

    def unread(self, channels: Collection[ChannelId]) -> bool:
        """Whether channels have records whose causes the log of commits would tell, if it were read."""
        return not self._read and any(one.channel in channels for one in self._written.values())

    def see(self, seen: CommitSeen | BatchSeen) -> None:
        """Take note of commits, and of batches that end a transaction."""
        if isinstance(seen, BatchSeen):
            if seen.control:
                lane = (seen.channel, seen.partition, seen.producer_id)
                self._ends.put(lane, (seen.base_offset, seen.max_timestamp_ns))
            return
        for partition, after, at_ns in seen.offsets:
            which = seen.group, seen.channel, partition
            first, last = self._read.pop(which, (after, after))
            if after != last:  # the same again is another try, after an abort
                first = min(last, after)
            self._read[which] = first, after
            if 0 < after - first <= LARGEST:
                commit = _Commit(at_ns, seen.channel, partition, first, after)
                self._commits.put((seen.channel.server, seen.producer_id), commit)
            if len(self._read) > KEPT:
                del self._read[next(iter(self._read))]

    def wrote(self, row: int, record: Record) -> None:
        """A record was written in a transaction and names no cause."""
        written = _Written(record.producer_id, record.channel, record.position, record.timestamp_ns)
        self._written[row] = written
        while len(self._written) > (KEPT if self._read else UNREAD):
            del self._written[next(iter(self._written))]

    def moved(self, rows: list[int]) -> None:
        """Rows have new numbers; those that are forgotten have a negative one."""
        self._written = {rows[at]: one for at, one in self._written.items() if rows[at] >= 0}

    def causes(
        self, newest_ns: int, row_at: Callable[[ChannelId, Position], int | None]
    ) -> Iterator[tuple[int, int]]:
        """Records whose transaction has ended, each with one of those that were read in it, by row."""
        together: dict[tuple[_Commit, ...], list[int]] = defaultdict(list)
        for row, written in list(self._written.items()):
            commits = self._of(written)
            if commits:
                together[commits].append(row)
            if commits or written.time_ns < newest_ns - WAIT_NS:
                del self._written[row]
        for commits, rows in together.items():
            places = [
                (commit.channel, Position(commit.partition, offset))
                for commit in commits
                for offset in range(commit.first, commit.after)
            ]
            read = [found for place in places if (found := row_at(*place)) is not None]
            for number, row in enumerate(sorted(rows) if read else ()):
                yield row, read[number * len(read) // len(rows)]

    def _of(self, written: _Written) -> tuple[_Commit, ...]:
        """The commits of a record's transaction."""
        ends = self._ends.of((written.channel, written.position.partition, written.producer_id))
        at = bisect_right(ends, (written.position.offset, 0))
        if at == len(ends):
            return ()
        ended_ns, since_ns = ends[at][1], ends[at - 1][1] if at else 0
        commits = self._commits.of((written.channel.server, written.producer_id))
        last = bisect_right(commits, ended_ns, key=lambda commit: commit.at_ns) - 1
        if last < 0 or commits[last].at_ns <= since_ns or commits[last].at_ns < ended_ns - WAIT_NS:
            return ()
        first = last
        while first and commits[first - 1].at_ns == commits[last].at_ns:
            first -= 1
        return tuple(commits[first : last + 1])
