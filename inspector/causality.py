"""Which record caused which, remembered for some minutes and asked for channel by channel.

A link from a record back to its cause is believed on four grounds, the first three being proof:

- the record names the event that caused it, and that event lies on the other channel;
- the record names the position that it was copied from (dead letters);
- the record counts the steps of its flow, and one record alone stands at the step before (Rebus);
- nothing on its channel names causes, and the other channel holds an earlier record of the same flow
  (trace, conversation, correlation, or the same event forwarded): strong, 0.8, no proof.

Keys and timing alone link nothing. Links are found when asked for, so the order in which channels are read
does not matter. Records that a replay sent are not kept, and what it caused is not held to be caused by
the original, though both have the same event id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from graph.identity import ApplicationId, ChannelId
from graph.lineage import Flags, Ints
from graph.model import Alias
from inspector.observation import RecordsSeen
from inspector.record import Position
from inspector.traits import Traits

CAPACITY = 50_000
"""Records remembered."""
AGE_NS = 600_000_000_000
"""How long they are remembered."""
_BUFFER = 2_048
_GAPS = 10_000
_END_OF_TIME = 2**62
"""A sender that takes microseconds for milliseconds is far beyond; such a record tells nothing of time."""

_CHANNEL, _TIME, _EVENT, _PARENT, _FLOW, _SENDER, _ORIGIN = range(7)
_COLUMNS = 7


class Links(NamedTuple):
    """Records of one channel and the records of another that caused them, as parallel row numbers."""

    child: Ints
    parent: Ints
    proven: Flags
    """False where only a flow that both share says so."""


class Causality:
    """The memory. Rows are numbered in the order of arrival until `settle` forgets some."""

    def __init__(self, capacity: int = CAPACITY, age_ns: int = AGE_NS) -> None:
        self._capacity = capacity
        self._age_ns = age_ns
        self._table = np.empty((0, _COLUMNS), np.int64)
        self._fresh: list[tuple[int, ...]] = []
        self._ids: dict[str, int] = {}
        self._channels: dict[ChannelId, int] = {}
        self._senders: dict[Alias, int] = {}
        self._places: dict[tuple[int, Position], int] = {}
        self._origins: dict[int, tuple[ChannelId, Position]] = {}
        self._steps: dict[int, tuple[str, int]] = {}
        """Flow and step of rows that count them."""
        self._replayed: dict[int, int] = {}
        self._read: set[int] = set()
        self._newest_ns = 0
        self._skipped: list[tuple[int, int, int]] = []
        """Channel, when, and how many were not read."""

    def fold(self, seen: RecordsSeen, traits: Sequence[Traits]) -> None:
        """Remember records; `traits` are theirs, in the same order. One seen before changes nothing."""
        channel = self._channels.setdefault(seen.channel, len(self._channels))
        if seen.skipped and channel in self._read:  # before its first record nothing is remembered anyway
            self._skipped.append((channel, self._newest_ns, seen.skipped))
        if seen.records:
            self._read.add(channel)
            self._newest_ns = max(self._newest_ns, min(seen.records[-1].timestamp_ns, _END_OF_TIME))
        for record, said in zip(seen.records, traits, strict=True):
            place = (channel, record.position)
            time = record.timestamp_ns
            if place in self._places or not 0 <= time < _END_OF_TIME:
                continue
            event = self._intern(said.event_id)
            parent = self._intern(said.parent_id)
            if said.replay_id is not None:
                if event >= 0:
                    self._replayed[event] = min(time, self._replayed.get(event, time))
                continue
            if self._replayed and parent >= 0 and time >= self._replayed.get(parent, time + 1):
                parent = -1
            row = len(self._table) + len(self._fresh)
            self._places[place] = row
            flow = -1
            if said.origin is not None:
                parent = -1
                self._remember_origin(row, seen.channel, said.origin)
            else:
                if said.step is not None and said.flow_id is not None:
                    self._steps[row] = (said.flow_id, said.step)
                    parent = -1 if said.step == 1 and said.parent_id == said.flow_id else parent
                if parent < 0:
                    flow = self._intern(said.flow_id or said.event_id)
            sender = -1 if said.sender is None else self._senders.setdefault(said.sender, len(self._senders))
            self._fresh.append((channel, time, event, parent, flow, sender, -1))
        if len(self._fresh) >= _BUFFER:
            self._flush()
            if len(self._table) > 2 * self._capacity:
                self._keep(np.arange(len(self._table)) >= len(self._table) - self._capacity)

    def settle(self, now_ns: int, wanted: Collection[ChannelId]) -> Window:
        """What is remembered now. Of too much, what is on channels that are not wanted goes first."""
        self._flush()
        time = self._table[:, _TIME]
        young = time >= now_ns - self._age_ns
        if len(time) > self._capacity:
            numbers = [self._channels[channel] for channel in wanted if channel in self._channels]
            first = np.isin(self._table[:, _CHANNEL], numbers)
            kept = _newest(young & first, self._capacity // 2)
            self._keep(kept | _newest(young & ~first, self._capacity * 3 // 4 - int(kept.sum())))
        elif len(time) - int(young.sum()) > len(time) // 8:
            self._keep(young)
        for row, place in list(self._origins.items()):
            found = self._places.get((self._channels.get(place[0], -1), place[1]))
            if found is not None:
                self._table[row, _ORIGIN] = found
                del self._origins[row]
        self._link_steps()
        return Window(self._table, dict(self._channels), dict(self._senders), len(self._ids), self._skipped)

    def _intern(self, text: str | None) -> int:
        return -1 if text is None else self._ids.setdefault(text, len(self._ids))

    def _remember_origin(self, row: int, channel: ChannelId, origin: str) -> None:
        name, _, numbers = origin.rpartition("/")
        name, _, partition = name.rpartition("/")
        if name and partition.isdecimal() and numbers.isdecimal():
            place = Position(int(partition), int(numbers))
            self._origins[row] = (msgspec.structs.replace(channel, name=name), place)

    def _link_steps(self) -> None:
        """The cause of a record that names none is the one at the step before, if there is only one."""
        at_step: dict[tuple[str, int], int] = {}
        for row, counted in self._steps.items():
            at_step[counted] = row if counted not in at_step else -1
        for row, (flow, step) in self._steps.items():
            if self._table[row, _PARENT] < 0:
                self._table[row, _ORIGIN] = at_step.get((flow, step - 1), -1)

    def _flush(self) -> None:
        if self._fresh:
            self._table = np.concatenate((self._table, np.array(self._fresh, np.int64)))
            self._fresh.clear()

    def _keep(self, keep: Flags) -> None:
        row = np.where(keep, np.cumsum(keep) - 1, -1)
        table = self._table[keep]
        origin = table[:, _ORIGIN]
        table[:, _ORIGIN] = np.where(origin >= 0, row[origin], -1)
        new = _renumber(table, (_EVENT, _PARENT, _FLOW))
        self._ids = {text: new[old] for text, old in self._ids.items() if old in new}
        self._replayed = {new[event]: time for event, time in self._replayed.items() if event in new}
        new = _renumber(table, (_SENDER,))
        self._senders = {alias: new[old] for alias, old in self._senders.items() if old in new}
        rows = row.tolist()
        self._places = {place: rows[at] for place, at in self._places.items() if rows[at] >= 0}
        self._origins = {rows[at]: place for at, place in self._origins.items() if rows[at] >= 0}
        self._steps = {rows[at]: step for at, step in self._steps.items() if rows[at] >= 0}
        since = int(table[:, _TIME].min()) if len(table) else self._newest_ns
        self._skipped = [gap for gap in self._skipped if gap[1] >= since][-_GAPS:]
        self._table = table


def _newest(rows: Flags, count: int) -> Flags:
    """The last so many of some rows."""
    late: Flags = rows.sum() - np.cumsum(rows) < count
    return rows & late


def _renumber(table: Ints, columns: tuple[int, ...]) -> dict[int, int]:
    """Number what is left in some columns anew, without gaps, -1 staying; gives new numbers by old."""
    used, codes = np.unique(table[:, columns], return_inverse=True)
    shift = int(len(used) > 0 and used[0] == -1)
    table[:, columns] = codes.reshape(-1, len(columns)) - shift
    return {old: at - shift for at, old in enumerate(used.tolist())}


class Window:
    """What is remembered at one moment; links that were asked for once are kept."""

    def __init__(
        self,
        table: Ints,
        channels: dict[ChannelId, int],
        senders: dict[Alias, int],
        ids: int,
        skipped: Sequence[tuple[int, int, int]],
    ) -> None:
        self.time = table[:, _TIME]
        self.channel, self._event, self._parent = table[:, _CHANNEL], table[:, _EVENT], table[:, _PARENT]
        self._flow, self._sender, self._origin = table[:, _FLOW], table[:, _SENDER], table[:, _ORIGIN]
        self.channels = list(channels)
        """By the numbers in `channel`."""
        self._channels = channels
        self._senders = senders
        self._ids = ids
        self._skipped = skipped
        self._order = np.argsort(self.channel, kind="stable")
        self._starts = np.searchsorted(self.channel[self._order], np.arange(len(channels) + 1))
        self._links: dict[tuple[ChannelId, ChannelId], Links] = {}

    def __len__(self) -> int:
        return len(self.time)

    def rows(self, channel: ChannelId) -> Ints:
        """The records of a channel, in the order of arrival."""
        number = self._channels.get(channel)
        if number is None:
            return self._order[:0]
        return self._order[self._starts[number] : self._starts[number + 1]]

    def seen_share(self, channel: ChannelId, since_ns: int) -> float:
        """How many of a channel's records were read since then, 0 to 1; the rest went over the budget."""
        number = self._channels.get(channel)
        missed = sum(count for where, at, count in self._skipped if where == number and at >= since_ns)
        read = int((self.time[self.rows(channel)] >= since_ns).sum())
        return read / (read + missed) if missed else 1.0

    def newest_ns(self) -> int:
        """Time of the newest record; 0 where there is none."""
        return int(self.time.max()) if len(self.time) else 0

    def caused(self) -> tuple[Ints, Ints]:
        """Every record with a proven cause on any channel, and that cause."""
        parent = np.where(self._origin >= 0, self._origin, self._first_by_event(self._order)[self._parent])
        child = np.flatnonzero(parent >= 0)
        return child, parent[child]

    def sent_by(self, owner: Mapping[Alias, ApplicationId]) -> tuple[list[ApplicationId], Ints]:
        """The applications that sent records, and which of them sent each; -1 where that is not known."""
        numbers: dict[ApplicationId, int] = {}
        by = np.full(len(self._senders) + 1, -1, np.int64)  # the last place answers for -1, no sender
        for alias, at in self._senders.items():
            if alias in owner:
                by[at] = numbers.setdefault(owner[alias], len(numbers))
        return list(numbers), by[self._sender]

    def links(self, cause: ChannelId, effect: ChannelId) -> Links:
        """All links from records on `effect` to records on `cause`, at most one for each."""
        found = self._links.get((cause, effect))
        if found is None:
            found = self._links[cause, effect] = self._find(cause, effect)
        return found

    def _first_by_event(self, rows: Ints) -> Ints:
        """The row of each event id among `rows`; of a repeated event the first."""
        first = np.full(self._ids + 1, -1, np.int64)  # the last place answers for -1, no id
        named = rows[self._event[rows] >= 0][::-1]
        first[self._event[named]] = named
        return first

    def _find(self, cause: ChannelId, effect: ChannelId) -> Links:
        children = self.rows(effect)
        parent = np.full(len(children), -1, np.int64)
        proven = np.ones(len(children), np.bool_)
        causes = self.rows(cause)
        if len(children) and len(causes):
            wanted = self._parent[children]
            parent = self._first_by_event(causes)[wanted]
            origin = self._origin[children]
            copied = (origin >= 0) & (self.channel[origin] == self.channel[causes[0]])
            parent = np.where(copied, origin, parent)
            parent[parent == children] = -1
            if cause != effect and not (wanted >= 0).any():
                by_flow = (parent < 0) & (self._flow[children] >= 0)
                parent[by_flow] = self._latest_of_flow(causes, children[by_flow])
                proven = ~by_flow
        linked = parent >= 0
        return Links(children[linked], parent[linked], proven[linked])

    def _latest_of_flow(self, causes: Ints, children: Ints) -> Ints:
        """For each child the newest record of the same flow among `causes` that is strictly older."""
        causes = causes[self._flow[causes] >= 0]
        both = np.concatenate((children, causes))
        is_cause = np.arange(len(both)) >= len(children)
        order = np.lexsort((is_cause, self.time[both], self._flow[both]))
        last = np.maximum.accumulate(np.where(is_cause[order], np.arange(len(both)), -1))
        latest = np.empty(len(both), np.int64)
        latest[order] = np.where(last >= 0, both[order[last]], -1)
        latest = latest[: len(children)]
        same = (latest >= 0) & (self._flow[latest] == self._flow[children])
        return np.where(same, latest, -1)
