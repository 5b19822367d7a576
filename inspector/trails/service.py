"""How much of each hop of a trail was waiting, told from what else was captured about that time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec.structs import replace

from graph.identity import ApplicationId, ChannelId
from inspector.causes.causality import Causality
from inspector.causes.waits import Waits
from inspector.causes.ways import Step as Passed
from inspector.causes.ways import find_causes
from inspector.observation import RecordsSeen
from inspector.record import Record
from inspector.store.selection import RowFilter
from inspector.trails.records import Looked, Rows, Seen
from inspector.trails.trail import Step, Trail
from inspector.trails.ways import Ways

SPAN_NS = 60_000_000_000
"""Records so long before and after a trail tell how long its applications work."""
MOST = 4_000
"""Records that are looked at for that."""
WHOLE = 0.98
"""Part of a channel's records that must have been captured, for what an application did to be known."""


def with_waits(trail: Trail, looked: Looked, ways: Ways) -> Trail:
    """The same trail, each hop with the time that its cause waited, where that can be told."""
    linked = [step for step in trail.steps if step.parent is not None and step.latency_ns is not None]
    if not linked:
        return trail
    channel_of = {step.row: step.channel for step in trail.steps}
    seen = _about(trail, looked, {step.channel for step in trail.steps})
    blind = {channel for channel, whole in _whole(seen).items() if not whole}
    causality = Causality(MOST)
    for each in seen:
        causality.fold(RecordsSeen(each.channel, (_bare(each),)), (each.traits,))
    newest = max((each.time_ns for each in seen), default=0)
    window = causality.settle(newest, {each.channel for each in seen})

    def between(cause: ChannelId, effect: ChannelId) -> set[ApplicationId]:
        hop = ways.hop(cause, effect, None)
        return set(hop.possible) if hop.application is None else {hop.application}

    known = find_causes(window, ways.owners, between, ways.graph)
    waits = Waits(known, window, ways.graph)
    numbers = {passed: number for number, passed in enumerate(known.steps)}

    def told(step: Step) -> Step:
        if step.parent is None or step.latency_ns is None or step.latency_ns < 0:
            return step
        cause = channel_of[step.parent]
        number = numbers.get(Passed(cause, step.application, step.channel))
        if number is None or cause in blind:
            return step
        wait = waits.wait_ns(number, float(step.latency_ns))
        return step if wait is None else replace(step, wait_ns=round(min(wait, step.latency_ns)))

    return replace(trail, steps=tuple(map(told, trail.steps)))


def _about(trail: Trail, looked: Looked, channels: Iterable[ChannelId]) -> list[Seen]:
    """The records about the time of a trail on its channels; of many those nearest to its start."""
    rows = looked.records.select(
        RowFilter(
            frozenset(channels),
            since_ns=trail.began_ns - SPAN_NS,
            until_ns=trail.began_ns + trail.took_ns + SPAN_NS,
        )
    )
    return looked.every(_near(rows, trail.start).tolist())


def _near(rows: Rows, start: int) -> Rows:
    at = int(np.searchsorted(rows, start))
    first = max(0, min(at - MOST // 2, len(rows) - MOST))
    return rows[first : first + MOST]


def _whole(seen: list[Seen]) -> dict[ChannelId, bool]:
    """Whether hardly a record of a channel is missing between those that were captured."""
    offsets: dict[tuple[ChannelId, int], list[int]] = {}
    for each in seen:
        offsets.setdefault((each.channel, each.position.partition), []).append(each.position.offset)
    made: dict[ChannelId, bool] = {}
    for (channel, _), found in offsets.items():
        whole = len(found) >= WHOLE * (max(found) - min(found) + 1)
        made[channel] = made.get(channel, True) and whole
    return made


def _bare(seen: Seen) -> Record:
    """The record without what links of proof do not need."""
    return Record(seen.channel, seen.position, seen.time_ns, None, None)
