"""On which ground a record is believed to have caused another, and how sure that is."""

from __future__ import annotations

from enum import StrEnum

from graph.model import LinkGrade


class Ground(StrEnum):
    """The grades of `LinkGrade`, and below them what is no more than a guess; the strongest first."""

    POINTER = LinkGrade.POINTER.value
    POSITION = LinkGrade.POSITION.value
    COUNTER = LinkGrade.COUNTER.value
    TRANSACTION = LinkGrade.TRANSACTION.value
    FLOW = LinkGrade.FLOW.value
    GUESS = "guess"
    """The same key, soon after it, on a channel that it may have come from."""


WORDS = {
    Ground.POINTER: "names its cause",
    Ground.POSITION: "names its source",
    Ground.COUNTER: "counted step",
    Ground.TRANSACTION: "one transaction",
    Ground.FLOW: "same flow, no proof",
    Ground.GUESS: "same key, a guess",
}
"""In few words."""
CONFIDENCE = {
    Ground.POINTER: 0.97,
    Ground.POSITION: 0.97,
    Ground.COUNTER: 0.95,
    Ground.TRANSACTION: 0.9,
    Ground.FLOW: 0.8,
    Ground.GUESS: 0.4,
}
"""How sure a link is on each ground; by the limits of `graph.evidence` proof is certain, a shared flow is
likely, and the rest guessed."""
