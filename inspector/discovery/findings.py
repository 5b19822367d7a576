"""What a person should know about channels and senders, worked out from a graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from graph.identity import Action, ChannelId, ChannelKind
from graph.model import CONFIRMED, Channel, DependencyGraph, EdgeState, Finding, Operation, Severity
from graph.view.noise import is_dead_letter
from inspector.declaration import UNSEEN
from inspector.discovery.message_types import UNTYPED

_GENERIC = (
    "all bus data default event events general generic message messages misc notifications queue stream "
    "test topic"
)
GENERIC_NAMES = frozenset(_GENERIC.split())
MANY_TYPES = 4
"""So many unrelated types on one channel make receivers read what is not for them."""

KEPT = 20_000
"""Names whose meaning is kept; they come again with every graph."""

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@lru_cache(KEPT)
@lru_cache(KEPT)
def subject_of(type_name: str) -> str:
    """What a type is about: `order` for `OrderPlaced`, `com.acme.order.placed.v1` and `order_placed`."""
    parts = [part for part in re.split(r"[./:]", type_name) if not re.fullmatch(r"v?\d+", part)]
    if not parts:
        return type_name.lower()
    words = [word.lower() for word in _WORDS.findall(parts[-1])]
    if len(words) > 1 or len(parts) == 1:
        return words[0] if words else parts[-1].lower()
    return parts[-2].lower()


@dataclass(frozen=True)
class Watched:
    """What is known of channels beyond the graph."""

    changes: Callable[[ChannelId], list[tuple[str, str]]]
    """Types whose fields changed while they were watched, with what came and went."""
    dead_letters: Container[ChannelId]
    """Channels on which records with dead-letter headers were read."""
    settled: Callable[[ChannelId], bool]
    """Whether it was watched long enough for "nobody" to mean nobody."""
    never_used: Callable[[ChannelId], bool]
    told: Sequence[Finding] = ()
    """What the evidence sources found out by themselves."""


def findings(graph: DependencyGraph, watched: Watched) -> tuple[Finding, ...]:
    """All findings but loops, the gravest first."""
    received = {
        key.channel
        for key, operation in graph.operations.items()
        if key.action is Action.RECEIVE and operation.state is not EdgeState.HISTORIC and _known(operation)
    }
    # What a stream keeps is received under the names of its subjects.
    received |= {
        route.target
        for route in graph.routes
        if route.target.kind is ChannelKind.STREAM and route.source in received
    }
    received |= {route.source for route in graph.routes}
    found: list[Finding] = [*watched.told]
    for channel in graph.channels.values():
        if not channel.internal:
            found += _of_channel(channel, channel.id in received, watched)
    nameless = [operation for operation in graph.operations if operation.application.key.startswith("?")]
    sends = {operation.application: operation.channel for operation in sorted(nameless, reverse=True)}
    for application in graph.applications.values():
        if application.name is None:
            where = sends[application.id].name if application.id in sends else "a channel"
            message = f"Nothing names who sends to {where} ({application.detail})."
            found.append(Finding("unattributed-producer", Severity.NOTE, application.id, message))
    found.sort(key=lambda each: (_RANK[each.severity], each.rule, str(each.subject), each.message))
    return tuple(found)


def _known(operation: Operation) -> bool:
    """Whether more speaks for it than a permission or a declaration."""
    return any(piece.family not in UNSEEN or piece.source == CONFIRMED for piece in operation.evidence)


def _of_channel(channel: Channel, received: bool, watched: Watched) -> Iterator[Finding]:
    name = channel.id.name
    dead = is_dead_letter(name) or channel.id in watched.dead_letters

    def finding(rule: str, severity: Severity, message: str) -> Finding:
        return Finding(rule, severity, channel.id, message)

    if watched.never_used(channel.id):
        yield finding("unused-channel", Severity.NOTE, f"Nothing was ever sent to {name}.")
    elif dead and (channel.records or channel.id in watched.dead_letters):
        yield finding("dead-letters", Severity.WARNING, f"Records that could not be handled lie in {name}.")
    elif not received and channel.receivers_visible and channel.records and watched.settled(channel.id):
        yield finding("no-receiver", Severity.NOTE, f"Records are sent to {name} and nobody receives them.")
    named = [kind.name for kind in channel.types if kind.name != UNTYPED]
    subjects = {subject_of(kind) for kind in named}
    if not dead and len(subjects) >= MANY_TYPES:
        message = f"{name} carries {len(named)} types about {len(subjects)} unrelated subjects."
        yield finding("generic-channel", Severity.NOTE, message)
    elif name.lower() in GENERIC_NAMES:
        yield finding("generic-channel", Severity.NOTE, f"The name {name} does not tell what is sent there.")
    for kind, change in watched.changes(channel.id):
        message = f"The fields of {kind} on {name} changed while it was watched: {change}."
        yield finding("schema-change", Severity.WARNING, message)
