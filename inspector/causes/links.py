"""Remembered records at one moment, and which of them caused which, each link with its grade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from graph.branching.clocks import log_times
from graph.branching.lineage import Flags, Ints
from graph.branching.reading import Lane
from graph.identity import ApplicationId, ChannelId
from graph.model import Alias, LinkGrade
from inspector.record import Position

GRADES = tuple(LinkGrade)
"""By number, the strongest first."""
POINTER, POSITION, COUNTER, TRANSACTION, FLOW = range(len(GRADES))
UNLINKED = len(GRADES)
"""Weaker than any grade."""
NONE = -1
"""Where a record says nothing; no hash of an id is that."""

(
    CHANNEL,
    PARTITION,
    OFFSET,
    TIME,
    CLOCK,
    SENDER,
    EVENT,
    PARENT,
    FLOW_ID,
    ORIGIN,
    GROUND,
    COPIED,
    ROOT,
    KIND,
    BODY,
    ATTEMPT,
    REPLY,
    REPLAYED,
    MISSED,
) = range(19)
COLUMNS = 19
"""Of the table of records: numbers, and hashes of ids, types and bodies. `ORIGIN` is the row of the cause
that a position, a counter or a transaction tells, `GROUND` which of them; `COPIED` 1 for a copy of a record
of the same channel, 0 of another's; `ROOT` the number of its flow; `REPLY` the name of the channel where an
answer is waited for; `MISSED` how many records of the channel were not read since the one before."""

_END_OF_TIME = 2**62


class Links(NamedTuple):
    """Records of one channel and the records of another that caused them, as parallel arrays."""

    child: Ints
    """Rows, ascending."""
    parent: Ints
    grade: Ints

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """The cause of each of some rows, and the grade of that; `NONE` and `UNLINKED` without one."""
        if not len(self.child):
            return np.full(len(rows), NONE), np.full(len(rows), UNLINKED)
        at = np.minimum(np.searchsorted(self.child, rows), len(self.child) - 1)
        linked = self.child[at] == rows
        return np.where(linked, self.parent[at], NONE), np.where(linked, self.grade[at], UNLINKED)

    def only(self, which: Flags) -> Links:
        """Some of them."""
        return Links(self.child[which], self.parent[which], self.grade[which])


class Names(NamedTuple):
    """What the numbers in a table stand for."""

    channels: dict[ChannelId, int]
    senders: dict[Alias, int]


class Sample(NamedTuple):
    """Which flows are remembered: one in so many, and those that had grown large by then."""

    one_in: int = 1
    large: Ints = np.empty(0, np.int64)


class Window:
    """What is remembered at one moment; links that were asked for once are kept."""

    def __init__(
        self,
        table: Ints,
        names: Names,
        behind: Mapping[int, int],
        sample: Sample,
    ) -> None:
        self.table = table = np.asfortranarray(table)  # columns are asked for, one at a time
        self.oldest_ns = int(table[:, TIME].min(initial=_END_OF_TIME))
        """Time of the oldest record, by the clock of its sender."""
        self.channel = table[:, CHANNEL]
        lane = self.channel * (int(table[:, PARTITION].max(initial=0)) + 1) + table[:, PARTITION]
        self.time = log_times(table[:, TIME], table[:, CLOCK], lane)
        """When each record lay on the log, by one clock for all."""
        self.channels = list(names.channels)
        """By the numbers in `channel`."""
        self.sample = sample
        self._names = names
        self._behind = behind
        self._order = np.argsort(self.channel, kind="stable")
        self._starts = np.searchsorted(self.channel[self._order], np.arange(len(names.channels) + 1))
        self._links: dict[tuple[ChannelId, ChannelId], Links] = {}
        self._replays = np.flatnonzero(table[:, REPLAYED])
        self._tries = bool((table[:, ATTEMPT] > 0).any())
        self._firsts, self._shared = _firsts(table, np.arange(len(table)))
        self._called = self._named(np.arange(len(table)), self._firsts)
        """The row of the event that each record names as its cause, on whatever channel it came first."""
        origin = table[:, ORIGIN]
        self._everywhere = np.where(origin != NONE, origin, self._called)
        self.replayed = self._find_replayed()
        """Whether a record was sent by a replay, or caused by one that was."""

    def __len__(self) -> int:
        return len(self.time)

    def rows(self, channel: ChannelId) -> Ints:
        """The records of a channel, in the order of arrival."""
        number = self._names.channels.get(channel)
        if number is None:
            return self._order[:0]
        return self._order[self._starts[number] : self._starts[number + 1]]

    def place(self, row: int) -> tuple[ChannelId, Position]:
        """Where a record lies."""
        number, partition, offset = self.table[row, [CHANNEL, PARTITION, OFFSET]].tolist()
        return self.channels[number], Position(partition, offset)

    def gaps(self, channel: ChannelId) -> int:
        """How many of a channel's records were not read between those that were."""
        lane = self.lane(channel)
        return int(lane.missed.sum()) + lane.behind

    def lane(self, channel: ChannelId) -> Lane:
        """What was read of a channel and what was not, as far as whole flows of it are remembered."""
        rows, one_in = self.rows(channel), self.sample.one_in
        behind = self._behind.get(self._names.channels.get(channel, NONE), 0)
        missed = np.diff(np.cumsum(self.table[rows, MISSED]) // one_in, prepend=0)
        return Lane(self.time[rows], missed, behind // one_in)

    def weight(self, rows: Ints) -> Ints:
        """For how many records each one stands, as only some flows are remembered."""
        large = np.isin(self.table[rows, ROOT], self.sample.large)
        return np.where(large, 1, self.sample.one_in)

    def newest_ns(self) -> int:
        """Time of the newest record; 0 where there is none."""
        return int(self.time.max()) if len(self.time) else 0

    def caused(self) -> tuple[Ints, Ints]:
        """Every record with a proven cause on any channel, and that cause; nothing that a replay set off."""
        parent = self._everywhere
        child = np.flatnonzero((parent != NONE) & ~self.replayed)
        return child, parent[child]

    def sent_by(self, owner: Mapping[Alias, ApplicationId]) -> tuple[list[ApplicationId], Ints]:
        """The applications that sent records, and which of them sent each; -1 where that is not known."""
        numbers: dict[ApplicationId, int] = {}
        by = np.full(len(self._names.senders) + 1, NONE, np.int64)  # the last place answers for no sender
        for alias, at in self._names.senders.items():
            if alias in owner:
                by[at] = numbers.setdefault(owner[alias], len(numbers))
        return list(numbers), by[self.table[:, SENDER]]

    def links(self, cause: ChannelId, effect: ChannelId) -> Links:
        """All links from records on `effect` to records on `cause`, at most one for each."""
        found = self._links.get((cause, effect))
        if found is None:
            found = self._links[cause, effect] = self._find(cause, effect)
        return found

    def _find(self, cause: ChannelId, effect: ChannelId) -> Links:
        table, children, causes = self.table, self.rows(effect), self.rows(cause)
        if not len(children) or not len(causes):
            return Links(children[:0], children[:0], children[:0])
        named = np.isin(table[children, SENDER], table[children[table[children, PARENT] != NONE], SENDER])
        parent = self._called[children]
        elsewhere = (parent != NONE) & (table[parent, CHANNEL] != table[causes[0], CHANNEL])
        if elsewhere.any():
            parent[elsewhere] = NONE
            if self._shared.any():
                parent[elsewhere] = self._named(children[elsewhere], _firsts(table, causes)[0])
                parent[table[parent, CHANNEL] != table[causes[0], CHANNEL]] = NONE
        grade = np.where(parent != NONE, POINTER, UNLINKED)
        origin = table[children, ORIGIN]
        told = (origin != NONE) & (origin != children)
        told &= table[origin, CHANNEL] == table[causes[0], CHANNEL]
        parent, grade = np.where(told, origin, parent), np.where(told, table[children, GROUND], grade)
        unlinked = (parent == NONE) & (table[children, COPIED] != 0)
        again = unlinked & self._shared[children]
        # Who names causes and sends the same event to two channels did not make one of the other.
        again &= ~named | self._came_again(children)
        flow = unlinked & ~named & (table[children, FLOW_ID] != NONE) & (cause != effect)
        parent[flow] = self._latest(causes, children[flow], FLOW_ID, FLOW_ID)
        if again.any():
            same = np.full(len(children), NONE)
            same[again] = self._latest(causes, children[again], EVENT, EVENT)
            same[self._differ(SENDER, same, children) & self._differ(KIND, same, children)] = NONE
            parent = np.where(same != NONE, same, parent)
        by_flow = (grade == UNLINKED) & (parent != NONE)
        grade[by_flow] = np.where(self._counted(parent[by_flow], children[by_flow]), COUNTER, FLOW)
        linked = grade < UNLINKED if cause != effect else grade < FLOW
        return Links(children[linked], parent[linked], grade[linked])

    def _named(self, children: Ints, first: tuple[Ints, Ints]) -> Ints:
        """The row of the event that each of some records names as its cause.

        Once the event was sent again by a replay, what names it is held to come from that.
        """
        wanted = self.table[children, PARENT]
        events, rows = first
        found = np.full(len(children), NONE)
        if len(events):
            at = np.minimum(np.searchsorted(events, wanted), len(events) - 1)
            found = np.where((events[at] == wanted) & (wanted != NONE), rows[at], NONE)
        if len(self._replays):
            again = self._latest(self._replays, children, EVENT, PARENT)
            found = np.where(again != NONE, again, found)
        found[found == children] = NONE
        return found

    def _find_replayed(self) -> Flags:
        marked: Flags = self.table[:, REPLAYED] != 0
        if not len(self._replays):
            return marked
        parent = self._everywhere
        # Of its flow may be caused by it whatever comes later and names no cause.
        loose = np.flatnonzero(parent == NONE)
        marked[loose] |= self._latest(self._replays, loose, FLOW_ID, FLOW_ID) != NONE
        up = np.where(parent != NONE, parent, np.arange(len(parent)))
        for _ in range(len(up).bit_length()):
            marked |= marked[up]
            up = up[up]
        return marked

    def _came_again(self, children: Ints) -> Flags:
        """Which records have an event that was on their channel before."""
        again = self._shared[children]
        if again.any():
            _, first = np.unique(self.table[children, EVENT], return_index=True)
            again[first] = False
        return again

    def _counted(self, parent: Ints, child: Ints) -> Flags:
        """Where the same event, or the same content, says that it has been tried once more."""
        return self.tried_again(parent, child) & (
            self.same(EVENT, parent, child) | self.same(BODY, parent, child)
        )

    def same(self, column: int, one: Ints, other: Ints) -> Flags:
        """Where two records say the same in a column, and say something."""
        said = self.table[:, column][one]
        same: Flags = (said == self.table[:, column][other]) & (said != NONE)
        return same

    def _differ(self, column: int, one: Ints, other: Ints) -> Flags:
        """Where two records both say something in a column, and not the same."""
        said, also = self.table[:, column][one], self.table[:, column][other]
        differ: Flags = (said != also) & (said != NONE) & (also != NONE)
        return differ

    def tried_again(self, before: Ints, after: Ints) -> Flags:
        """Where a record counts more tries than one before it."""
        tries = self.table[:, ATTEMPT]
        if not self._tries:
            return np.zeros(len(after), np.bool_)
        more: Flags = tries[after] > np.maximum(tries[before], 0)
        return more

    def _latest(self, causes: Ints, children: Ints, has: int, names: int) -> Ints:
        """For each child the newest older one of `causes` that has in one column what it names in another."""
        if not len(children):
            return children
        causes = causes[self.table[causes, has] != NONE]
        wanted = self.table[children, names]
        both = np.concatenate((children, causes))
        is_cause = np.arange(len(both)) >= len(children)
        key = np.concatenate((wanted, self.table[causes, has]))
        order = np.lexsort((is_cause, self.time[both], key))
        last = np.maximum.accumulate(np.where(is_cause[order], np.arange(len(both)), NONE))
        latest = np.empty(len(both), np.int64)
        latest[order] = np.where(last >= 0, both[order[last]], NONE)
        latest = latest[: len(children)]
        same = (latest != NONE) & (self.table[latest, has] == wanted)
        return np.where(same, latest, NONE)


def _firsts(table: Ints, rows: Ints) -> tuple[tuple[Ints, Ints], Flags]:
    """The events of some rows, sorted, each with the first row that has it and was sent by no replay; and
    for each of the rows whether another one has the same event.
    """
    shared = np.zeros(len(rows), np.bool_)
    mine = np.flatnonzero((table[rows, EVENT] != NONE) & (table[rows, REPLAYED] == 0))
    order = mine[np.argsort(table[rows[mine], EVENT], kind="stable")]
    event = table[rows[order], EVENT]
    begins = np.append(True, event[1:] != event[:-1])[: len(event)]
    shared[order] = ~(begins & np.append(begins[1:], True)[: len(event)])
    return (event[begins], rows[order[begins]]), shared
