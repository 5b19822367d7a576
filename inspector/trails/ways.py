"""The ways that a graph knows from channel to channel: who may have made a record, out of what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from graph.identity import Action, ApplicationId, ChannelId, EdgeId, OperationId, RouteId
from graph.model import Alias, ApplicationKind, DependencyGraph, LinkGrade
from inspector.record import Position


class Hop(NamedTuple):
    """Who took a record in and sent the next one."""

    application: ApplicationId | None
    """None where that is not known, or where a route moved it."""
    possible: tuple[ApplicationId, ...]
    """All who may have, where it is not known; empty where nobody is known to receive the one and send the
    other."""
    edges: tuple[EdgeId, ...]
    """What of the graph it goes along; empty where the graph does not have it."""
    routed: bool = False
    """Whether no application made it: the broker, or a program that only forwards, moved it."""


Place = tuple[ChannelId, Position]


class Ways:
    """A graph, asked for its ways."""

    def __init__(self, graph: DependencyGraph) -> None:
        self.graph = graph
        self.owners = {alias: app.id for app in graph.applications.values() for alias in app.aliases}
        self._receives: dict[ApplicationId, set[ChannelId]] = defaultdict(set)
        self._senders: dict[ChannelId, set[ApplicationId]] = defaultdict(set)
        self._routes: dict[ChannelId, dict[ChannelId, RouteId]] = defaultdict(dict)
        for key in graph.operations:
            if key.action is Action.RECEIVE:
                self._receives[key.application].add(key.channel)
            else:
                self._senders[key.channel].add(key.application)
        for route in graph.routes:
            self._routes[route.target][route.source] = route
        self._fed = self._feeders()
        self.committed = dict(_committed(graph))
        """By the place of a record that of the one which was committed as read in its transaction, as far as
        the log of commits was read and a sample of a loop tells it: a capture does not hold commits."""

    def owner(self, sender: Alias | None) -> ApplicationId | None:
        """The application that was seen under a name."""
        return None if sender is None else self.owners.get(sender)

    def sender(self, channel: ChannelId, sender: Alias | None) -> ApplicationId | None:
        """Who sent a record: whom it names, else the only one known to send to its channel."""
        named = self.owner(sender)
        known = self._senders.get(channel, set())
        return next(iter(known)) if named is None and sender is None and len(known) == 1 else named

    def receivers(self, channel: ChannelId) -> tuple[ApplicationId, ...]:
        """Who is known to receive from a channel."""
        return self._fed.get(channel, ())

    def targets(self, channel: ChannelId) -> tuple[ChannelId, ...]:
        """Where routes move records of a channel."""
        return tuple(target for target, sources in self._routes.items() if channel in sources)

    def sources(self, channel: ChannelId, sender: Alias | None) -> frozenset[ChannelId] | None:
        """The channels whose records may have caused one that a sender put on a channel; None for any.

        Where the graph does not know who sends to the channel it knows of no way that is not there either.
        """
        routed = frozenset(self._routes.get(channel, ()))
        named = self.owner(sender)
        if named is not None:
            return routed | self._receives.get(named, set())
        senders = self._senders.get(channel, set()) if sender is None else set()
        if any(self._nameless(each) for each in senders):
            return None
        if not senders:
            return routed or None
        return routed.union(*(self._receives.get(each, set()) for each in senders))

    def hop(self, cause: ChannelId, effect: ChannelId, sender: Alias | None) -> Hop:
        """Who took a record from one channel and put the next on another."""
        named = self.owner(sender)
        if named is not None:
            return Hop(named, (), self._edges(cause, named, effect))
        senders = self._senders.get(effect, set())
        possible = tuple(
            sorted(each for each in senders if each in self.receivers(cause) or self._nameless(each))
        )
        route = self._routes.get(effect, {}).get(cause)
        if len(possible) == 1 and sender is None:
            return Hop(possible[0], (), self._edges(cause, possible[0], effect))
        if route is not None and not possible:
            return Hop(None, (), (route,), routed=True)
        return Hop(None, possible, ())

    def _nameless(self, application: ApplicationId) -> bool:
        """Whether it is not known who that is, and so neither what it receives."""
        return self.graph.applications[application].kind is ApplicationKind.UNATTRIBUTED

    def sent(self, application: ApplicationId | None, channel: ChannelId) -> tuple[EdgeId, ...]:
        """The edge along which an application sends to a channel, where the graph has it."""
        if application is None:
            return ()
        key = OperationId(application, Action.SEND, channel)
        return (key,) if key in self.graph.operations else ()

    def _edges(self, cause: ChannelId, by: ApplicationId, effect: ChannelId) -> tuple[EdgeId, ...]:
        received = OperationId(by, Action.RECEIVE, cause)
        taken = (received,) if received in self.graph.operations else ()
        return taken + self.sent(by, effect)

    def _feeders(self) -> dict[ChannelId, tuple[ApplicationId, ...]]:
        found: dict[ChannelId, list[ApplicationId]] = defaultdict(list)
        for application, channels in self._receives.items():
            for channel in channels:
                found[channel].append(application)
        return {channel: tuple(sorted(who)) for channel, who in found.items()}


def _committed(graph: DependencyGraph) -> Iterator[tuple[Place, Place]]:
    for loop in graph.loops.values():
        for cause, step in pairwise(loop.trail):
            if step.grade is LinkGrade.TRANSACTION:
                yield (
                    (step.channel, Position(step.partition, step.offset)),
                    (cause.channel, Position(cause.partition, cause.offset)),
                )
