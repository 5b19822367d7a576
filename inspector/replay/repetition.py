"""What applications were seen to do with events that they had more than once, as far as a capture knows.

An event that lies on a channel several times has one id there, and what an application sends because of it
names that id as its cause. Whoever sends for each copy causes as many times more than for a single event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec import Struct

from graph.identity import ApplicationId, ChannelId
from graph.reach import Reach
from inspector.replay.frozen import Column
from inspector.store.reader import CaptureReader, Rows
from inspector.store.selection import RowFilter

ENOUGH = 3
"""Events had more than once, before it is said that their copies caused nothing."""
SURE = 2.0
"""Standard errors by which more has to come of copies than of single events."""


class Repetition(Struct, frozen=True):
    """What came of the events of one channel that an application had more than once."""

    events: int
    """Those of which anything came at all."""
    channel: ChannelId
    """Where it came."""
    caused: int
    usual: float
    """Records that would have come of as many single events."""
    repeats: bool
    """Whether it came again for the copies."""


Seen = Mapping[tuple[ApplicationId, ChannelId], Repetition]
"""By application and the channel that it received them from."""


def repetitions(reader: CaptureReader, reaches: Iterable[Reach]) -> Seen:
    """Of every application that is reached, where a capture shows it.

    Whose records they are that two applications may have sent for one event, nobody can tell.
    """
    found: dict[tuple[ApplicationId, ChannelId], Repetition] = {}
    steps = {(step.application, step.received_from): step for reach in reaches for step in reach.steps}
    by_way: dict[tuple[ChannelId, ChannelId], list[ApplicationId]] = {}
    for (application, source), step in steps.items():
        for target, _ in step.sends:
            by_way.setdefault((source, target), []).append(application)
    events: dict[ChannelId, tuple[Column, Column]] = {}
    for (source, target), (application, *others) in by_way.items():
        if others or target == source:
            continue
        if source not in events:
            events[source] = _events(reader, source)
        one = _compared(reader, target, *events[source])
        known = found.get((application, source))
        if one is not None and (known is None or one.repeats > known.repeats):
            found[application, source] = one
    return found


def _compared(reader: CaptureReader, target: ChannelId, ids: Column, copies: Column) -> Repetition | None:
    """What came of events with copies against what came of those without; None where it cannot be told."""
    if not (copies > 1).any():
        return None
    parents = np.sort(reader.columns(_rows(reader, target), "parent")["parent"].astype(np.int64))
    caused = np.searchsorted(parents, ids, "right") - np.searchsorted(parents, ids, "left")
    single, many = caused[(copies == 1) & (caused > 0)], (copies > 1) & (caused > 0)
    count = int(many.sum())
    if not count or not len(single):
        return None
    came, usual = int(caused[many].sum()), float(single.mean()) * count
    for_each = float(single.mean() * copies[many].sum())
    error = float(single.std()) * count**0.5
    repeats = came > usual + SURE * error and came >= (usual + for_each) / 2
    if not repeats and (count < ENOUGH or came >= (usual + for_each) / 2):
        return None
    return Repetition(count, target, came, usual, repeats)


def _events(reader: CaptureReader, channel: ChannelId) -> tuple[Column, Column]:
    """The marks of the ids of a channel's events, ascending, and how often each lies there."""
    columns = reader.columns(_rows(reader, channel), "event", "key")
    said = columns["event"] != 0
    # Marks have 32 bits: the id together with the key is hardly ever that of another event.
    both = columns["event"][said].astype(np.uint64) << np.uint64(32) | columns["key"][said]
    pairs, copies = np.unique(both, return_counts=True)
    ids, first, keys = np.unique(pairs >> np.uint64(32), return_index=True, return_counts=True)
    return ids[keys == 1].astype(np.int64), copies[first[keys == 1]]


def _rows(reader: CaptureReader, channel: ChannelId) -> Rows:
    return reader.select(RowFilter(channels=frozenset({channel})))
