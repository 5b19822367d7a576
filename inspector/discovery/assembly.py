"""From the sources' report to applications and edges, each with its evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from graph.evidence import Evidence, combine
from graph.identity import Action, ApplicationId, ChannelId, OperationId, RouteId
from graph.model import PRODUCER_ID, Alias, Application, ApplicationKind, Finding, Route, Suggestion
from inspector.discovery.edges import Edge, edges_of, strongest
from inspector.discovery.facts import Actor, Anonymous, Bond, Claim, Report, Writer
from inspector.discovery.identity import EQUAL_NAME, Identity
from inspector.discovery.names import kind as kind_by_name
from inspector.discovery.resolution import Resolution, Resolver

MOST_PRODUCER_IDS = 8
"""Producer ids listed among the aliases of an application, the newest."""


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
    findings: list[Finding] = field(default_factory=list)
    """What the sources found out about applications and channels."""
    suggestions: tuple[Suggestion, ...] = ()

    def add(self, node: Node, actors: Iterable[Actor] = ()) -> None:
        """Add an application that was seen as these actors."""
        self.applications[node.application.id] = node.application
        self.edges.update(node.edges)
        self.actors.update(dict.fromkeys(actors, node.application.id))


class Assembler:
    """Keeps what stays from one moment to the next, which is nearly all."""

    def __init__(self) -> None:
        self.resolver = Resolver()
        self._homes: dict[Writer, ChannelId] = {}
        """The channel under which each unnamed producer id is known, so that its node keeps its id."""
        self._nodes: dict[str, tuple[object, Node]] = {}
        self._edges: dict[str, tuple[object, dict[OperationId, Edge]]] = {}
        self._routes: dict[RouteId, tuple[list[Evidence], Route]] = {}

    def assemble(self, report: Report, channels: Collection[ChannelId]) -> Assembly:
        """Applications behind all claims on these channels, and the routes between them."""
        claims: dict[Actor, list[Claim]] = {}
        for claim in report.claims:
            if claim.channel in channels:
                claims.setdefault(claim.actor, []).append(claim)
        resolution = self.resolver.resolve(claims, report.bonds)
        home = resolution.home
        assembly = Assembly(actors=dict(resolution.applications), suggestions=resolution.suggestions)
        bonds: dict[str, list[Bond]] = {}
        for bond in report.bonds:
            if (shared := home.get(bond.a)) is not None and home.get(bond.b) is shared:
                bonds.setdefault(shared.key, []).append(bond)
        nodes, edges = self._nodes, self._edges
        self._nodes, self._edges = {}, {}
        for identity in resolution.named:
            mine = [claim for actor in identity.members if actor in claims for claim in claims[actor]]
            assembly.add(self._node(identity, mine, bonds.get(identity.key, []), report, nodes, edges))
        self._add_unnamed(assembly, resolution, claims, report, nodes)
        self._add_routes(assembly, report, channels)
        for actor, words in report.descriptions.items():
            if (key := assembly.actors.get(actor)) is not None:
                assembly.applications[key] = replace(assembly.applications[key], description=words)
        for each in report.troubles:
            about = each.about
            subject = about if isinstance(about, ChannelId) else assembly.actors.get(about)
            if subject is not None and (subject in channels or subject in assembly.applications):
                assembly.findings.append(Finding(each.rule, each.severity, subject, each.message))
        return assembly

    def _node(
        self,
        identity: Identity,
        claims: list[Claim],
        bonds: list[Bond],
        report: Report,
        nodes: Mapping[str, tuple[object, Node]],
        edges: Mapping[str, tuple[object, dict[OperationId, Edge]]],
    ) -> Node:
        """Made anew only where something that it is made of changed."""
        ended = report.ended & identity.members
        counts = [report.instances[each] for each in identity.members - ended if each in report.instances]
        kinds = {report.kinds[each] for each in identity.members if each in report.kinds}
        read = {(claim.actor, claim.channel) for claim in claims if claim.action is Action.RECEIVE}
        lags = [report.lags[each] for each in read if each in report.lags and each[0] not in ended]
        # Several groups of one application have the same instances.
        instances, lag = max(counts, default=None), sum(lags) if lags else None
        made_of = (identity, claims, bonds, ended)
        known = edges.get(identity.key)
        if known is None or known[0] != made_of:
            known = (made_of, edges_of(ApplicationId(identity.key), claims, bonds, ended))
        self._edges[identity.key] = known
        question = (made_of, kinds, instances, lag)
        kept = nodes.get(identity.key)
        if kept is None or kept[0] != question:
            application = _application(identity, claims, bonds, kinds, instances, lag)
            kept = (question, Node(application, known[1]))
        self._nodes[identity.key] = kept
        return kept[1]

    def _add_unnamed(
        self,
        assembly: Assembly,
        resolution: Resolution,
        claims: Mapping[Actor, list[Claim]],
        report: Report,
        nodes: Mapping[str, tuple[object, Node]],
    ) -> None:
        """One node for each anonymous sender, and one for all producer ids that write the same channels.

        A restart takes a new producer id, so several of them seldom are several programs.
        """
        decided = self.resolver.decisions.producer_ids()
        writers: dict[tuple[frozenset[ChannelId], str], list[Writer]] = {}
        for writer in resolution.lone:
            alike = (frozenset([claim.channel for claim in claims[writer]]), "")
            writers.setdefault(alike, []).append(writer)
        for identity in resolution.unnamed:
            mine = [actor for actor in identity.members if actor in claims]
            ids = [actor for actor in mine if isinstance(actor, Writer)]
            for actor in mine:
                if isinstance(actor, Anonymous):
                    key = ApplicationId(f"?{actor.channel}#anonymous")
                    detail = report.details.get(actor, "no producer id")
                    assembly.add(self._unnamed(key, [actor], claims, detail, nodes), [actor])
            if ids:
                kept_apart = min((str(each.producer_id) for each in ids), default="")
                reached = frozenset(claim.channel for each in ids for claim in claims[each])
                alike = (reached, kept_apart if kept_apart in decided else "")
                writers.setdefault(alike, []).extend(ids)
        homes: dict[Writer, ChannelId] = {}
        for (channels, _), alike_ids in writers.items():
            alike_ids.sort()
            first = alike_ids[0]
            home = self._homes.get(first)
            homes[first] = home if home is not None and home in channels else min(channels)
            key = ApplicationId(f"?{homes[first]}#{first.producer_id}")
            forwards = {report.details[writer] for writer in alike_ids if writer in report.details}
            detail = ", ".join([_listed([each.producer_id for each in alike_ids]), *sorted(forwards)[:1]])
            assembly.add(self._unnamed(key, alike_ids, claims, detail, nodes), alike_ids)
        # One that has a name now is unnamed again when a person takes a decision back.
        self._homes = {writer: home for writer, home in self._homes.items() if writer in claims} | homes

    def _unnamed(
        self,
        key: ApplicationId,
        actors: Sequence[Actor],
        claims: Mapping[Actor, list[Claim]],
        detail: str,
        nodes: Mapping[str, tuple[object, Node]],
    ) -> Node:
        mine = [claim for actor in actors for claim in claims[actor]]
        question = (mine, detail)
        kept = nodes.get(key.key)
        if kept is None or kept[0] != question:
            kind = ApplicationKind.UNATTRIBUTED
            application = Application(key, None, kind, _aliases(actors), detail=detail)
            kept = (question, Node(application, edges_of(key, mine, nameless=True)))
        self._nodes[key.key] = kept
        return kept[1]

    def _add_routes(self, assembly: Assembly, report: Report, channels: Collection[ChannelId]) -> None:
        before, self._routes = self._routes, {}
        for route, pieces in report.routes.items():
            if route.source in channels and route.target in channels:
                kept = before.get(route)
                if kept is None or kept[0] != pieces:
                    kept = (pieces, Route(route, combine(pieces), strongest(pieces)))
                self._routes[route] = kept
                assembly.routes[route] = kept[1]


def _application(
    identity: Identity,
    claims: Sequence[Claim],
    bonds: Sequence[Bond],
    kinds: Collection[ApplicationKind],
    instances: int | None,
    lag: int | None,
) -> Application:
    pieces = [bond.evidence for bond in bonds]
    if identity.same_name:
        first = min(claim.evidence.first_seen_ns for claim in claims)
        last = max(claim.evidence.last_seen_ns for claim in claims)
        pieces.append(Evidence("identity.name", "name", EQUAL_NAME, first, last, identity.same_name))
    return Application(
        id=ApplicationId(identity.key),
        name=identity.name,
        kind=_kind(identity.members, kinds),
        aliases=_aliases(identity.members),
        confidence=identity.confidence,
        evidence=strongest(pieces),
        instances=instances,
        lag=lag,
    )


def _listed(ids: list[int]) -> str:
    if len(ids) == 1:
        return f"producer id {ids[0]}"
    if len(ids) == 2:
        return f"producer ids {ids[0]} and {ids[1]}"
    return f"producer ids {ids[0]}, {ids[1]} and {len(ids) - 2} more"


def _kind(members: Iterable[Actor], told: Collection[ApplicationKind]) -> ApplicationKind:
    kinds = {*told, *(kind_by_name(member) for member in members if isinstance(member, Alias))}
    for kind in (ApplicationKind.STREAM_PROCESSOR, ApplicationKind.CONNECTOR):
        if kind in kinds:
            return kind
    return ApplicationKind.SERVICE


def _aliases(members: Iterable[Actor]) -> tuple[Alias, ...]:
    names = [member for member in members if isinstance(member, Alias)]
    ids = sorted({member.producer_id for member in members if isinstance(member, Writer)})
    numbers = [Alias(PRODUCER_ID, str(number)) for number in ids[-MOST_PRODUCER_IDS:]]
    return tuple(sorted([*names, *numbers]))
