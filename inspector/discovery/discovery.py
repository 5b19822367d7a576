"""Observations in, dependency graph out; no broker, no clock, no Qt."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from graph.identity import Action, ApplicationId, ChannelId, OperationId, ServerId
from graph.model import Channel, DependencyGraph, Operation, Server, Unavailable
from inspector.discovery.assembly import Assembler, Assembly
from inspector.discovery.digest import Digester
from inspector.discovery.facts import Actor, Anonymous, Report, Writer
from inspector.discovery.findings import Watched, findings
from inspector.discovery.message_types import MessageTypes
from inspector.discovery.sources import EvidenceSource
from inspector.discovery.sources.commits import Commits
from inspector.discovery.sources.dead_letters import DeadLetters
from inspector.discovery.sources.exactly_once import ExactlyOnce
from inspector.discovery.sources.groups import Groups
from inspector.discovery.sources.growth import Growth
from inspector.discovery.sources.producers import Producers
from inspector.discovery.sources.routes import Routes
from inspector.discovery.sources.senders import Senders
from inspector.discovery.sources.transactions import Transactions
from inspector.discovery.sources.unnamed import Unnamed
from inspector.discovery.traffic import Traffic
from inspector.discovery.window import SECOND_NS, steady
from inspector.observation import (
    ChannelGone,
    ChannelSeen,
    GroupSeen,
    NotVisible,
    Observation,
    RecordsSeen,
    ServerSeen,
    VisibleAgain,
)
from inspector.record import Record
from inspector.traits import Traits, read

SETTLED_NS = 5 * SECOND_NS
"""A channel watched for so long without a receiver has none, even where no group was ever seen."""


def sources() -> tuple[EvidenceSource, ...]:
    """One of each evidence source, knowing nothing yet."""
    return (
        Groups(),
        Commits(),
        Producers(),
        Transactions(),
        Senders(),
        DeadLetters(),
        ExactlyOnce(),
        Unnamed(),
        Growth(),
        Routes(),
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
        self._unavailable: dict[str, Unavailable] = {}
        self._replayers: set[Actor] = set()
        """Producer ids that replays were sent under: Eventscope's own, here or elsewhere."""
        self._sources = sources()
        self._traffic = Traffic()
        self._types = MessageTypes()
        self._digester = Digester()
        self._assembler = Assembler()
        self._actors: dict[Actor, ApplicationId] = {}
        self._rates: dict[OperationId, float | None] = {}
        """Of each operation, as shown last."""
        self._operations: dict[OperationId, Operation] = {}

    def fold(self, observations: Sequence[Observation], now_ns: int) -> None:
        """Take in what was seen at `now_ns`. Records are read for their traits; see `fold_records`."""
        self._from_ns = self._from_ns or now_ns
        for seen in observations:
            if isinstance(seen, RecordsSeen):
                self.fold_records(seen, [read(record) for record in seen.records], now_ns)
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
        if digest.origins:
            self._dead_letters.add(seen.channel)
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
                self._dead_letters.discard(channel)
                self._types.forget(channel)
            case GroupSeen(server=server):
                self._grouped.add(server)
            case NotVisible(unavailable=unavailable):
                self._unavailable[unavailable.what] = unavailable
            case VisibleAgain(what=what):
                self._unavailable.pop(what, None)

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
        """All that is known now. Loops are not in it: `inspector.loops` adds them."""
        report = Report()
        for source in self._sources:
            source.report(report, now_ns)
        if self._replayers:
            report.claims = [claim for claim in report.claims if claim.actor not in self._replayers]
        assembly = self._assembler.assemble(report, self._channels.keys())
        self._actors = assembly.actors
        operations = self._measured(assembly, report, now_ns)
        visible = not any("receivers" in what or "group" in what for what in self._unavailable)
        graph = DependencyGraph(
            servers=dict(self._servers),
            applications=assembly.applications,
            channels={channel: self._channel(channel, visible, now_ns) for channel in self._channels},
            operations=operations,
            routes=assembly.routes,
            unavailable=tuple(sorted(self._unavailable.values())),
            from_ns=self._from_ns,
            to_ns=now_ns,
        )
        return dataclasses.replace(graph, findings=findings(graph, self._watched(now_ns)))

    def _measured(self, assembly: Assembly, report: Report, now_ns: int) -> dict[OperationId, Operation]:
        rates = self._receive_rates(assembly, report) | self._send_rates(assembly, now_ns)
        self._rates = {key: steady(self._rates.get(key), rate) for key, rate in rates.items()}
        before, operations = self._operations, {}
        for key, edge in assembly.edges.items():
            lags = [report.lags[at] for actor in edge.actors if (at := (actor, key.channel)) in report.lags]
            lag = sum(lags) if lags and key.action is Action.RECEIVE else None
            old = before.get(key)
            if (
                old is not None
                and old.evidence is edge.evidence
                and old.rate_per_s == self._rates[key]
                and old.lag == lag
            ):
                operations[key] = old
            else:
                operations[key] = Operation(key, edge.confidence, edge.evidence, self._rates[key], lag=lag)
        self._operations = operations
        return operations

    @staticmethod
    def _receive_rates(assembly: Assembly, report: Report) -> dict[OperationId, float | None]:
        rates: dict[OperationId, float | None] = {}
        for key, edge in assembly.edges.items():
            known = [
                report.receive_rates[at]
                for actor in edge.actors
                if (at := (actor, key.channel)) in report.receive_rates
            ]
            # Several groups of one application each receive every record.
            rates[key] = sum(known) if known else None
        return rates

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

    def _channel(self, channel: ChannelId, receivers_visible: bool, now_ns: int) -> Channel:
        known = self._channels[channel]
        flow = self._traffic.flow(channel)
        rate = flow.rate(now_ns)
        return Channel(
            id=channel,
            rate_per_s=rate,
            last_record_ns=flow.shown_last_ns,
            partitions=known.partitions,
            records=flow.lying,
            internal=known.internal or channel.name.startswith("__"),
            types=self._types.of(channel, rate),
            receivers_visible=receivers_visible,
        )

    def _watched(self, now_ns: int) -> Watched:
        return Watched(
            changes=self._types.changes,
            dead_letters=self._dead_letters,
            settled=lambda channel: (
                channel.server in self._grouped or now_ns - self._channels[channel].since_ns >= SETTLED_NS
            ),
            never_used=lambda channel: self._traffic.flow(channel).end == 0,
        )
