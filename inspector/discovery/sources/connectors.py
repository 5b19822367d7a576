"""Connectors of Kafka Connect: what their workers tell of them, and which traces are theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from graph.evidence import Evidence
from graph.identity import Action, ChannelId, ServerId
from graph.model import Alias, ApplicationKind, Severity, Unavailable
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Anonymous, Bond, Claim, Report, Trouble, evidence
from inspector.observation import (
    ChannelGone,
    ChannelSeen,
    Connector,
    ConnectorsSeen,
    GroupSeen,
    Observation,
    ProducersGone,
    TransactionSeen,
)

SOURCE = "kafka.connect"
FAMILY = "connect"
FAILED = "failed-connector"
OF_MIRRORS = "-mm2"
"""How the groups of MirrorMaker's own workers end."""
USED = 0.97
CONFIGURED = 0.9
MAYBE = 0.5
"""A configured channel that a transform may rename, that was never used, or that takes what fails."""
OWN_GROUP = 0.99
NAMELESS = 0.85
"""Connect's producers have no producer id unless they are told to; others may have none either."""


@dataclass(slots=True)
class _Seen:
    """One connector, and when it was listed first and last."""

    connector: Connector
    first_ns: int
    last_ns: int
    gone: bool = False
    """Whether it was not listed any more."""


@dataclass
class Connectors:
    """`kafka.connect`: the REST interface of Kafka Connect."""

    _seen: dict[tuple[ServerId, str, str], _Seen] = field(default_factory=dict)
    """By server, address of the worker and name."""
    _channels: set[ChannelId] = field(default_factory=set)
    _workers: dict[tuple[ServerId, str], bool] = field(default_factory=dict)
    """Groups of workers, and whether there are any in it now."""
    _asked: set[ServerId] = field(default_factory=set)
    """Servers beside which a worker answers."""
    _transactions: dict[tuple[ServerId, str], dict[str, int]] = field(default_factory=dict)
    """Transactional ids that end in a number, by what is before it, and the producer id of each."""

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in connectors, and the names that they could have made."""
        match observation:
            case ConnectorsSeen(server=server, url=url, connectors=connectors):
                self._asked.add(server)
                for key, seen in self._seen.items():
                    seen.gone = seen.gone or key[:2] == (server, url)
                for each in connectors:
                    key = (server, url, each.name)
                    first_ns = self._seen[key].first_ns if key in self._seen else now_ns
                    self._seen[key] = _Seen(each, first_ns, now_ns)
            case ChannelSeen(channel=channel):
                self._channels.add(channel)
            case ChannelGone(channel=channel):
                self._channels.discard(channel)
            case GroupSeen(server=server, group=group, kind="connect"):
                self._workers[server, group] = bool(observation.members)
            case TransactionSeen(server=server, transactional_id=name):
                made_for, _, task = name.rpartition("-")
                if task.isdecimal():
                    names = self._transactions.setdefault((server, made_for), {})
                    names[name] = observation.producer_id
            case ProducersGone(server=server, producer_ids=gone):
                kept = {
                    key: {name: by for name, by in names.items() if by not in gone or key[0] != server}
                    for key, names in self._transactions.items()
                }
                self._transactions = {key: names for key, names in kept.items() if names}

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about connectors."""

    def report(self, report: Report, now_ns: int) -> None:
        """What each connector sends or receives, how it is, and what else is it."""
        nameless: dict[ChannelId, list[tuple[Alias, Evidence]]] = {}
        live = {name for (_, _, name), seen in self._seen.items() if not seen.gone}
        for (server, _, name), seen in self._seen.items():
            alias, connector = Alias("connector", name), seen.connector
            report.kinds[alias] = ApplicationKind.CONNECTOR
            report.descriptions[alias] = connector.description
            if name not in live:
                report.ended.add(alias)
            if not seen.gone:
                report.instances[alias] = connector.running
            if connector.trouble and not seen.gone:
                report.troubles.append(Trouble(FAILED, Severity.ERROR, alias, connector.trouble))
            for action, channel, confidence, detail in self._edges(connector):
                piece = evidence(SOURCE, FAMILY, confidence, seen.first_ns, seen.last_ns, detail)
                report.claims.append(Claim(alias, action, channel, piece))
                if action is Action.SEND and confidence == USED:
                    nameless.setdefault(channel, []).append((alias, piece))
            report.bonds += self._own(server, alias, seen)
        report.bonds += _nameless(nameless)
        report.unavailable += self._not_asked()

    def _not_asked(self) -> Iterator[Unavailable]:
        """Workers that nobody named; those of MirrorMaker offer no interface."""
        groups = sorted(
            group
            for (server, group), alive in self._workers.items()
            if alive and server not in self._asked and not group.endswith(OF_MIRRORS)
        )
        if groups:
            yield Unavailable(
                "connectors",
                f"Workers of Kafka Connect run here ({', '.join(groups)}) that the address does not name.",
                "Add connect=http://HOST:8083 to the query of the address, HOST being any worker.",
            )

    def _edges(self, connector: Connector) -> Iterator[tuple[Action, ChannelId, float, str]]:
        """Action, channel, how sure that is, and why."""
        name, action = connector.name, connector.action
        verb = "send to" if action is Action.SEND else "receive from"
        for channel in connector.channels or ():
            yield (
                action,
                channel,
                USED,
                f"Kafka Connect counts {channel.name} among those connector {name} uses.",
            )
        if not connector.channels:
            renamed = connector.renames and action is Action.SEND
            sure = CONFIGURED if connector.channels is None and not renamed else MAYBE
            for channel in (*connector.configured, *self._matching(connector)):
                yield action, channel, sure, f"Connector {name} is configured to {verb} {channel.name}."
        if (letters := connector.dead_letters) is not None:
            detail = f"Connector {name} is configured to send what it cannot take to {letters.name}."
            yield Action.SEND, letters, MAYBE, detail

    def _matching(self, connector: Connector) -> Iterator[ChannelId]:
        if connector.pattern:
            try:
                pattern = re.compile(connector.pattern)
            except re.error:  # what Java takes and Python does not
                return
            yield from sorted(channel for channel in self._channels if pattern.fullmatch(channel.name))

    def _own(self, server: ServerId, alias: Alias, seen: _Seen) -> Iterator[Bond]:
        """The group of a sink, the transactional ids of an exactly-once source, a name in headers."""
        name, span = alias.value, (seen.first_ns, seen.last_ns)
        if seen.connector.action is Action.RECEIVE:
            detail = f"Kafka Connect gives connector {name} the group connect-{name}."
            piece = evidence(SOURCE, FAMILY, OWN_GROUP, *span, detail)
            yield Bond(alias, Alias("group", f"connect-{name}"), piece)
        if seen.connector.logical_name:
            source = f"debezium/{seen.connector.logical_name}"
            detail = f"Connector {name} is configured to call itself {seen.connector.logical_name}."
            yield Bond(alias, Alias("source", source), evidence(SOURCE, FAMILY, OWN_GROUP, *span, detail))
        if seen.connector.mirror is not None:
            mirror = "MirrorMaker {}→{}".format(*seen.connector.mirror)
            detail = f"Connector {name} is configured as a part of {mirror}."
            piece = evidence(SOURCE, FAMILY, OWN_GROUP, *span, detail)
            yield Bond(alias, Alias("connector", mirror), piece)
        for group in sorted(group for at, group in self._workers if at == server):
            for transaction in sorted(self._transactions.get((server, f"{group}-{name}"), ())):
                detail = f"{transaction} names the workers {group} and a task of connector {name}."
                piece = evidence(SOURCE, FAMILY, OWN_GROUP, *span, detail)
                yield Bond(alias, Alias("transactional-id", transaction), piece)


def _nameless(senders: dict[ChannelId, list[tuple[Alias, Evidence]]]) -> Iterator[Bond]:
    """Records without a producer id or a name are those of the one connector that sends to a channel."""
    for channel, found in senders.items():
        if len({alias for alias, _ in found}) == 1:
            alias, piece = found[0]
            detail = (
                f"Kafka Connect's producers have no producer id by default, and connector {alias.value} "
                f"sends to {channel.name}."
            )
            span = (piece.first_seen_ns, piece.last_seen_ns)
            yield Bond(Anonymous(channel), alias, evidence(SOURCE, FAMILY, NAMELESS, *span, detail))
