"""How sure an edge is, in one word, and whether anybody ever saw anything happen."""

from __future__ import annotations

from graph.evidence import CERTAIN, LIKELY
from graph.model import DECLARED, PERMISSION, Operation, Route

SAID = {DECLARED: "declared", PERMISSION: "permitted"}
"""Families of evidence that tell what was said and not seen, with the word for an edge that has no other."""
UNSEEN = tuple(SAID.values())
"""Grounds on which nobody has seen anything happen."""


def certainty(confidence: float) -> str:
    """`certain`, `likely` or `guessed`."""
    return "certain" if confidence >= CERTAIN else "likely" if confidence >= LIKELY else "guessed"


def grounds(edge: Operation | Route | None) -> str:
    """How sure an edge is; `declared` or `permitted` where nothing but that was ever seen of it.

    What a person confirmed is certain, seen or not.
    """
    known = certainty(edge.confidence if edge else 0.0)
    families = {piece.family for piece in edge.evidence} if edge else set()
    if known != "certain" and families and families <= SAID.keys():
        return next(word for family, word in SAID.items() if family in families)
    return known
