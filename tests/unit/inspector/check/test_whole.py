"""Several graphs as one, and designs that close a loop where many loops are already."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as with_

from graph.evidence import Evidence
from graph.identity import Action, ApplicationId, EdgeId, OperationId
from graph.model import PERMISSION, DependencyGraph, LoopStatus
from inspector.check.closing import closed
from inspector.check.targets import Targets
from inspector.check.whole import whole
from inspector.loops.watch import LoopWatch
from inspector.project.model import AcknowledgedLoop, Project
from tests.rings import edge, ring, the_loop, topic

CHAIN = """\
[[applications]]
name = "first"
receives = ["c1"]
sends = ["x1"]
[[applications]]
name = "second"
receives = ["x1"]
sends = ["x2"]
[[applications]]
name = "third"
receives = ["x2"]
{last}
"""


def tangled(size: int) -> DependencyGraph:
    """As many applications as channels: each sends to one and receives from all others."""
    operations = [
        edge(ApplicationId(f"a{i}"), Action.SEND if i == j else Action.RECEIVE, topic(f"c{j}"))
        for i in range(size)
        for j in range(size)
    ]
    seen = ring()
    graph = DependencyGraph(seen.servers, operations={each.id: each for each in operations}, to_ns=5)
    return LoopWatch().measure(graph, 5)


def would(graph: DependencyGraph) -> list[str]:
    return [each.message for each in graph.findings if "would be a feedback loop" in each.message]


@pytest.mark.parametrize("size", [3, 12])
def test_a_design_closes_a_loop_in_a_tangle(size: int, tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(CHAIN.format(last='sends = ["c2"]'))
    made = Targets.of([str(path)], None).graph(tangled(size), 5)
    told = would(made)
    assert any("c1 → first → x1 → second → x2 → third → c2 → a1 → c1" in each for each in told)
    assert all("first" in each for each in told)
    assert all(each.subject in made.loops for each in made.findings if each.message in told)
    path.write_text(CHAIN.format(last=""))
    assert would(Targets.of([str(path)], None).graph(tangled(size), 5)) == []


def test_the_cut_of_such_a_loop_says_who_depends_on_it(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(CHAIN.format(last='sends = ["c2"]') + '[[applications]]\nname="m"\nreceives=["x2"]\n')
    made = Targets.of([str(path)], None).graph(tangled(12), 5)
    (loop,) = (each for each in made.loops.values() if ApplicationId("first") in each.hops)
    assert {str(node) for cut in loop.cuts for node in cut.starves} >= {"application/m"}


@given(
    st.sets(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 5)), max_size=25), st.integers(0, 99)
)
def test_every_new_edge_on_a_loop_lies_on_one_that_is_found(
    wanted: set[tuple[int, bool, int]], seed: int
) -> None:
    edges: list[EdgeId] = [
        OperationId(ApplicationId(f"a{who}"), Action.SEND if sends else Action.RECEIVE, topic(f"c{where}"))
        for who, sends, where in sorted(wanted)
    ]
    fresh = {each for number, each in enumerate(edges) if (number + seed) % 3}
    found = list(closed(edges, fresh, ()))
    for path in found:
        assert path[0] in fresh
        assert [each.target for each in path] == [each.source for each in (*path[1:], path[0])]
        assert len({each.source for each in path}) == len(path)
    reached = {each: {each.target} for each in edges}
    for _ in edges:
        for each in edges:
            reached[each] |= {other.target for other in edges if other.source in reached[each]}
    on_loops = {each for each in fresh if each.source in reached[each]}
    assert on_loops == fresh.intersection(each for path in found for each in path)


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_looks_at_one_loop_the_worse_one_counts(turned: bool) -> None:
    """A calm capture must not hide that a limit is broken now."""
    seen = [ring(LoopStatus.RUNAWAY, (1.2, 1.1, 1.3)), ring()]
    entry = AcknowledgedLoop(("prices", "stock", "levels", "pricing"), "A game.", 1.05)
    made = whole(seen[::-1] if turned else seen, None, Project(acknowledged=(entry,)), 5)
    loop = the_loop(made)
    assert (loop.status, loop.gain_low) == (LoopStatus.RUNAWAY, 1.1)


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_looks_at_one_edge_the_surer_one_counts(turned: bool) -> None:
    sure = edge(ApplicationId("mail"), Action.RECEIVE, topic("prices"))
    guess = Evidence("kafka.acl", PERMISSION, 0.4, 1, 1, "May read.")
    seen = [
        DependencyGraph(operations={sure.id: each})
        for each in (sure, with_(sure, confidence=0.4, evidence=(guess,)))
    ]
    made = whole(seen[::-1] if turned else seen, None, Project(), 5).operations[sure.id]
    assert made.confidence == 0.95
    assert set(made.evidence) == {*sure.evidence, guess}
