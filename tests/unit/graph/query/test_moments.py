"""Times in a query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.query.moments import SECOND_NS, Clock, span, spans

NOW = int(datetime(2026, 11, 23, 12, 30, tzinfo=UTC).timestamp()) * SECOND_NS
CLOCK = Clock(NOW)
S = SECOND_NS


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    return int(datetime(2026, 11, day, hour, minute, second, tzinfo=UTC).timestamp()) * S


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("now", NOW, NOW),
        ("-5m", NOW - 300 * S, NOW - 300 * S),
        ("-2h", NOW - 7200 * S, NOW - 7200 * S),
        ("-250ms", NOW - S // 4, NOW - S // 4),
        ("2026-11-22", at(22), at(23) - 1),
        ("2026-11-22T10:00", at(22, 10), at(22, 10, 1) - 1),
        ("2026-11-22T10:00:07", at(22, 10, 0, 7), at(22, 10, 0, 8) - 1),
        ("2026-11-22T10:00:07.25", at(22, 10, 0, 7) + S // 4, at(22, 10, 0, 7) + S // 4 + S // 100 - 1),
        ("10:05", at(23, 10, 5), at(23, 10, 6) - 1),
        ("2026-11-22T10:00+02:00", at(22, 8), at(22, 8, 1) - 1),
        ("2026-11-22T10:00Z", at(22, 10), at(22, 10, 1) - 1),
    ],
)
def test_a_time_is_as_long_as_it_is_written(text: str, begin: int, end: int) -> None:
    assert span(text, CLOCK) == (begin, end)


def test_times_without_a_zone_are_in_that_of_the_clock() -> None:
    east = Clock(NOW, timezone(timedelta(hours=2)))
    assert span("10:05", east)[0] == at(23, 8, 5)
    assert span("10:05Z", east)[0] == at(23, 10, 5)


def test_the_end_of_a_range_is_on_the_day_of_its_beginning() -> None:
    assert spans("2026-11-20T10:00..10:05", CLOCK) == (at(20, 10), at(20, 10, 6) - 1)
    assert spans("2026-11-20..2026-11-21", CLOCK) == (at(20), at(22) - 1)
    assert spans("-10m..now", CLOCK) == (NOW - 600 * S, NOW)


@pytest.mark.parametrize(
    "text", ["", "5m", "-5y", "25:00", "2026-13-01", "2026-11-23T", "tomorrow", "10:5", "-"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|calendar"):
        span(text, CLOCK)


@given(st.text("0123456789-:TZ.+mshd", max_size=24))
def test_nothing_but_a_sentence_comes_of_a_text(text: str) -> None:
    wrong = ""
    begin = end = 0
    try:
        begin, end = spans(text, CLOCK)
    except ValueError as mistake:
        wrong = str(mistake)
    assert begin <= end
    assert not wrong or wrong.endswith(".")
