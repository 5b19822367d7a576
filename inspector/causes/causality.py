"""The memory from which it is told which record caused which, of some minutes.

A link from a record back to its cause is believed on these grounds, all but the last being proof:

- the record names the event that caused it, and that event lies on the other channel;
- the record names the position that it was copied from (dead letters);
- the record counts the steps of its flow, and one record alone stands at the step before (Rebus), or it is
  the same event again and counts how often it was tried;
- it was written in the transaction that committed the other as read, where the log of commits is read;
- its sender names no causes on its channel, and the other channel holds an earlier record of the same flow
  (trace, conversation, correlation), or it is the same event: strong, 0.8, no proof.

Keys and timing alone link nothing. Links are found when asked for, so the order in which channels are read
does not matter. What a replay sent, and what it caused, is marked: it is not held to be caused by the
original, though both have the same event id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

import msgspec
import numpy as np

from graph.branching.lineage import Flags, Ints
from graph.identity import ChannelId, ServerId
from graph.model import Alias
from inspector.capture.one_in import OneIn
from inspector.causes.flows import NOBODYS, Flows, undecided
from inspector.causes.links import (
    CHANNEL,
    CLOCK,
    COLUMNS,
    COUNTER,
    EVENT,
    GROUND,
    MISSED,
    NONE,
    ORIGIN,
    PARENT,
    POSITION,
    ROOT,
    SENDER,
    TIME,
    TRANSACTION,
    Names,
    Window,
)
from inspector.causes.transactions import Transactions
from inspector.observation import BatchSeen, CommitSeen, Observation, RecordsSeen
from inspector.record import Position, Record
from inspector.trait_columns import TraitColumns
from inspector.traits import Traits

CAPACITY = 50_000
"""Records remembered."""
AGE_NS = 600_000_000_000
"""How long they are remembered."""
SPAN_NS = 120_000_000_000
"""So much time is to be remembered of loops, and rather fewer flows than a shorter time."""
LARGE = 64
"""A flow is large that has more than one part in so many of the records remembered."""
FOLDED_PER_S = 2_000
"""Records that are looked into one by one each second; of more, whole flows are left out."""
BUSY_BITS, FEWER_BITS = 4, 2
"""Where more than 16 times as many come, a quarter of that is enough: the time is needed to read them."""
_WAIT_NS = 2_000_000_000
"""How long a record waits for its cause to be read before its flow is guessed."""
_BUFFER = 2_048
_END_OF_TIME = 2**62
"""A sender that takes microseconds for milliseconds is far beyond; such a record tells nothing of time."""

_Clock = tuple[ServerId, int] | Alias
Name = TypeVar("Name")


class Causality:
    """The memory. Rows are numbered in the order of arrival until `settle` forgets some."""

    def __init__(self, capacity: int = CAPACITY, age_ns: int = AGE_NS, span_ns: int = SPAN_NS) -> None:
        self._capacity = capacity
        self._age_ns = age_ns
        self._span_ns = span_ns
        self._flows = Flows(4 * capacity, capacity // LARGE)
        self._share = OneIn(FOLDED_PER_S)
        self._bits = 0
        """One flow in two to the power of this is looked into."""
        self._eased_ns = 0
        self._table = np.empty((0, COLUMNS), np.int64)
        self._fresh: list[tuple[int, ...]] = []
        self._channels: dict[ChannelId, int] = {}
        self._senders: dict[Alias, int] = {}
        self._clocks: dict[_Clock, int] = {}
        self._places: dict[tuple[int, Position], int] = {}
        self._origins: dict[int, tuple[ChannelId, Position]] = {}
        self._steps: dict[int, tuple[str, int]] = {}
        """Flow and step of rows that count them."""
        self._transactions = Transactions()
        self._newest_ns = 0
        self._behind: dict[int, int] = {}
        """By channel that something was read of, the records that were not since the last remembered one."""

    def fold(self, seen: RecordsSeen, traits: Sequence[Traits]) -> None:
        """Remember records; `traits` are theirs, in the same order. One seen before changes nothing."""
        channel = self._number(seen.channel)
        if channel in self._behind:  # before its first record nothing is remembered anyway
            self._behind[channel] += seen.skipped
        for record, said in zip(seen.records, traits, strict=True):
            place = (channel, record.position)
            if place not in self._places and 0 <= record.timestamp_ns < _END_OF_TIME:
                self._newest_ns = max(self._newest_ns, record.timestamp_ns)
                self._take(channel, record, said)
        if len(self._fresh) >= _BUFFER:
            self._flush()
            if len(self._table) > 2 * self._capacity:
                self._keep(np.arange(len(self._table)) >= len(self._table) - self._capacity)

    def chosen(self, traits: TraitColumns, now_ns: int) -> Sequence[int]:
        """Which records, of those that came together, to `fold`: all, or whole flows where too many come."""
        bits = self._share.count(len(traits), now_ns)
        bits += FEWER_BITS if bits >= BUSY_BITS else 0
        self._bits = bits
        while self._flows.bits < bits:
            self._flush()
            roots = self._table[:, ROOT]
            self._keep(self._flows.fewer(roots) | (roots == NOBODYS))
        if not bits:
            return range(len(traits))
        return self._flows.chosen(traits, bits)

    def see(self, seen: Observation) -> None:
        """Take note of transactions, where their commits can be read."""
        if isinstance(seen, CommitSeen | BatchSeen):
            self._transactions.see(seen)

    def commits_unread(self, channels: Collection[ChannelId]) -> bool:
        """Whether channels have records whose causes the log of commits would tell, if it were read."""
        return self._transactions.unread(channels)

    def _take(self, channel: int, record: Record, said: Traits) -> None:
        event = NONE if said.event_id is None else hash(said.event_id)
        parent = NONE if said.parent_id is None or said.origin is not None else hash(said.parent_id)
        if said.step == 1 and said.parent_id == said.flow_id:
            parent = NONE  # Rebus: of the first record, which the counter tells as well
        root = self._flows.root(said, event, parent)
        if not self._flows.take(root):
            return
        row = len(self._table) + len(self._fresh)
        self._places[channel, record.position] = row
        copied = NONE
        if said.origin is not None:
            copied = int(self._remember_origin(row, record.channel, said.origin))
        elif said.step is not None and said.flow_id is not None:
            self._steps[row] = (said.flow_id, said.step)
        elif record.transactional and parent == NONE:
            self._transactions.wrote(row, record)
        sender = NONE if said.sender is None else self._senders.setdefault(said.sender, len(self._senders))
        self._fresh.append(
            (
                channel,
                record.position.partition,
                record.position.offset,
                record.timestamp_ns,
                self._clock(record, said),
                sender,
                event,
                parent,
                NONE if said.flow_id is None else hash(said.flow_id),
                NONE,
                NONE,
                copied,
                root,
                NONE if said.type is None else hash(said.type),
                NONE if record.value is None else hash(record.value),
                NONE if said.attempt is None else said.attempt,
                NONE if said.reply_to is None else hash(said.reply_to),
                int(said.replay_id is not None),
                self._behind.get(channel, 0),
            )
        )
        self._behind[channel] = 0

    def settle(self, now_ns: int, wanted: Collection[ChannelId]) -> Window:
        """What is remembered now. Of too much, what is on channels that are not wanted goes first."""
        self._flush()
        newest_ns = min(self._newest_ns, now_ns)  # a clock that is ahead ends no waiting
        self._decide(newest_ns)
        young = self._table[:, TIME] >= now_ns - self._age_ns
        if len(young) > self._capacity:
            self._make_room(young, wanted, now_ns)
        elif len(young) - int(young.sum()) > len(young) // 8:
            self._keep(young)
        self._flows.forget(self._table[:, ROOT])
        if self._flows.bits > self._bits and now_ns - self._eased_ns > self._span_ns:
            self._ease(wanted, now_ns)
        for row, place in list(self._origins.items()):
            found = self._row_at(*place)
            if found is not None:
                self._table[row, [ORIGIN, GROUND]] = found, POSITION
                del self._origins[row]
        self._link_steps()
        for row, cause in self._transactions.causes(newest_ns, self._row_at):
            self._table[row, [ORIGIN, GROUND]] = cause, TRANSACTION
        names = Names(dict(self._channels), dict(self._senders))
        return Window(self._table, names, dict(self._behind), self._flows.sample)

    def _row_at(self, channel: ChannelId, position: Position) -> int | None:
        return self._places.get((self._channels.get(channel, NONE), position))

    def _number(self, channel: ChannelId) -> int:
        return self._channels.setdefault(channel, len(self._channels))

    def _clock(self, record: Record, said: Traits) -> int:
        """Whose clock stamped a record, as far as that is known."""
        clock: _Clock
        if record.log_append_time:
            clock = (record.channel.server, -1)
        elif record.producer_id >= 0:
            clock = (record.channel.server, record.producer_id)
        elif said.sender is not None and said.origin is None:
            clock = said.sender
        else:
            return NONE
        return self._clocks.setdefault(clock, len(self._clocks))

    def _remember_origin(self, row: int, channel: ChannelId, origin: str) -> bool:
        """Note where a record was copied from, and whether that is its own channel."""
        name, _, numbers = origin.rpartition("/")
        name, _, partition = name.rpartition("/")
        if name and partition.isdecimal() and numbers.isdecimal():
            copied = msgspec.structs.replace(channel, name=name)
            self._origins[row] = (copied, Position(int(partition), int(numbers)))
        return name == channel.name

    # Flows, steps, room

    def _decide(self, newest_ns: int) -> None:
        """Find the flows of records that came before their causes."""
        table = self._table
        rows = np.flatnonzero(undecided(table[:, ROOT]))
        if not len(rows):
            return
        waiting_ns = newest_ns - _WAIT_NS
        table[rows, ROOT] = [
            self._flows.decide(root, event, parent, waited=time < waiting_ns)
            for time, root, event, parent in table[rows][:, [TIME, ROOT, EVENT, PARENT]].tolist()
        ]
        if self._flows.bits:
            kept = self._flows.keeps(table[:, ROOT])
            kept[table[:, ROOT] == NOBODYS] = True
            if not kept.all():
                self._keep(kept)

    def _make_room(self, young: Flags, wanted: Collection[ChannelId], now_ns: int) -> None:
        """Keep the flows of loops, fewer where that reaches too short a time back, and then the rest."""
        table, root = self._table, self._table[:, ROOT]
        first = self._on(wanted)
        first |= np.isin(root, np.unique(root[first & (root >= 0)]))
        first &= young
        room = self._capacity // 2
        kept = first
        while int(kept.sum()) > room:
            late = _newest(kept, room)
            short = now_ns - int(table[late, TIME].min()) < self._span_ns
            if not short or int((kept & ~self._flows.large(root)).sum()) < room // 2:
                kept = late
                break
            kept = first & self._flows.fewer(root)
            self._eased_ns = now_ns
        self._keep(kept | _newest(young & ~first, self._capacity * 3 // 4 - int(kept.sum())))

    def _on(self, channels: Collection[ChannelId]) -> Flags:
        """Which records are on some channels."""
        numbers = [self._channels[channel] for channel in channels if channel in self._channels]
        return np.isin(self._table[:, CHANNEL], numbers)

    def _ease(self, wanted: Collection[ChannelId], now_ns: int) -> None:
        """Keep more flows again where there would be room for them."""
        lately = self._on(wanted) & (self._table[:, TIME] >= now_ns - self._span_ns)
        if int(lately.sum()) < self._capacity // 8:
            self._flows.more()
            self._eased_ns = now_ns

    def _link_steps(self) -> None:
        """The cause of a record that names none is the one at the step before, if there is only one."""
        at_step: dict[tuple[str, int], int] = {}
        for row, counted in self._steps.items():
            at_step[counted] = row if counted not in at_step else NONE
        for row, (flow, step) in self._steps.items():
            if self._table[row, PARENT] == NONE:
                self._table[row, [ORIGIN, GROUND]] = at_step.get((flow, step - 1), NONE), COUNTER

    def _flush(self) -> None:
        if self._fresh:
            self._table = np.concatenate((self._table, np.array(self._fresh, np.int64)))
            self._fresh.clear()

    def _keep(self, keep: Flags) -> None:
        row = np.where(keep, np.cumsum(keep) - 1, NONE)
        table = _carried(self._table, keep)[keep]
        origin = table[:, ORIGIN]
        table[:, ORIGIN] = np.where(origin != NONE, row[origin], NONE)
        self._senders = _renumber(table, SENDER, self._senders)
        self._clocks = _renumber(table, CLOCK, self._clocks)
        rows = row.tolist()
        self._places = {place: rows[at] for place, at in self._places.items() if rows[at] >= 0}
        self._origins = {rows[at]: place for at, place in self._origins.items() if rows[at] >= 0}
        self._transactions.moved(rows)
        self._steps = {rows[at]: step for at, step in self._steps.items() if rows[at] >= 0}
        self._table = table


def _newest(rows: Flags, count: int) -> Flags:
    """The last so many of some rows."""
    late: Flags = rows.sum() - np.cumsum(rows) < count
    return rows & late


def _carried(table: Ints, keep: Flags) -> Ints:
    """The table with what was missed before forgotten rows told by the next row of their channel that stays.

    What was missed before the first one that stays is forgotten too.
    """
    if not table[:, MISSED].any():
        return table
    order = np.argsort(table[:, CHANNEL], kind="stable")
    stays = order[keep[order]]
    missed = np.cumsum(table[order, MISSED])[keep[order]]
    same = np.diff(table[stays, CHANNEL], prepend=NONE) == 0
    table[stays, MISSED] = np.where(same, np.diff(missed, prepend=0), 0)
    return table


def _renumber(table: Ints, column: int, names: dict[Name, int]) -> dict[Name, int]:
    """Number what is left in a column anew, without gaps, `NONE` staying; gives the names that are left."""
    used, codes = np.unique(table[:, column], return_inverse=True)
    shift = int(len(used) > 0 and used[0] == NONE)
    table[:, column] = codes - shift
    new = {old: at - shift for at, old in enumerate(used.tolist())}
    return {name: new[old] for name, old in names.items() if old in new}
