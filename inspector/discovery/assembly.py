"""From the sources' report to applications and edges, each with its evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from graph.evidence import Evidence, combine
from graph.identity import Action, ApplicationId, ChannelId, OperationId, RouteId
from graph.model import Alias, Application, ApplicationKind, Route
from inspector.discovery.facts import Actor, Anonymous, Bond, Claim, Report, Writer
from inspector.discovery.identity import EQUAL_NAME, THRESHOLD, Identity, resolve
from inspector.discovery.names import kind as kind_by_name
from inspector.discovery.sources.producers import FAMILY as PRODUCER_ID

MOST_PRODUCER_IDS = 8
"""Producer ids listed among the aliases of an application, the newest."""


class Edge(Struct, frozen=True):
    """An operation before its rates are known."""

    actors: frozenset[Actor]
    evidence: tuple[Evidence, ...]
    confidence: float


class Node(Struct, frozen=True):
    """An application with its edges."""

    application: Application
    edges: dict[OperationId, Edge]


@dataclass
class Assembly:
    """The applications and edges of one moment."""

    applications: dict[ApplicationId, Application] = field(default_factory=dict)
    edges: dict[OperationId, Edge] = field(default_factory=dict)
    routes: dict[RouteId, Route] = field(default_factory=dict)
    actors: dict[Actor, ApplicationId] = field(default_factory=dict)
    """Which application each actor is."""

    def add(self, node: Node, actors: Iterable[Actor]) -> None:
        """Add an application that was seen as these actors."""
        self.applications[node.application.id] = node.application
        self.edges.update(node.edges)
        self.actors.update(dict.fromkeys(actors, node.application.id))


class Assembler:
    """Keeps what stays from one moment to the next, which is nearly all."""

    def __init__(self) -> None:
        self._homes: dict[Writer, ChannelId] = {}
        """The channel under which each unnamed producer id is known, so that its node keeps its id."""
        self._resolved: tuple[object, list[Identity]] = (None, [])
        self._nodes: dict[str, tuple[object, Node]] = {}

    def assemble(self, report: Report, channels: Collection[ChannelId]) -> Assembly:
        """Applications behind all claims on these channels, and the routes between them."""
        claims: dict[Actor, list[Claim]] = {}
        for claim in report.claims:
            if claim.channel in channels:
                claims.setdefault(claim.actor, []).append(claim)
        assembly = Assembly()
        unnamed: list[Actor] = []
        named: list[tuple[Identity, list[Claim]]] = []
        home: dict[Actor, Identity] = {}
        for identity in self._identities(claims, report.bonds):
            mine = [claim for actor in identity.members for claim in claims.get(actor, ())]
            if not identity.key:
                unnamed += (actor for actor in identity.members if actor in claims)
            elif mine:
                named.append((identity, mine))
                home.update(dict.fromkeys(identity.members, identity))
        bonds: dict[str, list[Bond]] = {}
        for bond in report.bonds:
            if (shared := home.get(bond.a)) is not None and home.get(bond.b) is shared:
                bonds.setdefault(shared.key, []).append(bond)
        nodes: dict[str, tuple[object, Node]] = {}
        for identity, mine in named:
            node = self._node(identity, mine, bonds.get(identity.key, []), report, nodes)
            assembly.add(node, identity.members)
        self._nodes = nodes
        self._add_unnamed(assembly, unnamed, claims, report)
        for route, pieces in report.routes.items():
            if route.source in channels and route.target in channels:
                joined = strongest(pieces)
                assembly.routes[route] = Route(route, combine(joined), joined)
        return assembly

    def _node(
        self,
        identity: Identity,
        claims: list[Claim],
        bonds: list[Bond],
        report: Report,
        nodes: dict[str, tuple[object, Node]],
    ) -> Node:
        """Made anew only where something that it is made of changed."""
        counts = [report.instances[each] for each in identity.members if each in report.instances]
        kinds = {report.kinds[each] for each in identity.members if each in report.kinds}
        read = {(claim.actor, claim.channel) for claim in claims if claim.action is Action.RECEIVE}
        lags = [report.lags[each] for each in read if each in report.lags]
        # Several groups of one application have the same instances.
        instances, lag = max(counts, default=None), sum(lags) if lags else None
        question = (identity, claims, bonds, kinds, instances, lag)
        kept = self._nodes.get(identity.key)
        if kept is None or kept[0] != question:
            kept = (question, _named(identity, claims, bonds, kinds, instances, lag))
        nodes[identity.key] = kept
        return kept[1]

    def _identities(self, actors: Collection[Actor], bonds: Collection[Bond]) -> list[Identity]:
        """Resolved anew only when there are other actors or bonds than before."""
        question = (set(actors), {(bond.a, bond.b, bond.evidence.confidence) for bond in bonds})
        if question != self._resolved[0]:
            self._resolved = (question, resolve(actors, bonds))
        return self._resolved[1]

    def _add_unnamed(
        self,
        assembly: Assembly,
        unnamed: Iterable[Actor],
        claims: Mapping[Actor, list[Claim]],
        report: Report,
    ) -> None:
        """One node for each anonymous sender, and one for all producer ids that write the same channels.

        A restart takes a new producer id, so several of them seldom are several programs.
        """
        writers: dict[frozenset[ChannelId], list[Writer]] = {}
        homes: dict[Writer, ChannelId] = {}
        for actor in unnamed:
            if isinstance(actor, Writer):
                writers.setdefault(frozenset(claim.channel for claim in claims[actor]), []).append(actor)
            elif isinstance(actor, Anonymous):
                detail = report.details.get(actor, "no producer id")
                key = ApplicationId(f"?{actor.channel}#anonymous")
                assembly.add(_unnamed(key, [actor], claims, detail), [actor])
        for channels, alike in writers.items():
            alike.sort()
            first = alike[0]
            home = self._homes.get(first)
            homes[first] = home if home is not None and home in channels else min(channels)
            key = ApplicationId(f"?{homes[first]}#{first.producer_id}")
            forwards = {report.details[writer] for writer in alike if writer in report.details}
            detail = ", ".join([_listed([writer.producer_id for writer in alike]), *sorted(forwards)[:1]])
            assembly.add(_unnamed(key, alike, claims, detail), alike)
        self._homes = homes


def _named(
    identity: Identity,
    claims: Sequence[Claim],
    bonds: Sequence[Bond],
    kinds: Collection[ApplicationKind],
    instances: int | None,
    lag: int | None,
) -> Node:
    application = ApplicationId(identity.key)
    pieces = [bond.evidence for bond in bonds]
    if identity.same_name:
        first = min(claim.evidence.first_seen_ns for claim in claims)
        last = max(claim.evidence.last_seen_ns for claim in claims)
        pieces.append(Evidence("identity.name", "name", EQUAL_NAME, first, last, identity.same_name))
    return Node(
        Application(
            id=application,
            name=identity.name,
            kind=_kind(identity.members, kinds),
            aliases=_aliases(identity.members),
            confidence=identity.confidence,
            evidence=strongest(pieces),
            instances=instances,
            lag=lag,
        ),
        _edges(application, claims, bonds),
    )


def _unnamed(
    key: ApplicationId, actors: Collection[Actor], claims: Mapping[Actor, list[Claim]], detail: str
) -> Node:
    mine = [claim for actor in actors for claim in claims[actor]]
    kind = ApplicationKind.UNATTRIBUTED
    application = Application(id=key, name=None, kind=kind, aliases=_aliases(actors), detail=detail)
    return Node(application, _edges(key, mine, ()))


def _listed(ids: list[int]) -> str:
    if len(ids) == 1:
        return f"producer id {ids[0]}"
    if len(ids) == 2:
        return f"producer ids {ids[0]} and {ids[1]}"
    return f"producer ids {ids[0]}, {ids[1]} and {len(ids) - 2} more"


def _edges(
    application: ApplicationId, claims: Iterable[Claim], bonds: Collection[Bond]
) -> dict[OperationId, Edge]:
    """The operations that claims of one application make, with how far a producer id is known to be its."""
    pieces: dict[OperationId, tuple[set[Actor], list[Evidence]]] = {}
    for claim in claims:
        key = OperationId(application, claim.action, claim.channel)
        actors, found = pieces.setdefault(key, (set(), []))
        actors.add(claim.actor)
        if isinstance(claim.actor, Writer) and bonds:
            found += _with_name(claim.evidence, _names(claim.actor, bonds))
        else:
            found.append(claim.evidence)
    edges = {}
    for key, (actors, found) in pieces.items():
        evidence = strongest(found)
        edges[key] = Edge(frozenset(actors), evidence, round(combine(evidence), 4))
    return edges


def strongest(pieces: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """One piece of each technique: the strongest, over the time of all of them."""
    by_source: dict[str, list[Evidence]] = {}
    for piece in pieces:
        by_source.setdefault(piece.source, []).append(piece)
    return tuple(_joined(by_source[source]) for source in sorted(by_source))


def _joined(alike: list[Evidence]) -> Evidence:
    if len(alike) == 1:
        return alike[0]
    best = max(alike, key=lambda piece: (piece.confidence, piece.last_seen_ns, piece.detail))
    others = len({piece.detail for piece in alike}) - 1
    return replace(
        best,
        first_seen_ns=min(piece.first_seen_ns for piece in alike),
        last_seen_ns=max(piece.last_seen_ns for piece in alike),
        detail=f"{best.detail} And {others} more like this." if others else best.detail,
    )


def _names(writer: Writer, bonds: Iterable[Bond]) -> list[Evidence]:
    return [
        bond.evidence
        for bond in bonds
        if writer in (bond.a, bond.b) and bond.evidence.confidence >= THRESHOLD
    ]


def _with_name(wrote: Evidence, names: list[Evidence]) -> list[Evidence]:
    """That a producer id wrote counts for an application only as far as the id is known to be its own."""
    known = combine(names)
    return [
        replace(wrote, confidence=wrote.confidence * known),
        *(replace(name, family=PRODUCER_ID, confidence=name.confidence * wrote.confidence) for name in names),
    ]


def _kind(members: Iterable[Actor], told: Collection[ApplicationKind]) -> ApplicationKind:
    kinds = {*told, *(kind_by_name(member) for member in members if isinstance(member, Alias))}
    for kind in (ApplicationKind.STREAM_PROCESSOR, ApplicationKind.CONNECTOR):
        if kind in kinds:
            return kind
    return ApplicationKind.SERVICE


def _aliases(members: Iterable[Actor]) -> tuple[Alias, ...]:
    names = [member for member in members if isinstance(member, Alias)]
    ids = sorted({member.producer_id for member in members if isinstance(member, Writer)})
    numbers = [Alias("producer-id", str(number)) for number in ids[-MOST_PRODUCER_IDS:]]
    return tuple(sorted([*names, *numbers]))
