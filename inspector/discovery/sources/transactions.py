"""Transactional ids: the names that transactional producers give themselves, and what they write to."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import Action, ChannelId
from graph.model import Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Bond, Claim, Report, Writer, evidence, own
from inspector.observation import ChannelGone, Observation, ProducersGone, TransactionSeen

FAMILY = "transactions"
LISTED = OPEN = 0.99
LOGGED = 0.97


@dataclass
class Transactions:
    """The broker's table of transactional ids and its log of them.

    `kafka.transactions` and `kafka.transaction-log` say which producer id each has had, and
    `kafka.describe-transactions` and the log to which channels it wrote.
    """

    _bonds: dict[tuple[Writer, Alias], Bond] = field(default_factory=dict)
    _claims: dict[tuple[Alias, ChannelId, str], Claim] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in a transactional id; forget a deleted channel, and producer ids that are no more."""
        match observation:
            case TransactionSeen(transactional_id=name) if not own(name):
                self._see(observation, Alias("transactional-id", name), now_ns)
            case ChannelGone(channel=channel):
                for key in [key for key in self._claims if key[1] == channel]:
                    del self._claims[key]
            case ProducersGone(server=server, producer_ids=gone):
                self._bonds = {
                    key: bond
                    for key, bond in self._bonds.items()
                    if key[0].producer_id not in gone or key[0].server != server
                }

    def _see(self, seen: TransactionSeen, alias: Alias, now_ns: int) -> None:
        system, logged = seen.server.system, seen.logged_ns is not None
        at_ns = now_ns if seen.logged_ns is None else min(seen.logged_ns, now_ns)
        if seen.producer_id >= 0:
            writer = Writer(seen.server, seen.producer_id)
            bond = self._bonds.get((writer, alias))
            first_ns, last_ns = _span(bond, at_ns)
            detail = f"Producer id {seen.producer_id} has the transactional id {alias.value}."
            source = f"{system}.transaction-log" if logged else f"{system}.transactions"
            piece = evidence(source, FAMILY, LISTED, first_ns, last_ns, detail)
            self._bonds[writer, alias] = Bond(writer, alias, piece)
        source = f"{system}.transaction-log" if logged else f"{system}.describe-transactions"
        for channel, _ in seen.writes:
            if channel.name.startswith("__"):
                continue  # offsets, not events
            first_ns, last_ns = _span(self._claims.get((alias, channel, source)), at_ns)
            how = "a transaction" if logged else "a transaction that was seen open"
            detail = f"Transactional id {alias.value} has written to {channel.name} in {how}."
            confidence = LOGGED if logged else OPEN
            piece = evidence(source, FAMILY, confidence, first_ns, last_ns, detail)
            self._claims[alias, channel, source] = Claim(alias, Action.SEND, channel, piece)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records do not carry transactional ids."""

    def report(self, report: Report, now_ns: int) -> None:
        """A bond for each producer id, and a claim for each channel."""
        report.bonds += self._bonds.values()
        report.claims += self._claims.values()


def _span(known: Bond | Claim | None, at_ns: int) -> tuple[int, int]:
    """First and last time; the log may tell of times before those that were seen."""
    if known is None:
        return at_ns, at_ns
    return min(known.evidence.first_seen_ns, at_ns), max(known.evidence.last_seen_ns, at_ns)
