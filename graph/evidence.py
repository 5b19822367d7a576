"""Why a fact is believed, and how several reasons join into one confidence."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

CERTAIN = 0.9
"""From here on an edge is drawn solid and called certain."""
LIKELY = 0.6
"""From here on an edge is drawn dashed and called likely; below it is a guess."""


class Evidence(Struct, frozen=True, cache_hash=True):
    """One reason to believe that an operation exists or that two names are one application."""

    source: str
    """The technique, such as `kafka.describe-producers`; the table is in the documentation of discovery."""
    family: str
    """Rules of one family see the same fact through the same window and are not independent."""
    confidence: float
    """0 to 1, of this reason alone."""
    first_seen_ns: int
    last_seen_ns: int
    detail: str
    """One sentence a person can check."""


def combine(evidence: Iterable[Evidence]) -> float:
    """Join reasons into one confidence between 0 and 1.

    The strongest of each family counts, and the families are joined by noisy-or, which is right when they
    fail independently (Pearl 1988, section 4.3.2). No evidence gives 0.
    """
    strongest: dict[str, float] = {}
    for piece in evidence:
        strongest[piece.family] = max(strongest.get(piece.family, 0.0), piece.confidence)
    doubt = 1.0
    for confidence in strongest.values():
        doubt *= 1.0 - confidence
    return 1.0 - doubt
