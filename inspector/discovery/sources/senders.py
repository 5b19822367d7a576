"""Names of senders in the headers of records: for a producer id, and where there is none, for the channel."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import Action, ChannelId
from graph.model import Alias
from inspector.discovery.digest import COPY, Digest, Row
from inspector.discovery.facts import Bond, Claim, Report, Writer, evidence, records
from inspector.discovery.names import stem
from inspector.observation import ChannelGone, Observation, ProducersGone

CONFIDENCE = {
    "nservicebus": 0.97,
    "dapr": 0.97,
    "rule": 0.95,
    "masstransit": 0.95,
    "debezium": 0.95,
    "skywalking": 0.95,
    "wolverine": 0.95,
    "rebus": 0.9,
    "cloudevents": 0.8,
    "celery": 0.8,
    "headers": 0.7,
}
"""How far a record without a producer id that names a sender was sent by it; copies keep the first sender."""
NAMED = 0.95
"""For a producer id whose records agree."""
NAMED_IN_PART = 0.85
"""For one whose records agree as far as they name a sender, and most of them name none."""
NAMED_BY_FEW = 0.8
FEW = 5
AGREEING = 0.95
MANY_SENDERS = 24
"""A channel with more names than this names devices or resources in its headers, not applications."""
MOST_REMEMBERED = 256


@dataclass(slots=True)
class _Named:
    count: int
    convention: str
    first_ns: int
    last_ns: int


@dataclass(slots=True)
class _Names:
    """Which senders records of one writer named."""

    names: dict[Alias, _Named] = field(default_factory=dict)
    total: int = 0
    copies: int = 0
    bonds: list[Bond] | None = None
    """Made when asked for after something changed; None until then."""
    detail: str | None = None

    def add(self, row: Row) -> None:
        self.total += row.count
        self.copies += row.count if row.convention == COPY else 0
        self.bonds = self.detail = None
        if row.sender is None:
            return
        named = self.names.get(row.sender)
        if named is None:
            if len(self.names) < MOST_REMEMBERED:
                self.names[row.sender] = _Named(row.count, row.convention, row.seen_ns, row.seen_ns)
        else:
            named.count += row.count
            named.last_ns = max(named.last_ns, row.seen_ns)

    def withdraw(self, sender: Alias, count: int) -> None:
        named = self.names.get(sender)
        if named is not None:
            named.count -= count
            self.copies += count
            self.bonds = self.detail = None
            if named.count <= 0:
                del self.names[sender]


@dataclass
class Senders:
    """`headers.<convention>`: CloudEvents sources, endpoints of NServiceBus, MassTransit and so on."""

    _writers: dict[Writer, _Names] = field(default_factory=dict)
    _channels: dict[ChannelId, _Names] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Forget a deleted channel, and producer ids that are no more."""
        match observation:
            case ChannelGone(channel=channel):
                self._channels.pop(channel, None)
            case ProducersGone(server=server, producer_ids=gone):
                for producer_id in gone:
                    self._writers.pop(Writer(server, producer_id), None)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Count the names; dead letters keep the headers of their original and say nothing here."""
        channel = digest.channel
        for row in digest.rows:
            if row.dead_letter:
                continue
            if row.producer_id >= 0:
                writer = Writer(channel.server, row.producer_id)
                self._writers.setdefault(writer, _Names()).add(row)
            else:
                self._channels.setdefault(channel, _Names()).add(row)
        for (where, producer_id, sender), count in digest.withdrawn.items():
            wrote = Writer(where.server, producer_id)
            names = self._writers.get(wrote) if producer_id >= 0 else self._channels.get(where)
            if names is not None:
                names.withdraw(sender, count)

    def report(self, report: Report, now_ns: int) -> None:
        """Bonds for producer ids that one sender uses; claims for names without a producer id."""
        for writer, names in self._writers.items():
            if names.bonds is None:
                names.bonds = _bonds(writer, names)
            report.bonds += names.bonds
            if names.detail is not None:
                report.details[writer] = names.detail
        for channel, names in self._channels.items():
            if len(names.names) > MANY_SENDERS:
                continue
            for alias, named in names.names.items():
                if stem(alias) is not None:
                    detail = (
                        f"{records(named.count).capitalize()} on {channel.name} name {alias.value} as sender."
                    )
                    piece = evidence(
                        f"headers.{named.convention}",
                        "headers",
                        CONFIDENCE.get(named.convention, 0.7),
                        named.first_ns,
                        named.last_ns,
                        detail,
                    )
                    report.claims.append(Claim(alias, Action.SEND, channel, piece))


def _bonds(writer: Writer, names: _Names) -> list[Bond]:
    """One name for nearly all records is the writer's; several are of records that it forwards."""
    by_stem: dict[str, list[Alias]] = {}
    for alias in names.names:
        if (name := stem(alias)) is not None:
            by_stem.setdefault(name, []).append(alias)
    if not by_stem:
        if names.copies >= AGREEING * names.total:
            names.detail = "copies events of another channel"
        return []
    counts = {name: sum(names.names[alias].count for alias in alike) for name, alike in by_stem.items()}
    top = max(sorted(counts), key=counts.__getitem__)
    if counts[top] < AGREEING * sum(counts.values()):
        more = " or more" if len(names.names) == MOST_REMEMBERED else ""
        names.detail = f"forwards records of {len(counts)}{more} senders"
        return []
    if counts[top] < FEW:
        confidence = NAMED_BY_FEW
    else:
        confidence = NAMED if counts[top] >= AGREEING * names.total else NAMED_IN_PART
    bonds = []
    for alias in by_stem[top]:
        named = names.names[alias]
        count = records(named.count).capitalize()
        detail = f"{count} of producer id {writer.producer_id} name {alias.value} as sender."
        source = f"headers.{named.convention}"
        piece = evidence(source, "headers", confidence, named.first_ns, named.last_ns, detail)
        bonds.append(Bond(writer, alias, piece))
    return bonds
