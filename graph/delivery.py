"""Which records may get lost on their way, because nothing confirms that they arrived."""

from __future__ import annotations

from graph.identity import Action, ChannelId, ChannelKind, OperationId
from graph.model import DependencyGraph, Operation

FORGETFUL = {("nats", ChannelKind.SUBJECT)}
"""Systems and kinds of channel that hand a record to whoever listens and forget it
(https://docs.nats.io/nats-concepts/core-nats: at-most-once). What a stream keeps is another channel."""
FROM_STREAMS = ("nats.group", "nats.consumer", "nats.committed-offsets")
"""Evidence that who receives a subject has it from the stream that keeps it
(https://docs.nats.io/nats-concepts/jetstream/consumers)."""


def at_most_once(graph: DependencyGraph) -> set[OperationId]:
    """The operations on which a record is delivered once or not at all.

    A broker told it of these, or they are on channels that keep nothing. What is sent to such a channel is
    kept if a route leads on to one that keeps it.
    """
    kept = {route.source for route in graph.routes if not _forgets(route.target)}
    return {
        key
        for key, operation in graph.operations.items()
        if operation.at_most_once
        or (
            _forgets(key.channel)
            and not (_sends(key) and key.channel in kept)
            and not _from_stream(operation)
        )
    }


def loses(graph: DependencyGraph, key: OperationId) -> bool:
    """The same for one operation."""
    operation = graph.operations[key]
    if operation.at_most_once or not _forgets(key.channel) or _from_stream(operation):
        return operation.at_most_once
    onward = (route.target for route in graph.routes if route.source == key.channel)
    return not (_sends(key) and not all(map(_forgets, onward)))


def _sends(key: OperationId) -> bool:
    return key.action is Action.SEND


def _from_stream(operation: Operation) -> bool:
    return any(piece.source in FROM_STREAMS for piece in operation.evidence)


def _forgets(channel: ChannelId) -> bool:
    return (channel.server.system, channel.kind) in FORGETFUL
