"""Works out what a replay would do, and why it must not be done, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np

from graph.identity import ChannelId, ServerId
from graph.loops.cycles import in_words
from graph.model import ApplicationKind, DependencyGraph, FeedbackLoop, LoopStatus
from graph.names import plain
from graph.reach import Branch, Reach, find_reach
from inspector.brokers.base import Adapter
from inspector.link import Connect
from inspector.project.model import Project
from inspector.replay.admission import NOTHING_TOLD, Told
from inspector.replay.frozen import Frozen
from inspector.replay.pacing import Pacing
from inspector.replay.plan import (
    Caused,
    Doubles,
    Entered,
    Known,
    Overtaken,
    Plan,
    Reason,
    Side,
    Step,
    Way,
)
from inspector.replay.repetition import Repetition, Seen
from inspector.replay.request import Request
from inspector.replay.translation import KINDS, losses

USUAL_PER_S = 20_000.0
"""Records a second that a broker takes, where nothing slows them down: for an estimate of the time."""
_ROUND = (LoopStatus.RUNAWAY, LoopStatus.ACTIVE, LoopStatus.BOUNDED, LoopStatus.ACKNOWLEDGED)


@dataclass(frozen=True)
class Circumstances:
    """What is known beside the records when a replay is planned."""

    graph: DependencyGraph
    adapters: Mapping[ServerId, Adapter]
    """Those of the servers that are connected."""
    branching: Mapping[Branch, float] = field(default_factory=dict)
    project: Project = field(default_factory=Project)
    file: str = ""
    """Path of the project file; empty for none."""
    connects: Mapping[ServerId, Connect] = field(default_factory=dict)
    """What the servers were connected by."""
    locked: Callable[[ServerId], bool] = lambda _server: True
    """How records are read that are to be changed; it is asked from where waiting harms nothing."""
    doubles: tuple[Doubles, ...] = ()
    overtaken: tuple[Overtaken, ...] = ()
    repetitions: Seen = field(default_factory=dict)
    told: Told = NOTHING_TOLD
    """What the target's server and its registry were asked."""


def plan(request: Request, run: str, frozen: Frozen, known: Circumstances) -> Plan:
    """The plan of one replay, for window and command line alike."""
    ways = _ways(request, frozen, known.graph)
    reaches = [(way, find_reach(known.graph, way.target, known.branching.get)) for way in ways]
    reasons = [
        *_impossible(request, frozen, ways, known),
        *known.told.reasons,
        *_dangers(request, ways, reaches, known.graph),
    ]
    forced = bool(request.force_reason.strip())
    sizes = frozen.columns["size"]
    pacing = Pacing(request.pace, frozen.columns["timestamp_ns"])
    return Plan(
        request=request,
        run=run,
        records=len(frozen),
        bytes=int(sizes.sum()),
        largest=int(sizes.max(initial=0)),
        left_out=frozen.left_out,
        ways=ways,
        steps=tuple(_steps(reaches)),
        caused=tuple(_caused(reaches, known.branching)),
        sides=tuple(_sides(reaches, known)),
        loops=tuple(_entered(reaches)),
        leaves=tuple(dict.fromkeys(leaf for _, reach in reaches for leaf in reach.leaves)),
        doubles=known.doubles,
        overtaken=known.overtaken,
        duration_s=None if request.pace.stepwise else max(pacing.length_s, len(frozen) / USUAL_PER_S),
        reasons=tuple(each for each in reasons if not (forced and each.forceable)),
        overridden=tuple(each for each in reasons if forced and each.forceable),
        warnings=(*_warnings(frozen, reaches, known), *_lost(ways)),
    )


def _ways(request: Request, frozen: Frozen, graph: DependencyGraph) -> tuple[Way, ...]:
    columns = frozen.columns
    pairs = columns["channel"].astype(np.int64) << 32 | columns["home"]
    found, at, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    sizes = np.bincount(at, weights=columns["size"], minlength=len(found))
    ends: dict[ChannelId, list[tuple[int, int]]] = {}
    for (channel, partition), end in frozen.ends.items():
        ends.setdefault(channel, []).append((partition, end))
    ways: list[Way] = []
    for pair, count, size in zip(found.tolist(), counts.tolist(), sizes.tolist(), strict=True):
        channel, home = frozen.channels[pair >> 32], frozen.channels[pair & 0xFFFFFFFF]
        target = request.target.of(home)
        there = graph.channels.get(target)
        ways.append(
            Way(
                channel,
                target,
                count,
                int(size),
                0 if there is None else there.partitions,
                tuple(sorted(ends[channel])),
                made=there is None and (request.target.create or bool(request.target.ending)),
            )
        )
    return tuple(ways)


def protected(project: Project, server: ServerId, channels: tuple[ChannelId, ...]) -> Reason | None:
    """Why a project forbids to send there; None where it does not."""
    names = [server.address, str(server)]
    names += [each.name for each in project.connections if each.name and each.url.endswith(server.address)]
    if any(fnmatchcase(name, glob) for name in names for glob in project.protected.servers):
        return Reason("protected", f"The project protects {server.address}.", "Choose another server.")
    for channel in channels:
        if any(fnmatchcase(channel.name, glob) for glob in project.protected.channels):
            return Reason("protected", f"The project protects {channel.name}.", "Choose another channel.")
    return None


def _impossible(
    request: Request, frozen: Frozen, ways: tuple[Way, ...], known: Circumstances
) -> Iterator[Reason]:
    """What no reason in the world overrides."""
    target = request.target
    if forbidden := protected(known.project, target.server, tuple(way.target for way in ways)):
        yield forbidden
    if not len(frozen):
        left_out = "".join(f" {count:,} are left out, as {why}." for why, count in frozen.left_out)
        yield Reason("empty", f"There is no record to send.{left_out}", "Choose others.")
    if target.server not in known.adapters:
        yield Reason("not connected", f"{target.server} is not connected.", "Connect it first.")
        return
    for way in ways:
        if way.target not in known.graph.channels and not way.made:
            name = f"There is no {way.target.kind} {way.target.name} on {target.server.address}."
            yield Reason("missing", name, "Create it first, or choose another.")


def _dangers(
    request: Request, ways: tuple[Way, ...], reaches: list[tuple[Way, Reach]], graph: DependencyGraph
) -> Iterator[Reason]:
    """What takes a person's reason to do, the worst first."""
    why = "Give a reason to send it all the same."
    for loop in {loop.id: loop for _, reach in reaches for loop in reach.loops}.values():
        if loop.status is LoopStatus.RUNAWAY:
            way_round = f"{_gain(loop)}: {in_words(loop.hops)}"
            sentence = f"The records would enter a loop that keeps itself going, with {way_round}."
            yield Reason("runaway", sentence, why, forceable=True)
    for way, reach in reaches:
        channel = way.target
        if channel == way.origin:
            sentence = (
                f"{channel.name} would get its own records again, and all its receivers get them twice."
            )
            yield Reason(
                "self-copy", sentence, f"Send them to another channel, or g{why[1:]}", forceable=True
            )
        elif way.origin in _reached(channel, reach):
            sentence = f"What is sent to {channel.name} can come back to {way.origin.name}, where it is from."
            yield Reason(
                "returns",
                sentence,
                f"Send it to a channel that nobody receives, or g{why[1:]}",
                forceable=True,
            )
    if not request.choice.bounded:
        yield Reason(
            "unbounded",
            f"Nothing restricts what is sent: {sum(way.records for way in ways):,} records.",
            f"Write a query such as channel:orders, or g{why[1:]}",
            forceable=True,
        )
    for way in ways:
        known = graph.channels.get(way.target)
        if known is not None and known.internal:
            sentence = f"{way.target.name} belongs to the broker or a framework, not to an application."
            yield Reason("internal", sentence, why, forceable=True)


def _reached(start: ChannelId, reach: Reach) -> set[ChannelId]:
    sent = {channel for step in reach.steps for channel, _ in step.sends}
    return {start, *sent, *reach.leaves, *(step.received_from for step in reach.steps)}


def _steps(reaches: list[tuple[Way, Reach]]) -> Iterator[Step]:
    """What each application does because of all the records, those nearest first."""
    for way, reach in reaches:
        for touched in reach.steps:
            sends = tuple((channel, count * way.records) for channel, count in touched.sends)
            yield Step(touched.application, touched.received_from, touched.hops, touched.confidence, sends)


def _caused(reaches: list[tuple[Way, Reach]], branching: Mapping[Branch, float]) -> Iterator[Caused]:
    records: dict[ChannelId, float] = {}
    guessed: set[ChannelId] = set()
    for way, reach in reaches:
        for step in reach.steps:
            for channel, count in step.sends:
                records[channel] = records.get(channel, 0.0) + count * way.records
                if step.received_from in guessed or (
                    Branch(step.received_from, step.application, channel) not in branching
                ):
                    guessed.add(channel)
    for channel, count in sorted(records.items(), key=lambda each: -each[1]):
        yield Caused(channel, count, channel not in guessed)


def _sides(reaches: list[tuple[Way, Reach]], known: Circumstances) -> Iterator[Side]:
    graph = known.graph
    declared = {each.name: each.idempotent for each in known.project.applications}
    for way, reach in reaches:
        arriving: dict[ChannelId, float] = {way.target: float(way.records)}
        for step in reach.steps:
            for channel, count in step.sends:
                arriving[channel] = arriving.get(channel, 0.0) + count * way.records
        for step in reach.steps:
            application = graph.applications.get(step.application)
            name = (
                plain(step.application)
                if application is None or application.name is None
                else application.name
            )
            sink = (
                application is not None
                and application.kind is ApplicationKind.CONNECTOR
                and not any(count for _, count in step.sends)
            )
            seen = known.repetitions.get((step.application, step.received_from))
            state, sentence = _known(name, declared.get(name), seen)
            if sink:
                sentence = f"{name} carries records out of the system. {sentence}"
            yield Side(
                step.application,
                step.received_from,
                step.hops,
                step.confidence,
                arriving.get(step.received_from, 0.0),
                state,
                sentence,
                sink,
            )


def _known(name: str, declared: bool | None, seen: Repetition | None) -> tuple[Known, str]:
    """What is known of an application that has a record again, and what from; what was seen counts most."""
    said = ""
    if declared is not None:
        said = f"The project says that {name} is {'' if declared else 'not '}idempotent."
    if seen is not None and seen.repeats:
        sentence = (
            f"{name} had {_events(seen.events)} more than once and sent {seen.caused:,} records to "
            f"{seen.channel.name}, where {seen.usual:,.0f} are usual."
        )
        return Known.REPEATS, f"{sentence} {said}".rstrip()
    if declared is not None:
        return (Known.IDEMPOTENT if declared else Known.REPEATS), said
    if seen is not None:
        sentence = f"{name} had {_events(seen.events)} more than once and sent no more to {seen.channel.name}"
        return Known.HARMLESS, f"{sentence} than usual."
    return Known.UNKNOWN, f"Nothing says what {name} does with a record that it had before."


def _events(count: int) -> str:
    return f"{count:,} events" if count > 1 else "1 event"


def _entered(reaches: list[tuple[Way, Reach]]) -> Iterator[Entered]:
    for loop in {loop.id: loop for _, reach in reaches for loop in reach.loops}.values():
        sentence = f"{in_words(loop.hops)}, with {_gain(loop)}."
        yield Entered(loop.id, loop.status, loop.gain, sentence)


def _lost(ways: tuple[Way, ...]) -> Iterator[str]:
    """What does not arrive as it was, where the target is another kind of broker."""
    for system, other in dict.fromkeys((way.origin.server.system, way.target.server.system) for way in ways):
        if system in KINDS and other in KINDS:
            yield from (loss.sentence for loss in losses(KINDS[system], KINDS[other]))


def _warnings(frozen: Frozen, reaches: list[tuple[Way, Reach]], known: Circumstances) -> Iterator[str]:
    for loop in {loop.id: loop for _, reach in reaches for loop in reach.loops}.values():
        if loop.status in _ROUND and loop.status is not LoopStatus.RUNAWAY:
            way_round = f"{_gain(loop)}: {in_words(loop.hops)}"
            yield f"The records would enter a loop that records go round in, with {way_round}."
    for each in known.doubles:
        if each.by_id:
            many = f"{each.by_id:,} records with ids" if each.by_id > 1 else "1 record with an id"
            yield f"{each.channel.name} has {many} that would be sent again."
    for late in known.overtaken:
        yield late.sentence
    yield from known.told.warnings
    for why, count in frozen.left_out:
        yield f"{count:,} of the chosen records {'are' if count > 1 else 'is'} left out, as {why}."
    reached = dict.fromkeys(c for way, reach in reaches for c in sorted(_reached(way.target, reach)))
    hidden = [
        c.name for c in reached if c in known.graph.channels and not known.graph.channels[c].receivers_visible
    ]
    if hidden:
        yield f"Who receives {', '.join(hidden)} is not visible, so the records may reach further."


def _gain(loop: FeedbackLoop) -> str:
    return f"gain {loop.gain:g}" if loop.gain is not None else "a gain not yet known"
