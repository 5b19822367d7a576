from __future__ import annotations

import numpy as np
import pytest

from graph.branching.lineage import Flags, Ints
from graph.branching.reading import Floats, Lane, Reading, reading

S = 1_000_000_000


def lane(time_s: Floats, read: Flags) -> Lane:
    at = np.append(np.flatnonzero(read), len(read))
    missed = np.diff(at, prepend=at[0] - 1) - 1
    return Lane(in_ns(time_s[read]), missed[:-1], int(missed[-1]))


def in_ns(time_s: Floats) -> Ints:
    return (time_s * S).astype(np.int64)


def found(lanes: list[Lane], seconds: float) -> Reading:
    share = reading(lanes, 0, int(seconds * S))
    assert share is not None
    return share


def test_where_all_was_read_there_is_nothing_to_say() -> None:
    assert reading([lane(np.arange(10.0), np.ones(10, np.bool_))], 0, 10 * S) is None
    assert reading([], 0, 10 * S) is None


@pytest.mark.parametrize("records", [300, 3_000, 60_000])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_records_missed_one_by_one_lower_the_share_at_all_times(records: int, share: float) -> None:
    rng = np.random.default_rng(records)
    averages = []
    for _ in range(20):
        time = np.sort(rng.uniform(0, 60, records))
        one = found([lane(time, rng.random(records) < share)], 60)
        averages.append(one.at(in_ns(np.linspace(5, 55, 400))).mean())
    assert np.mean(averages) == pytest.approx(share, abs=0.05)


def test_a_time_in_which_nothing_was_read_is_dark_and_the_rest_is_not() -> None:
    time = np.linspace(0, 60, 6_000)
    one = found([lane(time, (time < 20) | (time > 30))], 60)
    assert one.at(in_ns(np.array([10.0, 19.5, 30.5, 50.0]))).tolist() == pytest.approx([1.0] * 4)
    assert one.at(in_ns(np.array([20.5, 25.0, 29.5]))).max() < 0.01
    assert one.lit().at(in_ns(np.array([25.0]))).tolist() == [0.0]


def test_records_that_wait_at_the_end_are_missed_too() -> None:
    time = np.linspace(0, 60, 6_000)
    one = found([lane(time, time < 40)], 60)
    assert one.at(in_ns(np.array([39.0, 41.0, 59.0]))) == pytest.approx([1.0, 0.0, 0.0], abs=0.01)


def test_lanes_count_by_what_lies_on_them() -> None:
    busy, slow = np.linspace(0, 60, 9_000), np.linspace(0, 60, 1_000)
    whole = lane(busy, np.ones(9_000, np.bool_))
    one = found([whole, lane(slow, (slow < 10) | (slow > 30))], 60)
    assert one.at(in_ns(np.array([5.0, 20.0, 45.0]))) == pytest.approx([1.0, 0.9, 1.0], abs=0.01)


def test_before_its_first_record_nothing_is_known_of_a_lane() -> None:
    time = np.linspace(0, 60, 600)
    assert reading([lane(time, time > 30)], 0, 60 * S) is None


def test_before_its_first_record_a_lane_of_which_records_were_missed_is_dark() -> None:
    time = np.linspace(0, 60, 6_000)
    one = found([lane(time, (time > 20) & ((time < 40) | (time > 45)))], 60)
    assert one.at(in_ns(np.array([1.0, 19.5, 20.5, 42.0, 50.0]))) == pytest.approx(
        [0.0, 0.0, 1.0, 0.0, 1.0], abs=0.01
    )


def test_a_late_record_right_after_a_gap_does_not_end_it_where_it_began() -> None:
    time = np.linspace(0, 60, 6_000)
    read = (time < 20) | (time > 30)
    gapped = lane(time, read)
    after = int(np.flatnonzero(gapped.missed)[0])
    gapped.time_ns[after] = gapped.time_ns[after - 1]
    one = found([gapped], 60)
    assert one.at(in_ns(np.array([19.5, 25.0, 29.5, 30.5]))) == pytest.approx([1.0, 0.0, 0.0, 1.0], abs=0.01)


def test_a_time_is_dark_where_only_unusual_causes_were_read() -> None:
    time = np.linspace(0, 60, 6_000)
    here = found([lane(time, time < 59)], 60)
    there = found([lane(time, time < 40)], 60)
    both = here.then(there, in_ns(np.array([1.0] * 8 + [10.0, 12.0])))
    assert both.at(in_ns(np.array([35.0, 45.0]))) == pytest.approx([1.0, 0.0], abs=0.01)


def test_a_way_of_two_hops_was_seen_where_both_were_read() -> None:
    time = np.linspace(0, 60, 6_000)
    here = found([lane(time, (time < 20) | (time > 30))], 60)
    there = found([lane(time, (time < 40) | (time > 45))], 60)
    both = here.then(there, in_ns(np.full(50, 3.0)))
    assert both.at(in_ns(np.array([25.0, 35.0, 42.0, 44.0, 47.0, 49.0]))) == pytest.approx(
        [0.0, 1.0, 1.0, 0.0, 0.0, 1.0], abs=0.01
    )
    spread = here.then(there, in_ns(np.linspace(0.0, 6.0, 50)))
    assert spread.at(in_ns(np.array([43.0]))) == pytest.approx([0.5], abs=0.05)
