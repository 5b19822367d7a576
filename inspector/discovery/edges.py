"""Edges before their rates are known: what claims of one application say together, and how that grows old."""

from __future__ import annotations

from collections.abc import Container, Iterable

from msgspec import Struct
from msgspec.structs import replace

from graph.evidence import HISTORIC_NS, HOUR_NS, Evidence, combine, noisy_or
from graph.identity import ApplicationId, OperationId
from graph.model import CONFIRMED, EdgeState
from inspector.declaration import UNSEEN
from inspector.discovery.facts import Actor, Bond, Claim, Writer
from inspector.discovery.identity import THRESHOLD
from inspector.discovery.sources.producers import FAMILY as PRODUCER_ID

NAMELESS_REST = 0.5
"""What is left of a sender without a name that was silent for an hour: its id is new with every start."""
UNSEEN_MOST = 0.59
"""What permissions, declarations and guesses say together at most: what nobody has seen is not likely."""


class Edge(Struct, frozen=True):
    """An operation before its rates are known."""

    actors: frozenset[Actor]
    evidence: tuple[Evidence, ...]
    confidence: float
    """As of when it was last seen."""
    full_until_ns: int
    """Until when that is the confidence of the present too."""
    fresh_until_ns: int
    current_until_ns: int
    """Until when it is not historic."""
    nameless: bool = False
    """Whether its application is a producer id that nothing names."""

    def state(self, now_ns: int) -> EdgeState:
        """How fresh it is."""
        if now_ns <= self.fresh_until_ns:
            return EdgeState.OBSERVED
        return EdgeState.STALE if now_ns <= self.current_until_ns else EdgeState.HISTORIC

    def present(self, now_ns: int) -> float:
        """The confidence that it is so now."""
        if now_ns < self.full_until_ns:
            return self.confidence
        most = NAMELESS_REST * self.confidence if self.nameless else 1.0
        return round(min(most, confidence(self.evidence, now_ns)), 4)


def edges_of(
    application: ApplicationId,
    claims: Iterable[Claim],
    bonds: Iterable[Bond] = (),
    ended: Container[Actor] = (),
    *,
    nameless: bool = False,
) -> dict[OperationId, Edge]:
    """The operations that claims of one application make, with how far a producer id is known to be its."""
    names: dict[Writer, list[Evidence]] = {}
    for bond in bonds:
        if bond.evidence.confidence >= THRESHOLD:
            for end in (bond.a, bond.b):
                if isinstance(end, Writer):
                    names.setdefault(end, []).append(bond.evidence)
    by_edge: dict[OperationId, list[Claim]] = {}
    for claim in claims:
        by_edge.setdefault(OperationId(application, claim.action, claim.channel), []).append(claim)
    edges = {}
    for key, mine in by_edge.items():
        found: list[Evidence] = []
        for claim in mine:
            if isinstance(claim.actor, Writer) and (known := names.get(claim.actor)):
                found += _with_name(claim.evidence, known)
            else:
                found.append(claim.evidence)
        evidence = strongest(found)
        # What is only declared or permitted is as new as its file, and makes nothing seen any fresher.
        told = [claim for claim in mine if claim.evidence.family not in UNSEEN] or mine
        seen = [(claim.evidence.last_seen_ns, claim) for claim in told]
        edges[key] = Edge(
            frozenset(claim.actor for claim in mine),
            evidence,
            round(confidence(evidence), 4),
            min(piece.last_seen_ns for piece in evidence) + HOUR_NS,
            max(last_ns + (0 if claim.actor in ended else claim.stale_ns) for last_ns, claim in seen),
            max(last_ns + (0 if claim.actor in ended else HISTORIC_NS) for last_ns, claim in seen),
            nameless,
        )
    return edges


def confidence(evidence: Iterable[Evidence], now_ns: int | None = None) -> float:
    """Join the evidence of an edge as `combine` does, all that was not seen as one weak reason.

    What a person confirmed of the very edge stands for itself.
    """
    seen: list[Evidence] = []
    unseen: list[Evidence] = []
    for piece in evidence:
        (unseen if piece.family in UNSEEN and piece.source != CONFIRMED else seen).append(piece)
    return noisy_or([combine(seen, now_ns), min(combine(unseen, now_ns), UNSEEN_MOST)])


def strongest(pieces: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """One piece of each technique: the strongest, over the time of all of them."""
    by_source: dict[str, list[Evidence]] = {}
    for piece in pieces:
        by_source.setdefault(piece.source, []).append(piece)
    return tuple(_joined(by_source[source]) for source in sorted(by_source))


def _joined(alike: list[Evidence]) -> Evidence:
    if len(alike) == 1:
        return alike[0]
    best = max(alike, key=lambda piece: (piece.confidence, piece.last_seen_ns, piece.detail))
    others = len({piece.detail for piece in alike}) - 1
    return replace(
        best,
        first_seen_ns=min(piece.first_seen_ns for piece in alike),
        last_seen_ns=max(piece.last_seen_ns for piece in alike),
        detail=f"{best.detail} And {others} more like this." if others else best.detail,
    )


def _with_name(wrote: Evidence, names: list[Evidence]) -> list[Evidence]:
    """That a producer id wrote counts for an application only as far as the id is known to be its own.

    Together both were seen when it wrote: the name of an id that is long silent may be read every minute.
    """
    known = combine(names)
    first, last = wrote.first_seen_ns, wrote.last_seen_ns
    return [
        replace(wrote, confidence=wrote.confidence * known),
        *(
            replace(
                name,
                family=PRODUCER_ID,
                confidence=name.confidence * wrote.confidence,
                first_seen_ns=first,
                last_seen_ns=last,
            )
            for name in names
        ),
    ]
