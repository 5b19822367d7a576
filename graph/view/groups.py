"""Applications and channels that have something in common, to be drawn as one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from graph.identity import (
    ApplicationId,
    BundleId,
    ChannelId,
    GroupId,
    LoopId,
    NodeId,
    OperationId,
    RouteId,
    ServerId,
    Subject,
)
from graph.model import DependencyGraph
from graph.view.index import Index, index
from graph.view.rows import Numbers

WAYS = ("server", "namespace", "domain", "team", "prefix")
"""What nodes can be grouped by."""

_SEPARATOR = re.compile(r"[./:_-]")
_SCHEME = re.compile(r"^[a-z-]+://")


@dataclass(frozen=True, eq=False)
class Groups:
    """The group of every node of an index."""

    by: str
    ids: tuple[GroupId, ...]
    of: Numbers
    """The number of each node's group, -1 for none; shape (nodes,)."""
    _index: Index = field(repr=False)
    _words: tuple[str | None, ...] = ()

    def group(self, node: int) -> GroupId | None:
        """The group of the node of a number."""
        number = int(self.of[node])
        return self.ids[number] if number >= 0 else None


def grouped(graph: DependencyGraph, found: Index, by: str, before: Groups | None = None) -> Groups:
    """The groups by one thing in common; the very ones before where nothing of that changed.

    A channel has a server and a namespace; an application belongs where all its channels are. A team owns its
    applications, and channels to which its applications alone send, or from which they alone receive where no
    sender is known; its domain is what stands before a slash in its name, or all of that. Names that begin
    alike up to a separator share a prefix, where two or more do; an application whose name does not belongs
    where all its channels are. By `none` there are no groups.

    Raises KeyError for a way of grouping that there is not.
    """
    words: tuple[str | None, ...] = ()
    if by in ("domain", "team", "prefix"):
        applications = found.applications_of(graph)
        words = tuple(each.name if by == "prefix" else each.owner for each in applications)
        if by == "domain":
            words = tuple(word and word.partition("/")[0].strip() for word in words)
    if before is not None and (before.by, before._index, before._words) == (by, found, words):
        return before
    names = {"none": _none, "server": _server, "namespace": _namespace, "domain": _team, "team": _team}
    names["prefix"] = _prefix
    of = names[by](found, words)
    ids = tuple(GroupId(by, name) for name in sorted({*of} - {""}))
    number = {"": -1} | {group.name: at for at, group in enumerate(ids)}
    return Groups(by, ids, np.array([number[name] for name in of], dtype=np.int64), found, words)


def _none(found: Index, _words: tuple[str | None, ...]) -> list[str]:
    return [""] * len(found.nodes)


def _server(found: Index, _words: tuple[str | None, ...]) -> list[str]:
    return _by_channels(found, [""] * found.applications, [str(key.server) for key in found.channels])


def _namespace(found: Index, _words: tuple[str | None, ...]) -> list[str]:
    spaces = [_SCHEME.sub("", key.name).rpartition("/")[0] for key in found.channels]
    return _by_channels(found, [""] * found.applications, spaces)


def _prefix(found: Index, words: tuple[str | None, ...]) -> list[str]:
    heads = [_head(name) for name in (*(word or "" for word in words), *(c.name for c in found.channels))]
    often = Counter(heads)
    heads = [head if often[head] > 1 else "" for head in heads]
    return _by_channels(found, heads[: found.applications], heads[found.applications :])


def _head(name: str) -> str:
    match = _SEPARATOR.search(name, 1)
    return name[: match.start()] if match else ""


def _team(found: Index, words: tuple[str | None, ...]) -> list[str]:
    teams = [word or "" for word in words]
    operations = slice(0, found.operations)
    source, target = found.source[operations], found.target[operations]
    sends = source < found.applications
    by_senders = _shared(found, teams, source[sends], target[sends])
    by_receivers = _shared(found, teams, target[~sends], source[~sends])
    sent = np.zeros(len(found.nodes), dtype=np.bool_)
    sent[target[sends]] = True
    owned = zip(sent.tolist(), by_senders, by_receivers, strict=True)
    of = [senders if any_sender else receivers for any_sender, senders, receivers in owned]
    return teams + of[found.applications :]


def _by_channels(found: Index, applications: list[str], of_channels: list[str]) -> list[str]:
    """The names of channels, and of applications that have none the one that all their channels share."""
    operations = slice(0, found.operations)
    ends = found.source[operations], found.target[operations]
    names = applications + of_channels
    shared = _shared(found, names, np.maximum(*ends), np.minimum(*ends))
    return [own or theirs for own, theirs in zip(applications, shared, strict=False)] + of_channels


def _shared(found: Index, names: list[str], givers: Numbers, takers: Numbers) -> list[str]:
    """For every node the name that all share who give it one; `givers[i]` gives to `takers[i]`."""
    known = sorted({*names})
    number = {name: at for at, name in enumerate(known)}
    given = np.full(len(found.nodes), -1, dtype=np.int64)
    given[: len(names)] = [number[name] for name in names]
    least = np.full(len(found.nodes), len(known), dtype=np.int64)
    most = np.full(len(found.nodes), -1, dtype=np.int64)
    np.minimum.at(least, takers, given[givers])
    np.maximum.at(most, takers, given[givers])
    both = zip(least.tolist(), most.tolist(), strict=True)
    return [known[low] if low == high else "" for low, high in both]


def members(graph: DependencyGraph, subject: Subject, found: Index | None = None) -> frozenset[NodeId]:
    """The nodes that a subject consists of; an index of the graph saves work for groups."""
    match subject:
        case ChannelId() | ApplicationId():
            return frozenset({subject})
        case OperationId() | RouteId():
            return frozenset({subject.source, subject.target})
        case GroupId():
            return _inside(graph, subject, found or index(graph))
        case BundleId():
            return members(graph, subject.source, found) | members(graph, subject.target, found)
        case LoopId():
            return frozenset(graph.loops[subject].hops) if subject in graph.loops else frozenset()
        case ServerId():
            return frozenset(channel for channel in graph.channels if channel.server == subject)


def _inside(graph: DependencyGraph, group: GroupId, found: Index) -> frozenset[NodeId]:
    known = grouped(graph, found, group.by)
    if group not in known.ids:
        return frozenset()
    return frozenset(found.nodes[at] for at in np.flatnonzero(known.of == known.ids.index(group)).tolist())


def title(graph: DependencyGraph, group: GroupId) -> str:
    """What to call a group: a server by the name that people gave it."""
    if group.by == "server":
        return next((each.name for key, each in graph.servers.items() if str(key) == group.name), group.name)
    return group.name
