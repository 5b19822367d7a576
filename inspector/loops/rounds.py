"""The ways that records took once round a loop: its path walked backwards through the remembered links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from graph.branching.lineage import Flags, Ints, Lineage
from graph.branching.reading import Reading, reading
from graph.identity import ApplicationId, ChannelId, RouteId, RouteKind
from graph.loops.cycles import LoopPath
from graph.model import Alias
from inspector.causes.links import EVENT, FLOW, NONE, UNLINKED, Links, Window


@dataclass(frozen=True)
class Hop:
    """From one channel of a loop to the next, through an application or by a route."""

    cause: ChannelId
    effect: ChannelId
    application: ApplicationId | None


def hops_of(path: LoopPath) -> tuple[Hop, ...]:
    """The hops of a path, the first one from its entry channel, the last one back to it."""
    hops: list[Hop] = []
    cause, application = path.hops[0], None
    for node in (*path.hops[1:], path.hops[0]):
        if isinstance(node, ApplicationId):
            application = node
        else:
            assert isinstance(cause, ChannelId)
            hops.append(Hop(cause, node, application))
            cause, application = node, None
    return tuple(hops)


def joined_hops(path: LoopPath) -> tuple[Hop, ...]:
    """The same with the channels left out that are bound to one before them, as queues are to an exchange:
    what they hold was read there."""
    bound = {
        (e.source, e.target) for e in path.edges if isinstance(e, RouteId) and e.kind is RouteKind.BINDING
    }
    hops = hops_of(path)
    begins = next(
        (at for at in range(len(hops)) if (hops[at - 1].cause, hops[at - 1].effect) not in bound), 0
    )
    joined: list[Hop] = []
    cause: ChannelId | None = None
    for hop in hops[begins:] + hops[:begins]:
        cause = cause or hop.cause
        if (hop.cause, hop.effect) not in bound:
            joined.append(Hop(cause, hop.effect, hop.application))
            cause = None
    return tuple(joined)


@dataclass(frozen=True)
class Round:
    """The records on one channel of a loop, and how each came round."""

    hops: tuple[Hop, ...]
    """The way that they came, from that channel on."""
    entry: Ints
    """Their rows, in the order of arrival."""
    lineage: Lineage
    grade: Ints
    """Of the weakest link on each record's way round; `UNLINKED` where it did not come round."""
    again: Flags
    """Records whose event was on the channel before, although nothing is known to have caused it to come."""

    @property
    def came(self) -> Ints:
        """The rows of the records that came round."""
        return self.entry[self.lineage.children]

    @property
    def before(self) -> Ints:
        """For each of `came` the one that it came from."""
        return self.entry[self.lineage.parent[self.lineage.children]]

    @property
    def grades(self) -> Ints:
        """Parallel to `came`."""
        return self.grade[self.lineage.children]


class Evidence:
    """Links between records with the applications that made them: one moment, shared by all loops."""

    def __init__(self, window: Window, owner: Mapping[Alias, ApplicationId], horizon_ns: int) -> None:
        self.window = window
        self.horizon_ns = horizon_ns
        """Every record before it has been seen, but for those that were passed over."""
        self.applications, self.by = window.sent_by(owner)
        """Who sent records, and which of them each; `NONE` where that is not known."""
        self._number = {application: at for at, application in enumerate(self.applications)}
        self._links: dict[Hop, Links] = {}
        self._read: dict[ChannelId, Reading | None] = {}

    def links(self, hop: Hop) -> Links:
        """The links over a hop: records that another application is known to have sent are left out."""
        found = self._links.get(hop)
        if found is None:
            found = self.window.links(hop.cause, hop.effect)
            if hop.application is not None:
                by = self.by[found.child]
                found = found.only((by == self._number.get(hop.application, NONE)) | (by == NONE))
            self._links[hop] = found
        return found

    def latencies_ns(self, hop: Hop) -> Ints:
        """Time between cause and effect of each link over a hop."""
        links = self.links(hop)
        return self.window.time[links.child] - self.window.time[links.parent]

    def read(self, hops: Sequence[Hop]) -> Reading | None:
        """Over time, the share of ways along some hops of which all records after the first were read."""
        way: Reading | None = None
        for hop in hops:
            here = self._read_of(hop.effect)
            if way is not None:
                here = here or replace(way, share=np.ones_like(way.share))
                here = here.then(way, self.latencies_ns(hop))
            way = here
        return way

    def _read_of(self, channel: ChannelId) -> Reading | None:
        if channel not in self._read:
            lane = self.window.lane(channel)
            since_ns = int(self.window.time.min(initial=self.horizon_ns))
            self._read[channel] = reading([lane], since_ns, self.horizon_ns)
        return self._read[channel]

    def once_round(self, hops: tuple[Hop, ...], *, forwards: bool, replays: bool) -> Round | None:
        """How records came round; None where there is none over one of the hops.

        `forwards` says that the same event may come back, as it does by routes and where it is tried again:
        elsewhere one that nobody is known to have sent again is a redelivery, and has not come round.
        `replays` counts what replays set off.
        """
        window = self.window
        entry = window.rows(hops[0].cause)
        if not replays:
            entry = entry[~window.replayed[entry]]
        row, grade = entry, np.zeros(len(entry), np.int64)
        for hop in reversed(hops):
            links = self.links(hop)
            if not len(links.child):
                return None
            row, one = links.of(row)
            grade = np.maximum(grade, one)
        at = np.minimum(np.searchsorted(entry, row), len(entry) - 1)
        parent = np.where((row != NONE) & (entry[at] == row), at, NONE)
        again = np.zeros(len(entry), np.bool_)
        if not forwards:
            event = window.table[entry, EVENT]
            again = (grade == FLOW) & (parent != NONE) & (event != NONE) & (event == event[parent])
            again &= self.by[entry] == NONE
            parent[again] = NONE
        grade[parent == NONE] = UNLINKED
        return Round(hops, entry, Lineage(window.time[entry], parent), grade, again)
