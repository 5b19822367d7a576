"""Transactional ids: the names that transactional producers give themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.model import Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Bond, Report, Writer, evidence, own
from inspector.observation import Observation, TransactionSeen

LISTED = 0.99


@dataclass
class Transactions:
    """`kafka.transactions`: the broker's table of transactional ids and their producer ids."""

    _bonds: dict[tuple[Writer, Alias], Bond] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in a transactional id."""
        match observation:
            case TransactionSeen(transactional_id=name, producer_id=producer_id) if (
                producer_id >= 0 and not own(name)
            ):
                writer, alias = Writer(observation.server, producer_id), Alias("transactional-id", name)
                known = self._bonds.get((writer, alias))
                first_ns = now_ns if known is None else known.evidence.first_seen_ns
                detail = f"Producer id {producer_id} has the transactional id {name}."
                source = f"{writer.server.system}.transactions"
                piece = evidence(source, "transactions", LISTED, first_ns, now_ns, detail)
                self._bonds[writer, alias] = Bond(writer, alias, piece)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records do not carry transactional ids."""

    def report(self, report: Report, now_ns: int) -> None:
        """One bond for each."""
        report.bonds += self._bonds.values()
