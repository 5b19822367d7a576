"""docs/discovery.md names every technique, so that a person can look up what evidence is worth."""

from __future__ import annotations

from pathlib import Path

from inspector.discovery import Discovery
from tests.worlds.generate import world
from tests.worlds.observe import play

DOCUMENT = Path(__file__).parents[4] / "docs" / "discovery.md"
SEEDS = range(3)


def test_every_technique_that_finds_something_is_documented() -> None:
    used: set[str] = set()
    for seed in SEEDS:
        discovery = Discovery()
        graph = discovery.graph(play(world(seed, 40), discovery))
        used |= {piece.source for each in graph.operations.values() for piece in each.evidence}
        used |= {piece.source for each in graph.applications.values() for piece in each.evidence}
    text = DOCUMENT.read_text()
    named = {source if not source.startswith("headers.") else "headers.…" for source in used} - {
        "headers.dead-letter"
    }
    assert len(named) > 8
    assert sorted(source for source in named if f"`{source}`" not in text) == []
