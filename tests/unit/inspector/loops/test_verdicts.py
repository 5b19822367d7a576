from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from graph.identity import ApplicationId
from graph.loops.cycles import Cycles
from graph.model import Cut, FeedbackLoop, LinkGrade, LoopNature, LoopStatus, Severity
from inspector.loops.verdicts import RULES, cut_advice, findings
from tests.made_shop import channel, graph_of, loops_of

GRAPH = graph_of("pricing < stock", "pricing > prices", "keeper < prices", "keeper > stock", "shop > prices")
(PATH,) = loops_of(GRAPH)


def said(**known: Any) -> str:
    loop = FeedbackLoop(PATH.id, PATH.hops, PATH.edges, LoopStatus.POSSIBLE, 0.9)
    (finding,) = findings([replace(loop, **known)], Cycles())
    assert finding.rule in RULES
    assert finding.message.startswith("prices → keeper → stock → pricing → prices: ")
    return finding.message.partition(": ")[2]


GAIN = {"gain": 1.2, "gain_low": 1.1, "gain_high": 1.3}
EACH = "each record causes 1.2 others once round (95 % between 1.1 and 1.3)"


def test_a_loop_that_runs_away_is_to_be_cut_where_it_costs_least() -> None:
    cut = Cut(PATH.edges[0], 1)
    known = {"status": LoopStatus.RUNAWAY, "doubling_time_s": 12.0, **GAIN}
    assert said(**known) == f"{EACH}, so that traffic doubles about every 12 s. Cut the loop."
    assert said(**known, cuts=(cut,)) == (
        f"{EACH}, so that traffic doubles about every 12 s. "
        "Cut it where keeper receives from prices: nobody else depends on it."
    )
    assert said(status=LoopStatus.RUNAWAY, **GAIN) == f"{EACH}, so that it keeps itself going. Cut the loop."


def test_one_that_was_stopped_is_not_said_to_double() -> None:
    known = {"status": LoopStatus.RUNAWAY, "doubling_time_s": 12.0, "rate_per_s": 0.0, **GAIN}
    assert said(**known) == f"{EACH}, and nothing comes round just now: something stopped it. Cut the loop."


def test_who_would_get_nothing_is_named() -> None:
    first = channel("a")
    assert cut_advice(()) == ""
    one = Cut(PATH.edges[0], 1, (first,))
    assert cut_advice((one,)).endswith("prices: a would get nothing from it any more.")
    many = Cut(PATH.edges[0], 1, (first, channel("b"), channel("c")), more=4)
    assert cut_advice((many,)).endswith("prices: a, b and 5 more would get nothing from it any more.")


@pytest.mark.parametrize(
    ("nature", "words"),
    [
        (LoopNature.FEEDBACK, "Check that it is meant to come back."),
        (LoopNature.RETRY, "These are retries"),
        (LoopNature.REPLAY, "Only records that people sent again came round."),
    ],
)
def test_an_active_loop_is_told_by_its_kind(nature: LoopNature, words: str) -> None:
    assert words in said(status=LoopStatus.ACTIVE, nature=nature)


@pytest.mark.parametrize(
    ("nature", "words"),
    [
        (LoopNature.FEEDBACK, "none was seen to"),
        (LoopNature.REPLAY, "only records that people sent again"),
        (LoopNature.REDELIVERY, "the same events came again"),
        (LoopNature.REQUEST_REPLY, "requests are answered"),
    ],
)
def test_a_possible_loop_says_what_came_round_instead(nature: LoopNature, words: str) -> None:
    assert words in said(nature=nature)


def test_a_loop_that_ends_says_when() -> None:
    known = {"status": LoopStatus.BOUNDED, "laps_max": 3}
    assert said(**known).endswith("end by themselves after 3 laps.")
    assert said(**known, nature=LoopNature.SAGA).endswith("the steps of one process.")
    assert said(**known, nature=LoopNature.RETRY).endswith("These are retries.")


def test_a_tangle_is_told_with_its_cuts() -> None:
    cycles = Cycles(feedback=frozenset(PATH.edges[:1]), tangles=(PATH.hops,))
    (finding,) = findings([], cycles)
    assert (finding.rule, finding.severity, finding.subject) == ("tangle", Severity.NOTE, PATH.hops[0])
    assert "Cutting 1 edges" in finding.message


def test_applications_are_called_as_they_are_shown() -> None:
    loop = FeedbackLoop(PATH.id, PATH.hops, PATH.edges, LoopStatus.RUNAWAY, 0.9, gain=1.2)
    loop = replace(loop, cuts=(Cut(PATH.edges[0], 1),))
    names = {ApplicationId("keeper"): "Stock keeper"}
    (finding,) = findings([loop], Cycles(), names)
    assert finding.message.startswith("prices → Stock keeper → stock → pricing → prices: ")
    assert "Cut it where Stock keeper receives from prices" in finding.message


def test_a_loop_that_only_shared_ids_speak_for_says_what_else_they_may_be() -> None:
    assert "names a thing of the business" in said(status=LoopStatus.ACTIVE, grade=LinkGrade.FLOW)
    assert "business" not in said(status=LoopStatus.ACTIVE, grade=LinkGrade.POINTER)
