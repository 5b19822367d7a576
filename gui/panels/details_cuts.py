"""Where a loop could be cut, and what that would break."""

from __future__ import annotations

from graph.model import DependencyGraph, FeedbackLoop
from gui import loop_words
from gui.canvas.scene import wording
from gui.parts.blocks import Block, CutFact, Cuts, Section

TITLE = "Where to cut"
MOST = 4
"""Places that are listed."""


def facts(graph: DependencyGraph, loop: FeedbackLoop) -> tuple[CutFact, ...]:
    """The cheapest places, each with what it costs."""
    priced = zip(loop.cuts, loop_words.costs(graph, loop), strict=True)
    return tuple(
        CutFact(
            cut.edge,
            loop_words.undone(graph, cut.edge),
            cost,
            "" if cut.rate_per_s is None else f"It carries {wording.rate(cut.rate_per_s)}.",
        )
        for cut, cost in list(priced)[:MOST]
    )


def blocks(graph: DependencyGraph, loop: FeedbackLoop) -> list[Block]:
    """The section, where it was worked out."""
    if not loop.cuts:
        return []
    more = len(loop.cuts) - MOST
    note = "cheapest first" if len(loop.cuts) > 1 else ""
    return [Section(TITLE, f"{note}, {more} more" if more > 0 else note), Cuts(facts(graph, loop))]
