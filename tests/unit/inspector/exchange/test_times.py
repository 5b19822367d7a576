from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.exchange.times import read, written

YEAR_9000_NS = 221_845_392_000_000_000_000


@given(st.integers(0, 2**63 - 1))
def test_what_is_written_is_read_again_to_the_nanosecond(time_ns: int) -> None:
    assert read(written(time_ns)) == time_ns


def test_what_other_tools_write() -> None:
    assert read("2026-11-23T10:00:00.12+01:00") == read("2026-11-23T09:00:00.120Z")
    assert read("2026-11-23T10:00:00.5+01:00[Europe/Paris]") == read("2026-11-23T09:00:00.5")
    assert read("2026-11-23T10:00:00Z") % 1_000_000_000 == 0


def test_no_calendar_has_it() -> None:
    assert written(400 * YEAR_9000_NS) == ""
    with pytest.raises(ValueError, match="Invalid"):
        read("yesterday")
