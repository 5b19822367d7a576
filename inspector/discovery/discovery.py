"""Observations in, dependency graph out; no broker, no clock, no Qt."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from graph.evidence import HOUR_NS
from graph.identity import Action, ApplicationId, ChannelId, OperationId, ServerId
from graph.model import Channel, DependencyGraph, Finding, Operation, Server
from inspector.discovery.ageing import forgotten, told
from inspector.discovery.assembly import Assembler, Assembly
from inspector.discovery.decisions import Decisions
from inspector.discovery.digest import Digester
from inspector.discovery.facts import Actor, Anonymous, Report, Writer
from inspector.discovery.findings import Watched, findings
from inspector.discovery.message_types import MessageTypes
from inspector.discovery.sources import EvidenceSource
from inspector.discovery.sources.commits import Commits
from inspector.discovery.sources.connectors import Connectors
from inspector.discovery.sources.dead_letters import DeadLetters
from inspector.discovery.sources.declared import Declared
from inspector.discovery.sources.exactly_once import ExactlyOnce
from inspector.discovery.sources.forwards import Forwards
from inspector.discovery.sources.groups import Groups
from inspector.discovery.sources.growth import Growth
from inspector.discovery.sources.hints import Hints
from inspector.discovery.sources.hosts import Hosts
from inspector.discovery.sources.inferred import Inferred
from inspector.discovery.sources.mirrors import Mirrors
from inspector.discovery.sources.permissions import Permissions
from inspector.discovery.sources.producers import Producers
from inspector.discovery.sources.routes import Routes
from inspector.discovery.sources.schemas import Schemas, with_declared
from inspector.discovery.sources.senders import Senders
from inspector.discovery.sources.streams import Streams
from inspector.discovery.sources.transactions import Transactions
from inspector.discovery.sources.unnamed import Unnamed
from inspector.discovery.sources.uses import Uses
from inspector.discovery.traffic import Traffic
from inspector.discovery.window import SECOND_NS, steady
from inspector.observation import (
    BatchRead,
    ChannelGone,
    ChannelSeen,
    GroupSeen,
    NotVisible,
    Observation,
    OffsetsSeen,
    ProducersGone,
    RecordsSeen,
    ServerSeen,
    UsesSeen,
    VisibleAgain,
)
from inspector.record import Record
from inspector.traits import Traits, read

Figure = TypeVar("Figure", int, float)

SETTLED_NS = 5 * SECOND_NS
"""A channel watched for so long without a receiver has none, even where no group was ever seen."""


def sources() -> tuple[EvidenceSource, ...]:
    """One of each evidence source, knowing nothing yet."""
    return (
        Groups(),
        Uses(),
        Commits(),
        Producers(),
        Transactions(),
        Senders(),
        DeadLetters(),
        ExactlyOnce(),
        Hosts(),
        Permissions(),
        Unnamed(),
        Growth(),
        Routes(),
        Forwards(),
        Connectors(),
        Mirrors(),
        Streams(),
        Schemas(),
        Declared(),
        # These two ask what the others know.
        Hints(),
        Inferred(),
    )


@dataclass(slots=True)
class _Known:
    """A channel as its server describes it."""

    partitions: int
    internal: bool
    since_ns: int


class Discovery:
    """Folds what adapters saw, and gives the graph of any moment. One thread only."""

    def __init__(self) -> None:
        self._from_ns = 0
        self._servers: dict[ServerId, Server] = {}
        self._channels: dict[ChannelId, _Known] = {}
        self._grouped: set[ServerId] = set()
        """Servers that have shown groups."""
        self._dead_letters: set[ChannelId] = set()
        self._unseen: dict[tuple[ServerId | None, str], NotVisible] = {}
        self._replayers: set[Actor] = set()
        """Producer ids that replays were sent under: Eventscope's own, here or elsewhere."""
        self._sources = sources()
        self._traffic = Traffic()
        self._types = MessageTypes()
        self._digester = Digester()
        self._assembler = Assembler()
        self._actors: dict[Actor, ApplicationId] = {}
        self._rates: dict[tuple[OperationId, frozenset[Actor]], float | None] = {}
        """Of each operation, as shown last."""
        self._operations: dict[OperationId, Operation] = {}
        self._ends: dict[ChannelId, dict[int, int]] = {}
        """Next offsets when each channel was first seen: what lies before was written some time ago."""
        self._tidied_ns = 0

    def decide(self, decisions: Decisions) -> None:
        """From now on identities are as people decided. Raises BadPattern, and then nothing changes."""
        decisions.compiled()
        self._assembler.resolver.decisions = decisions

    def fold(self, observations: Sequence[Observation], now_ns: int) -> None:
        """Take in what was seen at `now_ns`. Records are read for their traits; see `fold_records`."""
        self._from_ns = self._from_ns or now_ns
        for seen in observations:
            if isinstance(seen, RecordsSeen | BatchRead):
                records = seen if isinstance(seen, RecordsSeen) else seen.evidence()
                self.fold_records(records, [read(record) for record in records.records], now_ns)
                continue
            self._see(seen, now_ns)
            self._traffic.see(seen, now_ns)
            for source in self._sources:
                source.see(seen, now_ns)

    def fold_records(self, seen: RecordsSeen, traits: Sequence[Traits], now_ns: int) -> None:
        """Take in records whose traits were read before; `traits[i]` is of `seen.records[i]`."""
        self._from_ns = self._from_ns or now_ns
        if seen.channel.name.startswith("__"):
            for source in self._sources:
                source.see(seen, now_ns)
            return
        for record, trait in zip(seen.records, traits, strict=True):
            if trait.replay_id is not None and record.producer_id >= 0:
                self._replayers.add(Writer(seen.channel.server, record.producer_id))
        digest = self._digester.digest(seen, traits)
        live = self._live(seen)
        for row in digest.rows:
            # Clocks of senders may be wrong, and copies keep the time of their original.
            row.seen_ns = now_ns if live else min(row.last_ns, now_ns) or now_ns
        if digest.origins:
            self._dead_letters.add(seen.channel)
        if not seen.apart:
            self._traffic.see_records(digest, now_ns)
            self._types.see_records(digest, now_ns)
        for source in self._sources:
            source.see_records(digest, now_ns)

    def _see(self, seen: Observation, now_ns: int) -> None:
        match seen:
            case ServerSeen(server=server):
                self._servers[server] = Server(server, seen.name, seen.version)
            case ChannelSeen(channel=channel):
                known = self._channels.get(channel)
                since_ns = known.since_ns if known is not None else now_ns
                self._channels[channel] = _Known(seen.partitions, seen.internal, since_ns)
            case ChannelGone(channel=channel):
                self._channels.pop(channel, None)
                self._ends.pop(channel, None)
                self._dead_letters.discard(channel)
                self._types.forget(channel)
            case OffsetsSeen(channel=channel, end=end):
                self._ends.setdefault(channel, end)
            case GroupSeen(server=server) | UsesSeen(server=server):
                self._grouped.add(server)
            case NotVisible(unavailable=unavailable, server=where):
                self._unseen[where, unavailable.what] = seen
            case VisibleAgain(what=what, server=where):
                self._unseen.pop((where, what), None)

    def _live(self, seen: RecordsSeen) -> bool:
        """Whether all of these records were written since their channel is watched."""
        ends = self._ends.get(seen.channel)
        return ends is not None and all(
            record.position.offset >= ends.get(record.position.partition, 0) for record in seen.records
        )

    def application(self, record: Record, traits: Traits) -> ApplicationId | None:
        """Who sent a record, as of the newest graph; None for a replay and where nothing tells."""
        if traits.replay_id is not None:
            return None
        by_id = None
        if record.producer_id >= 0:
            by_id = self._actors.get(Writer(record.channel.server, record.producer_id))
        if by_id is None and traits.sender is not None:
            by_id = self._actors.get(traits.sender)
        return by_id or self._actors.get(Anonymous(record.channel))

    def graph(self, now_ns: int) -> DependencyGraph:
        """All that is known now. Loops are not in it: `inspector.loops.watch` adds them."""
        report = Report()
        for source in self._sources:
            source.report(report, now_ns)
        if now_ns - self._tidied_ns >= HOUR_NS:
            self._tidied_ns = now_ns
            gone = forgotten(report.claims, now_ns)
            self._replayers.difference_update(gone)
            ids: dict[ServerId, set[int]] = {}
            for writer in gone:
                ids.setdefault(writer.server, set()).add(writer.producer_id)
            self.fold([ProducersGone(server, frozenset(mine)) for server, mine in ids.items()], now_ns)
        if self._replayers:
            report.claims = [claim for claim in report.claims if claim.actor not in self._replayers]
        assembly = self._assembler.assemble(report, self._channels.keys())
        self._actors = assembly.actors
        operations = self._measured(assembly, report, now_ns)
        hiding = {each.server for each in self._unseen.values() if each.groups}
        graph = DependencyGraph(
            servers=dict(self._servers),
            applications=told(assembly.applications, operations),
            channels={
                channel: self._channel(channel, report, hiding.isdisjoint((channel.server, None)), now_ns)
                for channel in self._channels
            },
            operations=operations,
            routes=assembly.routes,
            unavailable=tuple(
                sorted({*(each.unavailable for each in self._unseen.values()), *report.unavailable})
            ),
            from_ns=self._from_ns,
            to_ns=now_ns,
            suggestions=assembly.suggestions,
        )
        return dataclasses.replace(graph, findings=findings(graph, self._watched(assembly.findings, now_ns)))

    def _measured(self, assembly: Assembly, report: Report, now_ns: int) -> dict[OperationId, Operation]:
        send_rates = self._send_rates(assembly, now_ns)
        before, known, operations = self._rates, self._operations, dict[OperationId, Operation]()
        if len(before) > 2 * len(assembly.edges) + 1_000:
            self._rates = {}
        for key, edge in assembly.edges.items():
            if key.action is Action.RECEIVE:
                rate = _sum(edge.actors, key.channel, report.receive_rates)
                lag = _sum(edge.actors - report.ended, key.channel, report.lags)
            else:
                rate, lag = send_rates[key], None
            # Of the same actors, so that an edge is as it was when a person takes a decision back.
            same = (key, edge.actors)
            shown = self._rates[same] = steady(before.get(same), rate)
            old = known.get(key)
            confidence, state = edge.present(now_ns), edge.state(now_ns)
            if (
                old is not None
                and old.evidence is edge.evidence
                and old.rate_per_s == shown
                and old.lag == lag
                and old.state is state
                and old.confidence == confidence
            ):
                operations[key] = old
            else:
                operations[key] = Operation(key, confidence, edge.evidence, shown, lag=lag, state=state)
        self._operations = operations
        return operations

    def _send_rates(self, assembly: Assembly, now_ns: int) -> dict[OperationId, float | None]:
        senders: dict[ChannelId, list[OperationId]] = {}
        for key in assembly.edges:
            if key.action is Action.SEND:
                senders.setdefault(key.channel, []).append(key)
        rates: dict[OperationId, float | None] = {}
        for channel, keys in senders.items():
            actors = [assembly.edges[key].actors for key in keys]
            rates.update(zip(keys, self._traffic.send_rates(channel, actors, now_ns), strict=True))
        return rates

    def _channel(self, channel: ChannelId, report: Report, receivers_visible: bool, now_ns: int) -> Channel:
        known = self._channels[channel]
        flow = self._traffic.flow(channel)
        rate = flow.rate(now_ns)
        types = self._types.of(channel, rate)
        if declared := report.types.get(channel):
            types = with_declared(types, declared, rate)
        return Channel(
            id=channel,
            rate_per_s=rate,
            last_record_ns=flow.shown_last_ns,
            partitions=known.partitions,
            records=flow.lying,
            internal=channel in report.internal or known.internal or channel.name.startswith("__"),
            types=types,
            receivers_visible=receivers_visible,
        )

    def _watched(self, told_of: Sequence[Finding], now_ns: int) -> Watched:
        return Watched(
            changes=self._types.changes,
            dead_letters=self._dead_letters,
            settled=lambda channel: (
                channel.server in self._grouped or now_ns - self._channels[channel].since_ns >= SETTLED_NS
            ),
            never_used=lambda channel: self._traffic.flow(channel).end == 0,
            told=told_of,
        )


def _sum(
    actors: Iterable[Actor], channel: ChannelId, figures: Mapping[tuple[Actor, ChannelId], Figure]
) -> Figure | None:
    """The figures of some actors on a channel together: several groups of one application each receive every
    record. None where there is none.
    """
    total = None
    for actor in actors:
        if (figure := figures.get((actor, channel))) is not None:
            total = figure if total is None else total + figure
    return total
