from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.branching.clocks import AFTER, BEFORE, log_times, offsets_ns
from graph.branching.lineage import Ints

S = 1_000_000_000


def told(seed: int, off_s: list[float], records: int, jitter_s: float = 0.0) -> tuple[Ints, Ints, Ints]:
    """When records lay on a log, whose clocks stamped them, and the stamps."""
    rng = np.random.default_rng(seed)
    true = np.sort(rng.uniform(1_000, 1_060, records))
    clock = rng.integers(0, len(off_s), records)
    stamp = true + np.array(off_s)[clock] + rng.normal(0, jitter_s, records)
    return (true * S).astype(np.int64), clock, (stamp * S).astype(np.int64)


@given(st.lists(st.floats(-300, 300), min_size=2, max_size=5), st.integers(0, 99))
def test_clocks_that_are_off_are_set_right(off_s: list[float], seed: int) -> None:
    true, clock, stamp = told(seed, off_s, 2_000, jitter_s=0.01)
    wrong = log_times(stamp, clock, np.zeros(len(stamp), np.int64)) - true
    # one clock is the measure of all, so that all may be off by the same
    assert np.ptp(wrong) < 0.25 * S


def test_a_clock_is_believed_as_long_as_the_log_does_not_contradict_it() -> None:
    """Records 10 s apart cannot tell that a clock is 1 s off, and what they cannot tell is not made up."""
    stamp = (np.arange(20) * 10 * S) + np.where(np.arange(20) % 2, S, 0)
    clock = np.arange(20) % 2
    assert offsets_ns(stamp, clock, np.zeros(20, np.int64)).tolist() == [0, 0, 0]
    assert log_times(stamp, clock, np.zeros(20, np.int64)).tolist() == stamp.tolist()


def test_a_few_late_records_are_no_proof_that_a_clock_is_off() -> None:
    stamp = np.arange(12) * S
    stamp[[3, 5]] -= 5 * S
    assert offsets_ns(stamp, np.arange(12) % 2, np.zeros(12, np.int64)).tolist() == [0, 0, 0]


def test_senders_that_share_no_lane_are_believed() -> None:
    _, clock, stamp = told(1, [0.0, 60.0], 500)
    assert offsets_ns(stamp, clock, clock).tolist() == [0, 0, 0]


def test_clocks_are_set_right_along_the_lanes_that_they_share() -> None:
    """The first and the last share none, but each shares one with the second."""
    true, clock, stamp = told(2, [0.0, 20.0, -30.0], 3_000)
    first = np.random.default_rng(2).random(3_000) < 0.5
    lane = np.where(clock == 1, np.where(first, 0, 1), np.where(clock == 0, 0, 1))
    assert np.ptp(log_times(stamp, clock, lane) - true) < 0.5 * S


def test_a_clock_is_held_against_all_that_are_set_right_already() -> None:
    """Before the third only the first writes and after it only the second: neither bounds it alone."""
    clock = np.where(np.arange(90) < 60, np.arange(90) % 2, np.tile([0, 2, 1], 30))
    stamp = (np.arange(1_000, 1_090) + np.array([0, 20, -30])[clock]) * S
    found = offsets_ns(stamp, clock, np.zeros(90, np.int64))
    assert found[:3] / S == pytest.approx([0, 20, -30], abs=1)


def test_one_lane_may_be_read_before_another() -> None:
    true, clock, stamp = told(3, [0.0, 9.0], 1_000)
    lane = np.random.default_rng(3).integers(0, 3, 1_000)
    read = np.argsort(lane, kind="stable")
    at_once = log_times(stamp, clock, lane)
    assert log_times(stamp[read], clock[read], lane[read]).tolist() == at_once[read].tolist()
    assert np.ptp(at_once - true) < 0.5 * S


def test_a_record_that_comes_late_begins_to_count_where_it_lies() -> None:
    stamp = np.arange(100) * S
    stamp[60] = 20 * S
    found = log_times(stamp, np.zeros(100, np.int64), np.zeros(100, np.int64))
    assert found[60] == 59 * S
    stamp[60] = 59 * S
    assert found.tolist() == stamp.tolist()


def test_a_stamp_from_the_future_takes_no_other_record_along() -> None:
    stamp = np.arange(100) * S
    stamp[60] = 10_000 * S
    found = log_times(stamp, np.zeros(100, np.int64), np.zeros(100, np.int64))
    # the next ones may be held to be as late as the third of them
    assert (found[61:] - stamp[61:]).max() <= 2 * S
    assert found[:61].tolist() == stamp[:61].tolist()
    assert found[63:].tolist() == stamp[63:].tolist()


def test_records_whose_clock_is_not_known_count_as_one_clock() -> None:
    true, clock, stamp = told(4, [0.0, 45.0], 2_000)
    unknown = np.where(clock == 1, -1, 0)
    assert offsets_ns(stamp, unknown, np.zeros(2_000, np.int64))[-1] == pytest.approx(45 * S, abs=S // 2)
    assert np.ptp(log_times(stamp, unknown, np.zeros(2_000, np.int64)) - true) < 0.5 * S


def test_no_records_have_no_times() -> None:
    nothing = np.empty(0, np.int64)
    assert log_times(nothing, nothing, nothing).tolist() == []


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=60),
)
def test_lanes_are_written_each_for_itself(records: list[tuple[int, int]]) -> None:
    """Brute force: a record lies there no earlier than any of the 16 before it that are believed; one is
    believed up to the youngest of the three behind it, the last of a lane as it stands.
    """
    stamp = np.array([at for _, at in records], np.int64)
    lane = np.array([number % 4 for number, _ in records], np.int64)
    expected = stamp.tolist()
    for number in range(4):
        mine = np.flatnonzero(lane == number).tolist()
        sent = [expected[at] for at in mine]
        believed = [
            min(at, max((sent[place + 1 : place + AFTER + 1] + sent[-1:])[:AFTER]))
            for place, at in enumerate(sent)
        ]
        for place, at in enumerate(mine):
            expected[at] = max([sent[place], *believed[max(0, place - BEFORE) : place]])
    assert log_times(stamp, np.full(len(stamp), -1), lane).tolist() == expected
