"""Whom a record touches that is put on a channel: who receives it, what they send then, and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from graph.identity import Action, ApplicationId, ChannelId
from graph.model import DependencyGraph, FeedbackLoop, Operation


class Branch(NamedTuple):
    """An application that receives from one channel and sends to another."""

    cause: ChannelId
    application: ApplicationId
    effect: ChannelId


Measured = Callable[[Branch], float | None]
"""Records that one record causes along a branch, where that was measured."""


class Touched(NamedTuple):
    """An application that the record, or one caused by it, reaches."""

    application: ApplicationId
    received_from: ChannelId
    hops: int
    """Applications between the record and this one."""
    confidence: float
    """That of all operations on the surest of the shortest ways."""
    sends: tuple[tuple[ChannelId, float], ...]
    """Expected records per channel."""


@dataclass(frozen=True)
class Reach:
    """Where a record goes on to."""

    steps: tuple[Touched, ...]
    """Nearest first."""
    loops: tuple[FeedbackLoop, ...]
    """Loops that it enters, in the order of their ids."""
    leaves: tuple[ChannelId, ...]
    """Channels on the way that nobody known receives."""


def find_reach(graph: DependencyGraph, start: ChannelId, measured: Measured = lambda branch: None) -> Reach:
    """All that one record on `start` touches.

    Expected numbers are added up over all ways that close no loop: once round, and not again. Where
    branching was not measured it is what the application sends per record that it receives, by their
    rates, and 1 where those are not known.
    """
    web = _Web(graph)
    hops, confidence = _spread(web, start)
    expected: dict[ChannelId, float] = {start: 1.0}
    steps: list[Touched] = []
    for channel in _upstream_first(web, start):
        records = expected.get(channel, 0.0)
        for target, share, _ in web.routes.get(channel, ()):
            expected[target] = expected.get(target, 0.0) + records * share
        for receives in web.receives.get(channel, ()):
            application = receives.id.application
            sends: list[tuple[ChannelId, float]] = []
            for operation in web.sends.get(application, ()):
                effect = operation.id.channel
                factor = measured(Branch(channel, application, effect))
                count = records * (web.ratio(operation) if factor is None else factor)
                expected[effect] = expected.get(effect, 0.0) + count
                sends.append((effect, count))
            steps.append(
                Touched(
                    application,
                    channel,
                    hops[channel],
                    confidence[channel] * receives.confidence,
                    tuple(sends),
                )
            )
    return Reach(
        steps=tuple(sorted(steps, key=lambda step: (step.hops, step.received_from, step.application))),
        loops=tuple(
            loop for _, loop in sorted(graph.loops.items()) if any(channel in loop.hops for channel in hops)
        ),
        leaves=tuple(sorted(c for c in hops if c not in web.receives and c not in web.routes)),
    )


class _Web:
    """The edges of a graph by where they begin, sorted."""

    def __init__(self, graph: DependencyGraph) -> None:
        self.receives: dict[ChannelId, list[Operation]] = {}
        self.sends: dict[ApplicationId, list[Operation]] = {}
        self.routes: dict[ChannelId, list[tuple[ChannelId, float, float]]] = {}
        """Targets, with the share of records that goes there and the confidence."""
        self._received: dict[ApplicationId, list[float | None]] = {}
        for operation in (graph.operations[key] for key in sorted(graph.operations)):
            application = operation.id.application
            if operation.id.action is Action.SEND:
                self.sends.setdefault(application, []).append(operation)
            else:
                self.receives.setdefault(operation.id.channel, []).append(operation)
                self._received.setdefault(application, []).append(operation.rate_per_s)
        for route in (graph.routes[key] for key in sorted(graph.routes)):
            source = graph.channels.get(route.id.source)
            share = _ratio(route.rate_per_s, source.rate_per_s if source else None)
            self.routes.setdefault(route.id.source, []).append((route.id.target, share, route.confidence))

    def ratio(self, sends: Operation) -> float:
        """What is sent along an operation per record that its application receives, by the rates."""
        known = [rate for rate in self._received[sends.id.application] if rate is not None]
        complete = len(known) == len(self._received[sends.id.application])
        return _ratio(sends.rate_per_s, sum(known) if complete else None)

    def onward(self, channel: ChannelId) -> Iterator[tuple[ChannelId, int, float]]:
        """The next channels, with the applications in between (0 or 1) and the confidence of the way."""
        for target, _, sure in self.routes.get(channel, ()):
            yield target, 0, sure
        for receives in self.receives.get(channel, ()):
            for sends in self.sends.get(receives.id.application, ()):
                yield sends.id.channel, 1, receives.confidence * sends.confidence


def _ratio(out: float | None, into: float | None) -> float:
    return out / into if out is not None and into else 1.0


def _spread(web: _Web, start: ChannelId) -> tuple[dict[ChannelId, int], dict[ChannelId, float]]:
    """Each channel that is reached, with the fewest applications in between and the surest such way."""
    hops: dict[ChannelId, int] = {}
    confidence: dict[ChannelId, float] = {}
    waiting = [(0, -1.0, start)]
    while waiting:
        far, doubt, channel = heappop(waiting)
        if channel not in hops:
            hops[channel], confidence[channel] = far, -doubt
            for target, through, sure in web.onward(channel):
                heappush(waiting, (far + through, doubt * sure, target))
    return hops, confidence


def _upstream_first(web: _Web, start: ChannelId) -> list[ChannelId]:
    """The channels that are reached, each after all that lead to it without closing a loop."""
    done: list[ChannelId] = []
    seen = {start}
    stack = [(start, web.onward(start))]
    while stack:
        channel, onward = stack[-1]
        target = next((target for target, _, _ in onward if target not in seen), None)
        if target is None:
            done.append(channel)
            stack.pop()
        else:
            seen.add(target)
            stack.append((target, web.onward(target)))
    return done[::-1]
