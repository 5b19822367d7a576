from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ApplicationId
from graph.model import Alias
from inspector.causes.causality import Causality
from inspector.causes.links import COUNTER
from inspector.observation import RecordsSeen
from inspector.traits import Traits
from tests.unit.inspector.causes.test_links import A, B, C, S, Tape, step


def test_steps_are_forgotten_with_their_records() -> None:
    tape = Tape(Causality(capacity=200))
    for number in range(600):
        flow = f"f{number}"
        tape.add(A, number, step(0, flow))
        tape.add(B, number + 0.5, step(1, flow))
    window = tape.window(600)
    assert len(window) <= 200
    links = window.links(A, B)
    assert len(links.child) >= 50
    assert all(links.grade == COUNTER)
    assert (window.time[links.child] - window.time[links.parent] == S // 2).all()


@pytest.mark.parametrize("seconds", [-1e-3, 1.7e12])
def test_a_time_that_cannot_be_is_passed_over(seconds: float) -> None:
    tape = Tape()
    tape.add(A, seconds, Traits(event_id="a1"))
    assert len(tape.window()) == 0


def test_a_record_read_twice_counts_once() -> None:
    tape = Tape()
    for _ in range(2):
        tape.add(A, 1, Traits(event_id="a1"), offset=4)
    assert len(tape.window()) == 1


def test_old_records_are_forgotten_with_their_ids() -> None:
    tape = Tape(Causality(age_ns=10 * S))
    tape.add(A, 1, Traits(event_id="a1"))
    tape.add(B, 95, Traits(event_id="b1", parent_id="a1", origin=None))
    tape.add(A, 96, Traits(event_id="a2"))
    tape.add(B, 97, Traits(event_id="b2", parent_id="a2"))
    assert len(tape.window(100)) == 3
    assert tape.links(A, B) == [(96, 97, True)]
    tape.add(A, 98, Traits(event_id="a1"))
    assert tape.links(A, B) == [(98, 95, True), (96, 97, True)], "a pointer is believed more than clocks"


def test_memory_is_bounded_and_channels_on_no_loop_go_first() -> None:
    tape = Tape(Causality(capacity=400, span_ns=0))
    for number in range(300):
        tape.add(A, number / 10, Traits(event_id=f"a{number}"))
        for copy in range(3):
            sensor = Alias("source", f"/sensor/{number}.{copy}")
            tape.add(C, number / 10, Traits(event_id=f"c{number}.{copy}", sender=sensor))
    window = tape.causality.settle(31 * S, [A])
    assert len(window.rows(A)) == 200
    assert len(window.rows(C)) == 100
    assert float(window.time[window.rows(A)].min()) / S == 10.0, "the newest are kept"
    for number in range(5_000):
        tape.add(A, 30 + number / 100, Traits(event_id=f"d{number}", parent_id=f"d{number - 1}"))
    assert len(tape.causality.settle(90 * S, [A])) <= 400
    assert len(tape.causality._senders) <= 400
    assert len(tape.causality._places) <= 400


def test_what_was_not_read_stands_before_the_next_record_of_its_channel() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(), skipped=1_000)
    tape.add(A, 2, Traits(), skipped=3)
    tape.add(B, 1, Traits())
    tape.add(B, 20, Traits())
    tape.causality.fold(RecordsSeen(B, (), skipped=4), [])
    window = tape.window()
    lane = window.lane(A)
    assert (lane.time_ns.tolist(), lane.missed.tolist(), lane.behind) == ([S, 2 * S], [0, 3], 0)
    assert (window.lane(B).missed.tolist(), window.lane(B).behind) == ([0, 0], 4)
    assert [window.gaps(one) for one in (A, B, C)] == [3, 4, 0]
    tape.add(B, 21, Traits())
    assert tape.window().lane(B).missed.tolist() == [0, 0, 4]


def test_what_was_not_read_before_forgotten_records_stands_before_the_next_that_stays() -> None:
    tape = Tape(Causality(capacity=400, span_ns=0))
    for number in range(500):
        tape.add(A, number / 100, Traits(event_id=f"a{number}"), skipped=2)
        tape.add(B, number / 100, Traits(event_id=f"b{number}"), skipped=3)
    window = tape.causality.settle(5 * S, [B])
    for where, each in ((A, 2), (B, 3)):
        missed = window.lane(where).missed.tolist()
        assert len(missed) >= 90
        assert missed == [0] + [each] * (len(missed) - 1)


def test_senders_are_known_by_any_of_their_names() -> None:
    tape = Tape()
    mine, others, group, stranger = (Alias("source", name) for name in ("/one", "/other", "one", "/stranger"))
    for sender in (mine, others, group, stranger, None):
        tape.add(A, 1, Traits(sender=sender))
    one, other = ApplicationId("one"), ApplicationId("other")
    applications, by = tape.window().sent_by({mine: one, others: other, group: one})
    assert [applications[at] if at >= 0 else None for at in by.tolist()] == [one, other, one, None, None]


@given(st.integers(0, 2**32), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_links_survive_forgetting(seed: int, count: int) -> None:
    """What is forgotten in between takes no link between remembered records with it."""
    rng = random.Random(seed)
    forgetful, whole = Tape(Causality(capacity=1_000, age_ns=20 * S)), Tape()
    for number in range(count):
        where = rng.choice([A, B])
        parent = rng.choice([None, f"e{rng.randrange(count)}"])
        origin = f"{rng.choice('ab')}/0/{rng.randrange(10)}" if rng.random() < 0.2 else None
        said = Traits(event_id=f"e{number}", parent_id=parent, origin=origin)
        for tape in (forgetful, whole):
            tape.add(where, number, said)
        if rng.random() < 0.3:
            forgetful.window(number)
    remembered = set((forgetful.window(count).time / S).tolist())
    for cause in (A, B):
        for effect in (A, B):
            expected = [link for link in whole.links(cause, effect) if remembered.issuperset(link[:2])]
            window = forgetful.window(count)
            found = window.links(cause, effect)
            times = zip(window.time[found.parent] / S, window.time[found.child] / S, strict=True)
            assert [(float(a), float(b)) for a, b in times] == [link[:2] for link in expected]
