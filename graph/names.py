"""Plain names for sentences: what a person would call a thing."""

from __future__ import annotations

from collections.abc import Mapping

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
from graph.model import DependencyGraph


def plain(subject: Subject, names: Mapping[ApplicationId, str] | None = None) -> str:
    """The name of a thing in a sentence: `orders`, `billing`, `billing sends to orders`.

    `names` are those that applications are shown by; without them their ids speak.
    """
    match subject:
        case ServerId():
            return subject.address
        case ChannelId():
            return subject.name
        case ApplicationId(key=key):
            shown = names.get(subject) if names else None
            return shown or (unattributed(key) if key.startswith("?") else key)
        case OperationId():
            verb = "sends to" if subject.action is Action.SEND else "receives from"
            return f"{plain(subject.application, names)} {verb} {subject.channel.name}"
        case RouteId():
            return f"{subject.source.name} to {subject.target.name}"
        case LoopId():
            return f"loop {subject.digest}"
        case GroupId():
            return subject.name
        case BundleId():
            return f"{plain(subject.source, names)} to {plain(subject.target, names)}"


def shown_names(graph: DependencyGraph) -> dict[ApplicationId, str]:
    """What applications are shown by, where more is known of them than their ids."""
    return {key: each.name for key, each in graph.applications.items() if each.name}


def unattributed(key: str) -> str:
    """What to call a producer that nothing names, by the key of its id: `?<channel>#<who>`."""
    channel, _, who = key.removeprefix("?").rpartition("#")
    name = channel.rpartition("/")[2] or channel
    return f"unnamed sender to {name}" if not who.isdigit() else f"producer id {who}"
