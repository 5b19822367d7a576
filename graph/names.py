"""Plain names for sentences: what a person would call a thing."""

from __future__ import annotations

from graph.identity import (
    Action,
    ApplicationId,
    BundleId,
    ChannelId,
    GroupId,
    LoopId,
    OperationId,
    RouteId,
    ServerId,
    Subject,
)


def plain(subject: Subject) -> str:
    """The name of a thing in a sentence: `orders`, `billing`, `billing sends to orders`."""
    match subject:
        case ServerId():
            return subject.address
        case ChannelId():
            return subject.name
        case ApplicationId(key=key):
            return unattributed(key) if key.startswith("?") else key
        case OperationId():
            verb = "sends to" if subject.action is Action.SEND else "receives from"
            return f"{plain(subject.application)} {verb} {subject.channel.name}"
        case RouteId():
            return f"{subject.source.name} to {subject.target.name}"
        case LoopId():
            return f"loop {subject.digest}"
        case GroupId():
            return subject.name
        case BundleId():
            return f"{plain(subject.source)} to {plain(subject.target)}"


def unattributed(key: str) -> str:
    """What to call a producer that nothing names, by the key of its id: `?<channel>#<who>`."""
    channel, _, who = key.removeprefix("?").rpartition("#")
    name = channel.rpartition("/")[2] or channel
    return f"unnamed sender to {name}" if not who.isdigit() else f"producer id {who}"
