"""What changed about one thing between two moments, in sentences; what is within noise is no change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from graph.evidence import CERTAIN, LIKELY
from graph.identity import (
    Action,
    ApplicationId,
    EdgeId,
    LoopId,
    NodeId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.loops.cycles import in_words
from graph.model import (
    Application,
    Channel,
    DependencyGraph,
    EdgeState,
    FeedbackLoop,
    LoopStatus,
    Operation,
    Route,
    Server,
)
from graph.names import plain

MUCH = 2.0
"""A figure that is so many times another, or a part of it as small, has changed much."""
COUNTED_S = 10.0
"""Time that rates are counted over."""
NOTICED = 2.0
"""How far the square roots of two counts lie apart when chance does it once in 200 times: each of them has a
standard deviation of 1/2, whatever the count (Anscombe 1948)."""
NOISE_MS = 10.0
"""Latencies that differ by less are the same."""
NOISE_LAG = 50
"""Fewer waiting records than these are none to speak of."""
NOISE_GAIN = 0.2
"""Gains without an interval that differ by less are the same."""


class Mark(StrEnum):
    """What happened to something between two moments."""

    ADDED = "added"
    GONE = "gone"
    CHANGED = "changed"


class Aspect(StrEnum):
    """What a change is about, in the order in which changes are told."""

    LOOP = "loop"
    GAIN = "gain"
    SIGHT = "visibility"
    SERVER = "server"
    APPLICATION = "application"
    CHANNEL = "channel"
    EDGE = "edge"
    RATE = "rate"
    LAG = "lag"
    LATENCY = "latency"
    CONFIDENCE = "confidence"
    FRESHNESS = "freshness"
    TYPES = "types"
    PARTITIONS = "partitions"
    INSTANCES = "instances"
    NAME = "name"
    OWNER = "owner"
    VERSION = "version"


Thing = ServerId | NodeId | EdgeId | LoopId
"""What can come, go and change."""


class Change(Struct, frozen=True):
    """One thing that differs, of one aspect."""

    subject: Thing | None
    """None for what the graph has no name for, such as something that could not be seen."""
    mark: Mark
    aspect: Aspect
    sentence: str


Found = Iterator[tuple[Aspect, str]]
Names = Mapping[ApplicationId, str]
"""What applications are shown as."""


def much(old: float | None, new: float | None) -> bool:
    """Whether one rate a second is so far from the other that neither noise nor counting explains it."""
    if old is None or new is None:
        return False
    low, high = sorted((old, new))
    return high >= MUCH * low and math.sqrt(high * COUNTED_S) - math.sqrt(low * COUNTED_S) >= NOTICED


# What came and went

_ROUTES = {
    RouteKind.BINDING: "is bound to",
    RouteKind.DEAD_LETTER: "has its dead letters sent to",
    RouteKind.MIRROR: "is mirrored to",
    RouteKind.BRIDGE: "is bridged to",
    RouteKind.REPLICATION: "is replicated to",
}


def came(key: ServerId | NodeId | EdgeId, names: Names) -> str:
    """That it is there."""
    if isinstance(key, OperationId | RouteId):
        return f"{_edge(key, names)} now."
    return f"{plain(key, names)} is new."


def went(key: ServerId | NodeId | EdgeId, names: Names) -> str:
    """That it is not there any more."""
    if isinstance(key, OperationId | RouteId):
        return f"{_edge(key, names)} no more."
    return f"{plain(key, names)} is gone."


def _edge(key: EdgeId, names: Names) -> str:
    if isinstance(key, OperationId):
        return plain(key, names)
    return f"{key.source.name} {_ROUTES[key.kind]} {key.target.name}"


# What changed


def server(old: Server, new: Server, names: Names) -> Found:
    """Changes of a server."""
    if old.version != new.version and old.version and new.version:
        yield Aspect.VERSION, f"{new.name} runs version {new.version}, it was {old.version}."


def application(old: Application, new: Application, names: Names) -> Found:
    """Changes of an application."""
    key, name = plain(new.id), plain(new.id, names)
    if old.name != new.name:
        yield Aspect.NAME, f"{_called(old.name, key)} is called {_called(new.name, key)} now."
    if old.kind is not new.kind:
        yield Aspect.NAME, f"{name} is seen to be a {new.kind}, it was taken for a {old.kind}."
    yield from _confidence("The names of " + name + " being one application", old.confidence, new.confidence)
    if old.instances is not None and new.instances is not None and old.instances != new.instances:
        yield Aspect.INSTANCES, f"{name} has {_count(new.instances, 'instance')}, it had {old.instances:,}."
    if old.lag is not None and new.lag is not None:
        low, high = sorted((old.lag, new.lag))
        if high >= max(NOISE_LAG, MUCH * low):
            waiting = _count(new.lag, "record")
            yield (
                Aspect.LAG,
                f"{waiting} {'wait' if new.lag != 1 else 'waits'} for {name}, it was {old.lag:,}.",
            )
    if old.owner != new.owner:
        yield Aspect.OWNER, f"{name} belongs to {new.owner or 'nobody'}, it was {old.owner or 'nobody'}."


def channel(old: Channel, new: Channel, names: Names) -> Found:
    """Changes of a channel."""
    name = plain(new.id, names)
    if much(old.rate_per_s, new.rate_per_s):
        yield Aspect.RATE, f"{name} carries {_instead(old.rate_per_s, new.rate_per_s)}."
    if old.receivers_visible is not new.receivers_visible:
        can = "can be seen now" if new.receivers_visible else "cannot be seen any more"
        yield Aspect.SIGHT, f"Who receives from {name} {can}."
    if old.partitions != new.partitions:
        yield (
            Aspect.PARTITIONS,
            f"{name} has {_count(new.partitions, 'partition')}, it had {old.partitions:,}.",
        )
    before, after = ({each.name: each for each in types} for types in (old.types, new.types))
    if fresh := sorted(after.keys() - before.keys()):
        yield Aspect.TYPES, f"New on {name}: {', '.join(fresh)}."
    if past := sorted(before.keys() - after.keys()):
        yield Aspect.TYPES, f"Not on {name} any more: {', '.join(past)}."
    if other := sorted(
        key for key in before.keys() & after.keys() if before[key].fields != after[key].fields
    ):
        yield Aspect.TYPES, f"On {name} the fields of {', '.join(other)} changed."


def operation(old: Operation, new: Operation, names: Names) -> Found:
    """Changes of an operation."""
    key, words = new.id, plain(new.id, names)
    if much(old.rate_per_s, new.rate_per_s):
        verb, to = ("sends", "to") if key.action is Action.SEND else ("receives", "from")
        rates = _instead(old.rate_per_s, new.rate_per_s)
        yield Aspect.RATE, f"{plain(key.application, names)} {verb} {rates} {to} {key.channel.name}."
    if old.hop_latency_ms is not None and new.hop_latency_ms is not None:
        low, high = sorted((old.hop_latency_ms, new.hop_latency_ms))
        if high >= MUCH * low and high - low >= NOISE_MS:
            times = f"{_figure(new.hop_latency_ms)} ms instead of {_figure(old.hop_latency_ms)} ms"
            yield Aspect.LATENCY, f"{words} after {times}."
    yield from _confidence(words, old.confidence, new.confidence)
    if old.state is not new.state:
        said = {EdgeState.OBSERVED: "is seen again", EdgeState.STALE: "was not seen lately"}
        yield Aspect.FRESHNESS, f"{words}: {said.get(new.state, 'was not seen for long')}."


def route(old: Route, new: Route, names: Names) -> Found:
    """Changes of a route."""
    if much(old.rate_per_s, new.rate_per_s):
        yield Aspect.RATE, f"{plain(new.id, names)}: {_instead(old.rate_per_s, new.rate_per_s)}."
    yield from _confidence(_edge(new.id, names), old.confidence, new.confidence)


def loop(
    old: FeedbackLoop | None, new: FeedbackLoop | None, names: Names
) -> Iterator[tuple[Mark, Aspect, str]]:
    """What happened to a loop that one of two graphs lacks, or both have."""
    if old is None:
        if new is not None:
            possible = new.status is LoopStatus.POSSIBLE
            words = "A loop is possible" if possible else f"A loop is {new.status}"
            yield Mark.ADDED, Aspect.LOOP, f"{words}: {in_words(new.hops, names)}."
        return
    way = in_words(old.hops, names)
    if new is None:
        yield Mark.GONE, Aspect.LOOP, f"A loop is no more, it was {old.status}: {way}."
        return
    if old.status is not new.status:
        yield Mark.CHANGED, Aspect.LOOP, f"A loop is {new.status}, it was {old.status}: {way}."
    if new.broken_limit and not old.broken_limit:
        yield Mark.CHANGED, Aspect.LOOP, f"{way}: {new.broken_limit}"
    if old.gain is not None and new.gain is not None and _gain_differs(old, new):
        yield Mark.CHANGED, Aspect.GAIN, f"Gain ×{new.gain:.2f} instead of ×{old.gain:.2f}: {way}."


def _gain_differs(old: FeedbackLoop, new: FeedbackLoop) -> bool:
    ends = old.gain_low, old.gain_high, new.gain_low, new.gain_high
    if None not in ends:
        return ends[0] > ends[3] or ends[2] > ends[1]  # type: ignore[operator]
    return abs((new.gain or 0.0) - (old.gain or 0.0)) >= NOISE_GAIN


def lost_sight(before: DependencyGraph, after: DependencyGraph) -> list[Change]:
    """What can be seen now and could not, and the other way round."""
    gone, fresh = (
        set(before.unavailable) - set(after.unavailable),
        set(after.unavailable) - set(before.unavailable),
    )
    return [
        *(
            Change(None, Mark.ADDED, Aspect.SIGHT, f"Not visible any more: {each.what}. {each.why}")
            for each in sorted(fresh)
        ),
        *(Change(None, Mark.GONE, Aspect.SIGHT, f"Visible now: {each.what}.") for each in sorted(gone)),
    ]


# Words


def _confidence(what: str, old: float, new: float) -> Found:
    if _band(old) != _band(new):
        yield Aspect.CONFIDENCE, f"{what}: {_sure(new)}, it was {_sure(old)}."


def _band(confidence: float) -> str:
    return "certain" if confidence >= CERTAIN else "likely" if confidence >= LIKELY else "guessed"


def _sure(confidence: float) -> str:
    return f"{_band(confidence)} ({confidence * 100:.0f} %)"


def _instead(old: float | None, new: float | None) -> str:
    assert old is not None
    assert new is not None
    if not old:
        return f"{_figure(new)}/s, it was quiet"
    if not new:
        return f"nothing instead of {_figure(old)}/s"
    return f"{_figure(new)}/s instead of {_figure(old)}/s (×{_figure(new / old)})"


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _called(name: str | None, key: str) -> str:
    return name or f"an unnamed program ({key})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
