"""Names in bodies and baggage that are those of applications known otherwise: a guess at who sent.

A field that is called `source` or `service` may name a shop, a device or a market just as well, so that a
name that nothing else knows is nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import Action, ChannelId
from graph.model import Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Actor, Anonymous, Claim, Report, Writer, evidence, records
from inspector.discovery.identity import THRESHOLD
from inspector.discovery.names import GENERIC_WORDS, stem
from inspector.discovery.sources.senders import FEW, MANY_SENDERS
from inspector.observation import ChannelGone, Observation, ProducersGone

SOURCE = "inferred.name"
FAMILY = "inferred"
"""That of all guesses, so that several of them do not make one another likely."""
CONFIDENCE = 0.5


def writer(channel: ChannelId, producer_id: int) -> Actor:
    """Who wrote records without a named sender."""
    return Writer(channel.server, producer_id) if producer_id >= 0 else Anonymous(channel)


def unnamed(report: Report) -> set[Actor]:
    """Producer ids and anonymous senders whose name nothing in a report tells."""
    named: set[Actor] = set()
    for bond in report.bonds:
        if bond.evidence.confidence >= THRESHOLD:
            named.update((bond.a, bond.b))
    actors: set[Actor] = {claim.actor for claim in report.claims if not isinstance(claim.actor, Alias)}
    return actors - named


@dataclass(slots=True)
class _Hint:
    count: int
    first_ns: int
    last_ns: int


@dataclass
class Hints:
    """`inferred.name`: reported after the other sources, for it asks which names they know."""

    _hints: dict[tuple[ChannelId, int], dict[Alias, _Hint]] = field(default_factory=dict)
    """By channel and producer id."""

    def see(self, observation: Observation, now_ns: int) -> None:
        """Forget a deleted channel, and producer ids that are no more."""
        match observation:
            case ChannelGone(channel=channel):
                self._hints = {key: hints for key, hints in self._hints.items() if key[0] != channel}
            case ProducersGone(server=server, producer_ids=gone):
                self._hints = {
                    key: hints
                    for key, hints in self._hints.items()
                    if key[1] not in gone or key[0].server != server
                }

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Count the names; of a writer with very many none is an application's."""
        for (producer_id, alias), count in digest.hints.items():
            seen_ns = max(row.seen_ns for row in digest.rows if row.producer_id == producer_id)
            known = self._hints.setdefault((digest.channel, producer_id), {})
            hint = known.get(alias)
            if hint is not None:
                hint.count += count
                hint.last_ns = max(hint.last_ns, seen_ns)
            elif len(known) <= MANY_SENDERS:
                known[alias] = _Hint(count, seen_ns, seen_ns)

    def report(self, report: Report, now_ns: int) -> None:
        """A guess for each name that an application has by other evidence, where the writer has none."""
        if not self._hints:
            return
        applications: dict[str, Alias] = {}
        for claim in report.claims:
            if isinstance(claim.actor, Alias) and (name := stem(claim.actor)) is not None:
                applications[name] = min(applications.get(name, claim.actor), claim.actor)
        nobodies = unnamed(report)
        for (channel, producer_id), hints in self._hints.items():
            if len(hints) > MANY_SENDERS or writer(channel, producer_id) not in nobodies:
                continue
            for alias, hint in hints.items():
                name = stem(alias)
                if name in applications and name not in GENERIC_WORDS and hint.count >= FEW:
                    detail = (
                        f"{records(hint.count).capitalize()} on {channel.name} have {alias.value} in the "
                        "body or in baggage, where a sender may be named."
                    )
                    piece = evidence(SOURCE, FAMILY, CONFIDENCE, hint.first_ns, hint.last_ns, detail)
                    report.claims.append(Claim(applications[name], Action.SEND, channel, piece))
