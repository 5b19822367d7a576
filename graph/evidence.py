"""Why a fact is believed, how several reasons join into one confidence, and how they age."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

CERTAIN = 0.9
"""From here on an edge is drawn solid and called certain."""
LIKELY = 0.6
"""From here on an edge is drawn dashed and called likely; below it is a guess."""

MINUTE_NS = 60_000_000_000
HOUR_NS = 60 * MINUTE_NS
STALE_NS = 15 * MINUTE_NS
"""Evidence that has not been renewed for so long may tell of somebody who is gone."""
HISTORIC_NS = 24 * HOUR_NS
"""Evidence that has not been renewed for so long tells of the past."""
HALF_LIFE_NS = 24 * HOUR_NS
"""What evidence says of the present is worth half after so long without renewal."""


class Evidence(Struct, frozen=True, cache_hash=True, gc=False):
    """One reason to believe that an operation exists or that two names are one application."""

    source: str
    """The technique, such as `kafka.describe-producers`; the table is in the documentation of discovery."""
    family: str
    """Rules of one family see the same fact through the same window and are not independent."""
    confidence: float
    """0 to 1, of this reason alone, at the time when it was last seen."""
    first_seen_ns: int
    last_seen_ns: int
    detail: str
    """One sentence a person can check."""


def noisy_or(confidences: Iterable[float]) -> float:
    """Join independent reasons (Pearl 1988, section 4.3.2); the same for every order. None give 0."""
    doubt = 1.0
    for confidence in sorted(confidences):
        doubt *= 1.0 - confidence
    return 1.0 - doubt


def combine(evidence: Iterable[Evidence], now_ns: int | None = None) -> float:
    """Join reasons into one confidence between 0 and 1: noisy-or over the strongest of each family.

    With `now_ns` it is the confidence of what is so now: what was long not renewed counts less.
    """
    strongest: dict[str, float] = {}
    for piece in evidence:
        confidence = piece.confidence
        if now_ns is not None:
            confidence *= remaining(now_ns - piece.last_seen_ns)
        strongest[piece.family] = max(strongest.get(piece.family, 0.0), confidence)
    return noisy_or(strongest.values())


def remaining(age_ns: int) -> float:
    """The share of a confidence that is left at an age, in steps of an hour, so that it seldom changes."""
    hours = max(age_ns, 0) // HOUR_NS
    return 1.0 if hours == 0 else 0.5 ** (hours * HOUR_NS / HALF_LIFE_NS)
