"""Acknowledged loops: quiet while their limit holds, on every server, and told again when it breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as with_

from graph.identity import ApplicationId, LoopId, RouteId, RouteKind, ServerId
from graph.model import Alias, Channel, DependencyGraph, FeedbackLoop, Finding, LoopStatus, Severity
from inspector.loops.acknowledged import acknowledged, unfitting
from inspector.project.loops import acknowledge, unacknowledge
from inspector.project.model import AcknowledgedLoop, Project
from tests.rings import ring, the_loop, topic

NAMES = ("prices", "stock", "levels", "pricing")


def said(*hops: str, below: float | None = None) -> Project:
    return Project(acknowledged=(AcknowledgedLoop(hops, "It is meant to be.", below),))


def rules(graph: DependencyGraph) -> list[tuple[str, Severity]]:
    return [(each.rule, each.severity) for each in graph.findings]


def test_an_acknowledged_loop_falls_silent_and_keeps_what_is_proven() -> None:
    graph = acknowledged(ring(LoopStatus.RUNAWAY, (1.2, 1.1, 1.3)), said(*NAMES))
    loop = the_loop(graph)
    assert (loop.status, loop.proven) == (LoopStatus.ACKNOWLEDGED, LoopStatus.RUNAWAY)
    assert loop.acknowledged is not None
    assert loop.acknowledged.reason == "It is meant to be."
    assert rules(graph) == [("acknowledged-loop", Severity.NOTE)]
    assert "It is meant to be." in graph.findings[0].message


@pytest.mark.parametrize(
    "hops",
    [
        ("levels", "pricing", "prices", "stock"),
        ("prices", "group:stock", "levels", "pricing-7"),
        ("kafka://broker:9092/topic/prices", "application/stock", "levels", "pricing"),
    ],
)
def test_a_loop_may_be_written_in_several_ways(hops: tuple[str, ...]) -> None:
    assert the_loop(acknowledged(ring(), said(*hops))).status is LoopStatus.ACKNOWLEDGED


@pytest.mark.parametrize(
    "hops",
    [
        ("stock", "levels", "pricing", "prices"),  # an application first: prices is a channel, stock is not
        ("pricing", "levels", "stock", "prices"),
        ("prices", "stock", "levels"),
        ("prices", "stock", "levels", "other"),
        ("kafka://other:9092/topic/prices", "stock", "levels", "pricing"),
    ],
)
def test_another_loop_is_not_meant(hops: tuple[str, ...]) -> None:
    graph = ring()
    assert acknowledged(graph, said(*hops)).loops == graph.loops


def test_a_login_that_is_called_like_an_application_is_not_meant() -> None:
    """Another application may log in as it; whoever means the login says so."""
    graph = ring()
    stock = ApplicationId("stock")
    known = graph.applications[stock]
    shared = with_(known, aliases=(*known.aliases, Alias("principal", "billing")))
    graph = replace(graph, applications={**graph.applications, stock: shared})
    named = ("prices", "billing", "levels", "pricing")
    assert the_loop(acknowledged(graph, said(*named))).status is LoopStatus.ACTIVE
    login = ("prices", "principal:billing", "levels", "pricing")
    assert the_loop(acknowledged(graph, said(*login))).status is LoopStatus.ACKNOWLEDGED


def test_plain_names_hold_on_another_server() -> None:
    project = acknowledge(Project(), ring(), the_loop(ring()), "Fine.").applied(Project())
    elsewhere = ring(server=ServerId("kafka", "production:9092"))
    assert the_loop(acknowledged(elsewhere, project)).status is LoopStatus.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("gain", "broken"),
    [
        ((0.4, 0.35, 0.45), False),
        ((0.7, 0.45, 0.95), False),  # noise: the interval still reaches below the limit
        ((0.7, 0.5, 0.9), True),
        (None, False),
    ],
)
def test_a_limit_breaks_with_the_lower_end(gain: tuple[float, float, float] | None, broken: bool) -> None:
    graph = acknowledged(ring(LoopStatus.ACTIVE, gain), said(*NAMES, below=0.5))
    loop = the_loop(graph)
    assert bool(loop.broken_limit) is broken
    assert loop.status is (LoopStatus.ACTIVE if broken else LoopStatus.ACKNOWLEDGED)
    assert loop.acknowledged is not None
    found = {rule for rule, _ in rules(graph)}
    assert found == ({"feedback-loop", "acknowledgement-broken"} if broken else {"acknowledged-loop"})


def test_a_gain_without_an_interval_decides_by_itself() -> None:
    graph = ring()
    loop = the_loop(graph)
    measured = replace(graph, loops={loop.id: with_(loop, gain=0.6)})
    assert the_loop(acknowledged(measured, said(*NAMES, below=0.5))).broken_limit.startswith(
        "Its gain is 0.6, "
    )


@given(
    st.sampled_from([each for each in LoopStatus if each is not LoopStatus.ACKNOWLEDGED]),
    st.none() | st.tuples(*[st.floats(0.0, 2.0)] * 3),
    st.none() | st.floats(0.1, 2.0),
)
def test_twice_is_as_once_and_taking_it_back_leaves_nothing(
    status: LoopStatus, gain: tuple[float, float, float] | None, below: float | None
) -> None:
    graph, project = ring(status, gain), said(*NAMES, below=below)
    once = acknowledged(graph, project)
    assert acknowledged(once, project) == once
    assert acknowledged(once, Project()) == graph


def test_the_newer_word_replaces_the_older_and_can_be_undone() -> None:
    graph = ring()
    loop = the_loop(graph)
    before = said("levels", "group:pricing", "prices", "stock")
    change = acknowledge(before, graph, loop, " Ann looked at it. ", 0.5)
    after = change.applied(before)
    assert after.acknowledged == (AcknowledgedLoop(NAMES, "Ann looked at it.", 0.5),)
    assert change.undone.applied(after) == before
    assert change.applied(after) == after
    gone = unacknowledge(after, graph, loop)
    assert gone.applied(after).acknowledged == ()
    assert gone.undone.applied(gone.applied(after)) == after


def mirrored() -> DependencyGraph:
    """`prices` of two servers, each of which is the copy of the other."""
    one, other = topic("prices"), topic("prices", ServerId("kafka", "elsewhere:9092"))
    routes = [RouteId(one, other, RouteKind.MIRROR), RouteId(other, one, RouteKind.MIRROR)]
    loop = FeedbackLoop(LoopId("m1"), (one, other), tuple(routes), LoopStatus.POSSIBLE, 0.9)
    return DependencyGraph(
        channels={each: Channel(each) for each in (one, other)},
        loops={loop.id: loop},
        findings=(Finding("mirror-loop", Severity.ERROR, one, "prices is mirrored both ways."),),
    )


def test_what_is_said_of_mirrors_falls_silent_with_their_loop_and_is_told_again() -> None:
    known = acknowledged(mirrored(), said("prices", "prices"))
    assert rules(known) == [("acknowledged-loop", Severity.NOTE)]
    assert known.findings[0].message == "prices is mirrored both ways. Acknowledged: It is meant to be."
    assert acknowledged(known, said("prices", "prices")) == known
    assert acknowledged(known, Project()).findings == mirrored().findings


def test_an_acknowledgement_that_fits_no_loop_is_told() -> None:
    assert unfitting(ring(), said(*NAMES)) == []
    (sentence,) = unfitting(ring(), said("prices", "stok", "levels", "pricing"))
    assert sentence.startswith("The acknowledgement of prices → stok → levels → pricing fits no loop")
