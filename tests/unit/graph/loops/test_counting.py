from __future__ import annotations

import msgspec
import pytest

from graph.evidence import Evidence
from graph.identity import Action, ApplicationId, OperationId
from graph.loops.counting import Counting, RequestReply
from graph.model import CONFIRMED, PERMISSION, EdgeState, Operation
from tests.unit.graph.loops.test_cycles import channel, graph_of, word

KEY = OperationId(ApplicationId("A"), Action.SEND, channel("a"))
MAY = Evidence("kafka.acl", PERMISSION, 0.3, 1, 2, "It may.")
SAID = Evidence("declared.project", "declared", 0.5, 1, 2, "The project file says so.")
SURE = Evidence(CONFIRMED, "declared", 1.0, 1, 2, "A person confirmed it.")
SEEN = Evidence("kafka.group", "group", 0.98, 1, 2, "It is subscribed.")


@pytest.mark.parametrize(
    ("evidence", "counting", "counts"),
    [
        ((), Counting(), True),
        ((SEEN,), Counting(), True),
        ((MAY,), Counting(), False),
        ((SAID,), Counting(), False),
        ((MAY, SAID), Counting(), False),
        ((MAY, SEEN), Counting(), True),
        ((SAID, SEEN), Counting(), True),
        ((SURE,), Counting(), True),
        ((MAY, SAID), Counting(permitted=True), True),
        ((MAY, SAID), Counting(declared=True), True),
        ((SAID,), Counting(permitted=True), False),
        ((MAY,), Counting(declared=True), False),
    ],
)
def test_seen_is_not_said(evidence: tuple[Evidence, ...], counting: Counting, counts: bool) -> None:
    assert counting.counts(Operation(KEY, 0.9, evidence)) == counts


def test_the_past_counts_when_asked_for() -> None:
    for state in EdgeState:
        edge = Operation(KEY, 0.9, (SEEN,), state=state)
        assert Counting().counts(edge) == (state is not EdgeState.HISTORIC)
        assert Counting(historic=True).counts(edge)


def test_what_no_loop_is_looked_for_on() -> None:
    pairs = frozenset({RequestReply(channel("ask"), channel("answer"))})
    graph = graph_of(["A>ask", "answer>A", "answer>B", "B>log"], internal=["log"])
    apart = Counting(pairs=pairs).uncounted(graph)
    assert {item.name if item == channel("log") else word(item) for item in apart} == {"log", "answer>A"}  # type: ignore[arg-type]
    assert Counting(internal=True, request_reply=True, pairs=pairs).uncounted(graph) == frozenset()


def test_it_crosses_the_link() -> None:
    counting = Counting(historic=True, pairs=frozenset({RequestReply(channel("ask"), channel("answer"))}))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(counting), type=Counting) == counting
