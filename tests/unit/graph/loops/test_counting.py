from __future__ import annotations

import dataclasses
from itertools import chain
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from graph.evidence import Evidence
from graph.identity import Action, ApplicationId, EdgeId, OperationId
from graph.loops.counted import Counted
from graph.loops.counting import Counting, RequestReply
from graph.model import CONFIRMED, PERMISSION, EdgeState, Operation
from tests.unit.graph.loops.test_cycles import channel, edits, graph_of, word

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


@given(edits(), st.integers(1, 4), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_what_changed_is_found_wherever_it_stands(times: list[list[str]], piece: int, random: Random) -> None:
    counted, known = Counted(piece), set[EdgeId]()
    before: dict[OperationId, Operation] = {}
    for drawn in times:
        graph = graph_of([*drawn, "a>a"])
        operations = {key: before.get(key, edge) for key, edge in graph.operations.items()}
        for key in list(operations):
            if random.random() < 0.2:
                state = random.choice(list(EdgeState))
                operations[key] = structs.replace(operations[key], state=state, rate_per_s=1.0)
        if random.random() < 0.3:
            operations = dict(sorted(operations.items(), key=lambda _: random.random()))
        graph = dataclasses.replace(graph, operations=operations)
        gone, new = (set(chain[EdgeId](*edges)) for edges in counted.look(graph, Counting()))
        assert gone <= known
        assert not new & known
        known = (known - gone) | new
        assert known == {
            key for key in graph.edges() if key.source != key.target and Counting().counts(graph.edge(key))
        }
        assert all((key in counted) == (key in known) for key in [*graph.edges(), *gone])
        before = operations


def test_it_crosses_the_link() -> None:
    counting = Counting(historic=True, pairs=frozenset({RequestReply(channel("ask"), channel("answer"))}))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(counting), type=Counting) == counting
