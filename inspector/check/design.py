"""What files declare, as a graph: before anything of it runs, and on top of what was seen of the rest."""

from __future__ import annotations

import dataclasses
import glob
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.loops.counting import RequestReply
from graph.model import (
    Alias,
    Application,
    DependencyGraph,
    EdgeState,
    Finding,
    Operation,
    Severity,
    Unavailable,
)
from inspector import asyncapi
from inspector.asyncapi import MOST
from inspector.check.places import Places
from inspector.declaration import Channels, ConfirmedEdge, Declaration, DeclaredChannel, does
from inspector.discovery import Discovery
from inspector.discovery.names import joined, shown
from inspector.errors import ProjectError
from inspector.observation import ChannelSeen, PeopleSaid, ServerSeen
from inspector.project.file import ProjectFile
from inspector.project.meaning import confirmed, decisions, declarations
from inspector.project.model import Project

SOMEWHERE = ServerId("kafka", "declared")
"""Where a declared channel lies of which no file says on which server."""

_WHOLE = re.compile(r"(?P<system>\w+)://(?P<address>[^/]+)/(?P<kind>\w+)/(?P<name>.+)")
_KINDS = {each.value: each for each in ChannelKind}
_NAMES = ("declared", "group", "source", "transactional-id", "principal")


def _unread(said: Declaration, path: Path) -> Unavailable:
    told = "No operation in {} names a channel"
    if said.operations:
        told = "1 operation in {} names no channel"
        if said.passed_over > 1:
            told = f"{said.passed_over} operations in {{}} name no channel"
    return Unavailable(
        f"What {said.name} sends and receives",
        f"{told.format(path.as_posix())} whose address stands in it.",
        "Write operations and addresses into it; references to other files and addresses with "
        "parameters are not followed.",
    )


@dataclass
class Design:
    """Declarations of several files, with the lines in which they stand."""

    declarations: list[Declaration] = field(default_factory=list)
    confirmed: list[ConfirmedEdge] = field(default_factory=list)
    places: Places = field(default_factory=Places)
    unread: list[Unavailable] = field(default_factory=list)
    """What documents do not tell in a way that can be read."""

    def read(self, path: Path) -> None:
        """Take in an AsyncAPI document; raises ProjectError with what is wrong with it."""
        found = asyncapi.read(path)
        text = path.read_text(encoding="utf-8", errors="replace")
        for said in found:
            if said.passed_over or not said.operations:
                self.unread.append(_unread(said, path))
            self.declarations.append(said)
            self.places.add(said, path, text)

    def take(self, file: ProjectFile) -> None:
        """Take in what a project and the documents that it names declare; raises ProjectError."""
        for said in declarations(file.project, file.path.name):
            self.declarations.append(said)
            self.places.add(said, file.path, file.text)
        for edge in confirmed(file.project):
            self.confirmed.append(edge)
            self.places.confirm(edge, file.path, file.text)
        for pattern in file.project.asyncapi:
            found = sorted(islice(glob.iglob(pattern, root_dir=file.path.parent, recursive=True), MOST + 1))
            if len(found) > MOST:
                raise ProjectError(
                    f"More than {MOST:,} files are at {pattern}.", f"Name fewer in {file.path.name}."
                )
            if not found:
                raise ProjectError(f"No AsyncAPI file is at {pattern}.", f"Correct it in {file.path.name}.")
            for name in found:
                self.read(file.path.parent / name)

    @property
    def says_something(self) -> bool:
        """Whether it declares any edge."""
        return bool(self.confirmed) or any(said.operations for said in self.declarations)

    def over(
        self, base: DependencyGraph, project: Project, now_ns: int
    ) -> tuple[DependencyGraph, frozenset[RequestReply]]:
        """The graph with all that is declared, and what is declared as requests and their replies.

        Loops are those of the graph before.
        """
        lying = _Lying(base, self.declarations)
        said = [replace(each, operations=tuple(lying.operations(each))) for each in self.declarations]
        edges = [
            replace(each, channel=DeclaredChannel(str(found)))
            for each in self.confirmed
            if (found := lying.find(each.channel)) is not None
        ]
        channels = {found for found in lying.found.values() if found is not None}
        discovery = Discovery()
        discovery.decide(decisions(project))
        discovery.fold(
            [ServerSeen(server, server.address) for server in {c.server for c in channels}], now_ns
        )
        discovery.fold([ChannelSeen(channel, 1) for channel in sorted(channels)], now_ns)
        discovery.fold([PeopleSaid(tuple(said), tuple(edges))], now_ns)
        graph = _joined(base, discovery.graph(now_ns), tuple(lying.findings(self.declarations)))
        graph = dataclasses.replace(graph, unavailable=(*graph.unavailable, *self.unread))
        return graph, frozenset(lying.replies(self.declarations))


class _Lying:
    """On which server each declared channel lies."""

    def __init__(self, base: DependencyGraph, said: Iterable[Declaration]) -> None:
        self._known = Channels(base.channels)
        self._servers = base.servers
        self._home: dict[str, ServerId] = {}
        """Of each `host:port`: those that one channel names together are one server and its stages."""
        self.found: dict[DeclaredChannel, ChannelId | None] = {}
        declared = [channel for each in said for _, channel in each.operations]
        for channel in declared:
            self._together(channel.servers)
        self._homes: dict[str, set[ServerId]] = {}
        """Of each name of a channel: the servers on which it is said to lie."""
        for channel in declared:
            if channel.servers:
                self._homes.setdefault(channel.name, set()).add(self._home[channel.servers[0]])

    def _together(self, addresses: tuple[str, ...]) -> None:
        if not addresses:
            return
        homes = [self._home[each] for each in addresses if each in self._home]
        home = self._seen(addresses) or (homes[0] if homes else ServerId("kafka", addresses[0]))
        self._home = {at: home if old in homes else old for at, old in self._home.items()}
        self._home.update(dict.fromkeys(addresses, home))

    def _seen(self, addresses: tuple[str, ...]) -> ServerId | None:
        """The server that was seen at one of these."""
        return next((each for each in self._servers if {*each.address.split(",")} & {*addresses}), None)

    def find(self, channel: DeclaredChannel) -> ChannelId | None:
        """The channel that is meant; None where several servers have one of the name."""
        if channel not in self.found:
            self.found[channel] = self._find(channel)
        return self.found[channel]

    def _find(self, channel: DeclaredChannel) -> ChannelId | None:
        if whole := _WHOLE.fullmatch(channel.name):
            address = tuple(whole["address"].split(","))
            server = self._seen(address) or ServerId(whole["system"], whole["address"])
            return ChannelId(server, _KINDS.get(whole["kind"], ChannelKind.TOPIC), whole["name"])
        known, number = self._known.find(channel)
        if known is not None or (number and not channel.servers):
            return known
        if channel.servers:
            homes = {self._home[channel.servers[0]]}
        else:
            homes = self._homes.get(channel.name) or {*self._home.values(), *self._servers}
            if len(homes) > 1 and channel.name not in self._homes:
                homes = {SOMEWHERE}
        if len(homes) > 1:
            return None
        return ChannelId(next(iter(homes), SOMEWHERE), ChannelKind.TOPIC, channel.name)

    def operations(self, said: Declaration) -> Iterator[tuple[Action, DeclaredChannel]]:
        """Those of a declaration, their channels by whole ids."""
        for action, channel in said.operations:
            if (found := self.find(channel)) is not None:
                yield action, DeclaredChannel(str(found))

    def replies(self, said: Iterable[Declaration]) -> Iterator[RequestReply]:
        """What is declared as a request and its reply."""
        for each in said:
            for there, back in each.replies:
                request, reply = self.find(there), self.find(back)
                if request is not None and reply is not None:
                    yield RequestReply(request, reply)

    def findings(self, said: Iterable[Declaration]) -> Iterator[Finding]:
        """What cannot be told."""
        for each in said:
            for action, channel in each.operations:
                if self.find(channel) is None:
                    what = does(each.name, action, channel.name)
                    message = (
                        f"{each.file} says that {what}, which several servers have. "
                        "Write it as kafka://host:9092/topic/name."
                    )
                    about = ChannelId(SOMEWHERE, ChannelKind.TOPIC, channel.name)
                    yield Finding("declared-channel-ambiguous", Severity.WARNING, about, message)


def _joined(base: DependencyGraph, design: DependencyGraph, findings: tuple[Finding, ...]) -> DependencyGraph:
    """One graph of both: an application that was seen and is declared is one."""
    meant = _meant(base, design)
    applications = dict(base.applications)
    for key, application in design.applications.items():
        home = meant.get(key, key)
        known = applications.get(home)
        applications[home] = application if known is None else _with_names(known, application)
    operations = dict(base.operations)
    for operation in design.operations.values():
        said = operation.id
        at = OperationId(meant.get(said.application, said.application), said.action, said.channel)
        known_edge = operations.get(at)
        operations[at] = replace(operation, id=at) if known_edge is None else _both(known_edge, operation)
    return dataclasses.replace(
        base,
        servers=design.servers | base.servers,
        channels=design.channels | base.channels,
        applications=applications,
        operations=operations,
        findings=(*base.findings, *(each for each in findings if each not in base.findings)),
        from_ns=base.from_ns or design.from_ns,
        to_ns=base.to_ns or design.to_ns,
    )


def _meant(base: DependencyGraph, design: DependencyGraph) -> dict[ApplicationId, ApplicationId]:
    """Which of the applications that were seen each declared one is: by a name that both have."""
    by_alias: dict[Alias, ApplicationId] = {}
    by_name: dict[str, set[ApplicationId]] = {}
    for application in base.applications.values():
        for alias in application.aliases:
            by_alias[alias] = application.id
            if alias.kind in _NAMES:
                by_name.setdefault(joined(shown(alias)), set()).add(application.id)
    meant: dict[ApplicationId, ApplicationId] = {}
    for application in design.applications.values():
        found = {by_alias[each] for each in application.aliases if each in by_alias}
        if not found:
            found = set().union(*(by_name.get(joined(each.value), ()) for each in application.aliases))
        if len(found) == 1:
            meant[application.id] = found.pop()
    return meant


def _both(seen: Operation, said: Operation) -> Operation:
    """An edge that was seen or permitted, perhaps long ago, and that is declared for what is to be."""
    evidence = (*seen.evidence, *(each for each in said.evidence if each not in seen.evidence))
    confidence = max(seen.confidence, said.confidence)
    return replace(seen, evidence=evidence, confidence=confidence, state=EdgeState.OBSERVED)


def _with_names(known: Application, said: Application) -> Application:
    aliases = (*known.aliases, *(each for each in said.aliases if each not in known.aliases))
    return replace(
        known,
        aliases=aliases,
        owner=known.owner or said.owner,
        description=known.description or said.description,
    )
