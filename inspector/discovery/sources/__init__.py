"""Evidence sources: one technique each, independent of each other.

A new technique is a file with a class that has the methods of `EvidenceSource`, and a line in
`inspector.discovery.discovery.sources`.
"""

from __future__ import annotations

from typing import Protocol

from inspector.discovery.digest import Digest
from inspector.discovery.facts import Report
from inspector.observation import Observation


class EvidenceSource(Protocol):
    """One way to learn who sends and receives."""

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in what concerns this source; anything else is ignored.

        Records come as digests; only those of the broker's own `__` channels come here as they are.
        """

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Take in what records of one chunk say."""

    def report(self, report: Report, now_ns: int) -> None:
        """Add what this source concludes from everything seen so far."""
