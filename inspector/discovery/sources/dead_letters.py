"""Dead-letter headers: they name the group whose failure made the copy, and where the original lies."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import Action, ChannelId, RouteId, RouteKind
from graph.model import Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Bond, Claim, Report, Writer, evidence, own, records
from inspector.observation import ChannelGone, Observation, ProducersGone

SOURCE = "headers.dead-letter"
EXACT = 0.99
FORWARDED = 0.9


@dataclass(slots=True)
class _Letters:
    count: int
    first_ns: int
    last_ns: int

    def add(self, other: _Letters) -> None:
        self.count += other.count
        self.first_ns = min(self.first_ns, other.first_ns)
        self.last_ns = max(self.last_ns, other.last_ns)


@dataclass
class DeadLetters:
    """`headers.dead-letter`: Spring Kafka, Spring Cloud Stream and Kafka Connect."""

    _by_group: dict[tuple[ChannelId, Alias, int], _Letters] = field(default_factory=dict)
    _from: dict[tuple[ChannelId, ChannelId], _Letters] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Forget a deleted channel, and of producer ids that are no more which letters were theirs."""
        match observation:
            case ChannelGone(channel=gone):
                self._by_group = {key: value for key, value in self._by_group.items() if key[0] != gone}
                self._from = {key: value for key, value in self._from.items() if gone not in key}
            case ProducersGone(server=server, producer_ids=ids):
                before, self._by_group = self._by_group, {}
                for (channel, group, producer_id), letters in before.items():
                    is_gone = producer_id in ids and channel.server == server
                    key = (channel, group, -1 if is_gone else producer_id)
                    known = self._by_group.setdefault(key, letters)
                    if known is not letters:
                        known.add(letters)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Count dead letters by the group that wrote them, or else by the channel they came from."""
        unnamed, by_name = False, _group_in(digest)
        for row in digest.rows:
            if not row.dead_letter:
                continue
            group = row.sender if row.sender is not None and row.sender.kind == "group" else by_name
            if group is not None and not own(group.value):
                key = (digest.channel, group, row.producer_id)
                letters = self._by_group.setdefault(key, _Letters(0, row.seen_ns, row.seen_ns))
                letters.count += row.count
                letters.last_ns = max(letters.last_ns, row.seen_ns)
            else:
                unnamed = True
        if unnamed:
            for name, count in digest.origins.items():
                origin = ChannelId(digest.channel.server, digest.channel.kind, name)
                letters = self._from.setdefault((origin, digest.channel), _Letters(0, now_ns, now_ns))
                letters.count += count
                letters.last_ns = now_ns

    def report(self, report: Report, now_ns: int) -> None:
        """The group sends to the channel; a producer id that one group alone uses is that group's."""
        groups_of: dict[Writer, set[Alias]] = {}
        for channel, group, producer_id in self._by_group:
            if producer_id >= 0:
                groups_of.setdefault(Writer(channel.server, producer_id), set()).add(group)
        for (channel, group, producer_id), letters in self._by_group.items():
            detail = (
                f"{records(letters.count).capitalize()} on {channel.name} are copies that tell of group "
                f"{group.value} as the one that failed on the original."
            )
            piece = evidence(SOURCE, "dead-letter", EXACT, letters.first_ns, letters.last_ns, detail)
            report.claims.append(Claim(group, Action.SEND, channel, piece))
            writer = Writer(channel.server, producer_id)
            if producer_id >= 0 and len(groups_of[writer]) == 1:
                report.bonds.append(Bond(writer, group, piece))
        for (origin, channel), letters in self._from.items():
            detail = f"{records(letters.count).capitalize()} on {channel.name} are copies from {origin.name}."
            piece = evidence(SOURCE, "dead-letter", FORWARDED, letters.first_ns, letters.last_ns, detail)
            route = RouteId(origin, channel, RouteKind.DEAD_LETTER)
            report.routes.setdefault(route, []).append(piece)


def _group_in(digest: Digest) -> Alias | None:
    """The group in the name that Spring Cloud Stream gives a dead-letter topic: `error.<topic>.<group>`."""
    for origin in digest.origins:
        prefix = f"error.{origin}."
        if len(digest.origins) == 1 and digest.channel.name.startswith(prefix):
            return Alias("group", digest.channel.name.removeprefix(prefix))
    return None
