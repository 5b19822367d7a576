"""What of a graph is noise to most who look at it, and what carries an event type or loops."""

from __future__ import annotations

import re

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


def lasting(found: Index) -> dict[str, Flags]:
    """For each toggle that names and edges alone decide about, the nodes that it hides, shape (nodes,)."""
    sent, received = np.zeros((2, len(found.nodes)), dtype=np.bool_)
    sent[found.target] = True
    received[found.source] = True
    channel = np.arange(len(found.nodes)) >= found.applications
    dead = _of_channels(found, [is_dead_letter(key.name) for key in found.channels])
    for at, route in enumerate(found.edges[found.operations :], found.operations):
        if route.kind is RouteKind.DEAD_LETTER:  # type: ignore[union-attr]
            dead[found.target[at]] = True
    return {
        "dead_letters": dead,
        "retries": _of_channels(found, [is_retry(key.name) for key in found.channels]),
        "leaf": channel & (sent ^ received),
        "unused": channel & ~(sent | received),
    }


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
