"""What of a graph is noise to most who look at it, and what carries an event type or loops."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graph.evidence import MINUTE_NS
from graph.identity import RouteKind
from graph.model import ApplicationKind, Channel, DependencyGraph
from graph.view.index import Flags, Index

QUIET_NS = 10 * MINUTE_NS
"""A channel without a record for so long is quiet."""

_DEAD_LETTER = re.compile(
    r"^(?:dlt|dlq)[._-]|(?:^|[._-])(?:dlt|dlq|dead[._-]?letters?(?:[._-]queue)?)(?:$|[._-]\d+$)",
    re.IGNORECASE,
)
_RETRY = re.compile(r"(?:^|[._-])retr(?:y|ies)(?:$|[._-])", re.IGNORECASE)


def is_dead_letter(name: str) -> bool:
    """Whether a channel's name says that it takes dead letters: `orders.DLT`, `orders-dlq`."""
    return _DEAD_LETTER.search(name) is not None


def is_retry(name: str) -> bool:
    """Whether a channel's name says that it is for another try: `orders-retry-0`, `retry.orders`."""
    return _RETRY.search(name) is not None


def is_quiet(channel: Channel, now_ns: int) -> bool:
    """Whether nothing came lately; not told of a channel whose records cannot be seen."""
    if channel.last_record_ns is None:
        return channel.rate_per_s == 0.0
    return channel.last_record_ns < now_ns - QUIET_NS


@dataclass(frozen=True, eq=False)
class Lasting:
    """What names and edges alone decide about."""

    index: Index
    flags: Mapping[str, Flags]
    """For each such toggle the nodes that it hides, shape (nodes,)."""
    dead: Flags
    """The nodes that are called as dead letters are."""


def lasting(found: Index, before: Lasting | None = None) -> Lasting:
    """That of an index; what was known of another one saves work."""
    if before is not None and before.index is found:
        return before
    sent, received, dead, retries = np.zeros((4, len(found.nodes)), dtype=np.bool_)
    sent[found.target] = True
    received[found.source] = True
    channel = np.arange(len(found.nodes)) >= found.applications
    new = channel.copy()
    if before is not None and before.index.nodes:
        kept = found.node_rows.kept(before.index.node_rows)
        new &= kept < 0
        dead, retries = (known[kept] & (kept >= 0) for known in (before.dead, before.flags["retries"]))
    for at in np.flatnonzero(new).tolist():
        name = found.nodes[at].name  # type: ignore[union-attr]
        dead[at], retries[at] = is_dead_letter(name), is_retry(name)
    letters = dead.copy()
    for at, route in enumerate(found.edges[found.operations :], found.operations):
        if route.kind is RouteKind.DEAD_LETTER:  # type: ignore[union-attr]
            letters[found.target[at]] = True
    flags = {
        "dead_letters": letters,
        "retries": retries,
        "leaf": channel & (sent ^ received),
        "unused": channel & ~(sent | received),
    }
    return Lasting(found, flags, dead)


def passing(graph: DependencyGraph, found: Index, now_ns: int) -> dict[str, Flags]:
    """For each other toggle, the same."""
    known = found.channels_of(graph)
    nameless = np.zeros(len(found.nodes), dtype=np.bool_)
    nameless[: found.applications] = [
        each.kind is ApplicationKind.UNATTRIBUTED for each in found.applications_of(graph)
    ]
    return {
        "internal": _of_channels(found, [each.internal for each in known]),
        "quiet": _of_channels(found, [is_quiet(each, now_ns) for each in known]),
        "unattributed": nameless,
    }


def carrying(graph: DependencyGraph, found: Index, event_type: str) -> Flags:
    """The channels on which an event type was seen, shape (nodes,)."""
    return _of_channels(
        found,
        [any(each.name == event_type for each in known.types) for known in found.channels_of(graph)],
    )


def looping(graph: DependencyGraph, found: Index) -> Flags:
    """The edges that are part of a loop, shape (edges,)."""
    made = np.zeros(len(found.edges), dtype=np.bool_)
    edges = graph.feedback.union(*(loop.edges for loop in graph.loops.values()))
    number = found.edge_number if edges else {}
    made[[number[edge] for edge in edges if edge in number]] = True
    return made


def _of_channels(found: Index, flags: list[bool]) -> Flags:
    made = np.zeros(len(found.nodes), dtype=np.bool_)
    made[found.applications :] = flags
    return made
