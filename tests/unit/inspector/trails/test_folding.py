"""What repeats is folded, nothing is lost, and a fold opens."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from inspector.trails.folding import LAPS, folded, in_depth, unfolded
from inspector.trails.follow import follow
from inspector.trails.ground import CONFIDENCE, Ground
from inspector.trails.trail import Trail
from inspector.traits import Traits
from tests.unit.inspector.trails.test_follow import RING, chain, flows
from tests.unit.inspector.trails.written import Written, by


def trail_of(records: Written, row: int) -> Trail:
    found = follow(records, RING, row)
    assert found is not None
    return found


@given(st.integers(0, 100_000), st.integers(0, 1_000), st.integers(0, 5))
@example(2, 414, 0)
@settings(max_examples=40)
def test_every_record_is_in_one_item_whose_parent_has_its_cause(seed: int, at: int, open_: int) -> None:
    records = flows(seed)
    trail = trail_of(records, at % len(records.pairs))
    closed = folded(trail)
    opened = frozenset(item.key for item in closed[:open_])
    for items in (closed, folded(trail, opened), unfolded(trail)):
        held = {step.row: item for item in items for step in item.steps}
        assert sorted(held) == sorted(step.row for step in trail.steps)
        assert sum(len(item.steps) for item in items) == len(trail.steps)
        for item in items:
            first = item.first
            assert (item.parent is None) == (first.parent is None)
            same = {(step.channel, step.type, step.application) for step in item.steps}
            assert len(same) == 1
            assert item.depth == 0 if item.parent is None else item.depth > 0
            grounds = [step.ground for step in item.steps if step.ground is not None]
            assert item.ground is None or CONFIDENCE[item.ground] == min(CONFIDENCE[each] for each in grounds)
        assert sorted(item.key for item in in_depth(items)) == sorted(item.key for item in items)
    start = next(item for item in closed if trail.start in [step.row for step in item.steps])
    assert len(start.steps) == 1, "what was asked about stands by itself"


def test_laps_after_the_second_are_one() -> None:
    trail = trail_of(chain(90), 0)
    items = folded(trail)
    assert len(items) == 1 + 3 * LAPS, "the first one has a sender of its own"
    assert [item.laps for item in items[-3:]] == [(2, 30), (2, 30), (3, 30)]
    assert [len(item.steps) for item in items] == [1, 1, 1, 1, 29, 29, 28]
    assert items[-1].latency_ns == 10_000_000
    assert len(folded(trail, {items[-1].key})) == 6 + 28


def test_a_fan_out_is_one_and_opens_record_by_record() -> None:
    records = Written()
    records.add("a", 0, Traits(by("begin"), "T", "e0"))
    for number in range(8):
        records.add("b", 5 + number, Traits(by("ab"), "T", f"e{number + 1}", "e0"))
    trail = trail_of(records, 0)
    first, many = folded(trail)
    assert (len(first.steps), len(many.steps), many.parent) == (1, 8, first.key)
    assert many.ground is Ground.POINTER
    opened = folded(trail, {many.key})
    assert [len(item.steps) for item in opened] == [1] * 9
    assert [item.opened for item in opened] == [False, *[True] * 8]


def test_a_tree_is_read_from_cause_to_effects() -> None:
    records = Written()
    records.add("a", 0, Traits(by("begin"), "T", "e0"))
    records.add("b", 5, Traits(by("ab"), "T", "e1", "e0"))
    records.add("b", 6, Traits(by("ab"), "U", "e2", "e0"))
    records.add("c", 9, Traits(by("bc"), "T", "e3", "e1"))
    trail = trail_of(records, 0)
    assert [item.key for item in unfolded(trail)] == [0, 1, 2, 3]
    assert [item.key for item in in_depth(unfolded(trail))] == [0, 1, 3, 2]
