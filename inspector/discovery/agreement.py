"""Whether what people declared agrees with what was observed, and what they say of their applications."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from graph.evidence import LIKELY, combine
from graph.identity import ApplicationId, ChannelId
from graph.model import DECLARED, Application, DependencyGraph, Finding, Operation, Severity
from graph.names import plain
from inspector.declaration import UNSEEN, Channels, Declaration, DeclaredChannel, does

SETTLED_NS = 10_000_000_000
"""So long must be looked before what was not observed is called that."""


class Agreement:
    """What some declarations say about a graph; made anew where they change."""

    def __init__(self, declarations: Sequence[Declaration] = ()) -> None:
        self._declarations = declarations
        self._said: dict[str, list[Declaration]] = {}
        for declaration in declarations:
            self._said.setdefault(declaration.name, []).append(declaration)
        self._known: tuple[set[ChannelId], Channels] = (set(), Channels(()))

    def compared(self, graph: DependencyGraph) -> DependencyGraph:
        """The graph with owners, descriptions, and findings where declarations and observation differ."""
        if not self._declarations:
            return graph
        about: dict[ApplicationId, list[Declaration]] = {}
        home: dict[str, ApplicationId] = {}
        for application in graph.applications.values():
            for alias in application.aliases:
                if alias.kind == DECLARED and alias.value in self._said:
                    home[alias.value] = application.id
                    about.setdefault(application.id, []).extend(self._said[alias.value])
        described = {key: _described(graph.applications[key], mine) for key, mine in about.items()}
        found = [*graph.findings, *self._missing(graph, home)]
        if graph.to_ns - graph.from_ns >= SETTLED_NS:
            found += _differences(graph, about)
        order = list(Severity)
        found.sort(key=lambda each: (order.index(each.severity), each.rule, str(each.subject), each.message))
        applications = {**graph.applications, **described}
        return dataclasses.replace(graph, applications=applications, findings=tuple(found))

    def _channels(self, graph: DependencyGraph) -> Channels:
        known, channels = self._known
        if known != graph.channels.keys():
            channels = Channels(graph.channels)
            self._known = set(graph.channels), channels
        return channels

    def _missing(self, graph: DependencyGraph, home: Mapping[str, ApplicationId]) -> Iterator[Finding]:
        """Declared channels that no server has, or several."""
        server = min(graph.servers, default=None)
        if server is None or not graph.channels:
            return
        channels = self._channels(graph)
        for said in self._declarations:
            subject = home.get(said.name, server)
            told: set[DeclaredChannel] = set()
            for action, channel in said.operations:
                found, number = channels.find(channel)
                if found is not None or channel in told:
                    continue
                told.add(channel)
                what = f"{said.file} says that {does(said.name, action, channel.name)}"
                if number:
                    message = (
                        f"{what}, which {number} servers have. Write it as kafka://host:9092/topic/name."
                    )
                    yield Finding("declared-channel-ambiguous", Severity.WARNING, subject, message)
                else:
                    message = f"{what}, and no server has a channel of that name."
                    yield Finding("declared-channel-missing", Severity.WARNING, subject, message)


def _described(application: Application, said: Sequence[Declaration]) -> Application:
    owner = next((each.owner for each in said if each.owner), application.owner)
    description = next((each.description for each in said if each.description), application.description)
    return replace(application, owner=owner, description=description)


def observed(operation: Operation) -> float:
    """How sure an edge is by what was seen alone."""
    return combine(piece for piece in operation.evidence if piece.family not in UNSEEN)


def _differences(
    graph: DependencyGraph, about: Mapping[ApplicationId, Sequence[Declaration]]
) -> Iterator[Finding]:
    for key, operation in graph.operations.items():
        told = next((piece for piece in operation.evidence if piece.family == DECLARED), None)
        if told is not None:
            if not observed(operation):
                message = f"{told.detail} Nothing of the kind was observed."
                yield Finding("declared-not-observed", Severity.NOTE, key, message)
            continue
        files = sorted({each.file for each in about.get(key.application, ()) if each.operations})
        if files and observed(operation) >= LIKELY and not graph.channels[key.channel].internal:
            verb = "does" if len(files) == 1 else "do"
            message = f"{plain(key)}, and {' and '.join(files)} {verb} not say so."
            yield Finding("observed-not-declared", Severity.WARNING, key, message)
