from __future__ import annotations

from math import inf

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inspector.replay.pacing import Pacing
from inspector.replay.request import Pace

TIMES = st.lists(st.integers(0, 10**12), min_size=1, max_size=30)


@given(TIMES, st.floats(0.5, 1e5))
def test_a_record_is_due_just_when_it_may_leave(times: list[int], rate: float) -> None:
    for pace in (Pace(per_s=rate), Pace(times=rate), Pace()):
        pacing = Pacing(pace, np.array(times, np.int64))
        at = [pacing.at(number) for number in range(len(times))]
        assert at == sorted(at)
        assert at[0] == 0.0
        assert pacing.at(len(times)) == inf
        for number, seconds in enumerate(at):
            assert pacing.due(seconds + 1e-6) > number
        assert pacing.length_s == at[-1]


def test_the_time_between_records_is_kept() -> None:
    pacing = Pacing(Pace(times=2.0), np.array([5, 5, 1, 9]) * 1_000_000_000)
    assert [pacing.at(number) for number in range(4)] == [0.0, 0.0, 0.0, 2.0]
    assert [pacing.due(seconds) for seconds in (0.0, 1.9, 2.0)] == [3, 3, 4]
