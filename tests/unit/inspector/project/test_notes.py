"""Notes are found again by every name of what they are on, and one replaces another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as with_

from graph.identity import ApplicationId
from graph.model import Alias, DependencyGraph
from inspector.project.document import read, written
from inspector.project.model import Note, Project
from inspector.project.notes import LONGEST, annotate, entries, notes
from tests.made_shop import SHOP, channel

PRICING = ApplicationId("pricing")


def renamed() -> DependencyGraph:
    """The shop where the same application goes by another name."""
    found = with_(
        SHOP.applications[PRICING], id=ApplicationId("prices-2"), aliases=(Alias("group", "pricing"),)
    )
    others = {key: each for key, each in SHOP.applications.items() if key != PRICING}
    return replace(SHOP, applications={**others, found.id: found})


def test_a_note_is_written_replaced_and_taken_away() -> None:
    first = annotate(Project(), SHOP, PRICING, "  Ann owns\nthis. ").applied(Project())
    assert first.notes == (Note("pricing", "Ann owns this."),)
    assert notes(first, SHOP) == {PRICING: "Ann owns this."}
    second = annotate(first, SHOP, PRICING, "Bob does.")
    assert second.applied(first).notes == (Note("pricing", "Bob does."),)
    assert second.undone.applied(second.applied(first)) == first
    assert annotate(first, SHOP, PRICING, " ").applied(first) == Project()


def test_it_stays_with_what_got_another_name() -> None:
    project = annotate(Project(), SHOP, PRICING, "Ann owns this.").applied(Project())
    graph = renamed()
    assert notes(project, graph) == {ApplicationId("prices-2"): "Ann owns this."}
    assert list(entries(project, graph, ApplicationId("prices-2"))) == list(project.notes)


def test_an_application_and_a_channel_are_told_apart_by_their_ids() -> None:
    node = channel("stock")
    project = Project(notes=(Note(str(node), "Counts pieces."),))
    assert notes(project, SHOP) == {node: "Counts pieces."}


def test_one_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="501 characters"):
        annotate(Project(), SHOP, PRICING, "x" * (LONGEST + 1))


def test_the_file_keeps_them() -> None:
    project = Project(notes=(Note("pricing", 'says "hello"'), Note("stock", "Stück")))
    assert read(written("", project), "eventscope.toml") == project
