"""Times as people write them in a query: `2026-11-23T10:00`, `10:05`, `-5m`, `now`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

SECOND_NS = 1_000_000_000

_AGO = re.compile(r"-(\d{1,9})(ms|s|m|min|h|d|w)")
_SPANS = {
    "ms": 1_000_000,
    "s": SECOND_NS,
    "m": 60 * SECOND_NS,
    "min": 60 * SECOND_NS,
    "h": 3_600 * SECOND_NS,
    "d": 86_400 * SECOND_NS,
    "w": 604_800 * SECOND_NS,
}
_WRITTEN = re.compile(
    r"(?:(\d{4}-\d{2}-\d{2})(?:T(?=\d)|$))?(?:(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)
WAYS = "2026-11-23T10:00, 10:05 or -5m"


@dataclass(frozen=True)
class Clock:
    """By what times without a date and without a zone are understood."""

    now_ns: int = 0
    zone: tzinfo = UTC


Span = tuple[int, int]
"""The first and the last nanosecond of a time: one written to the minute is that whole minute."""


def span(text: str, clock: Clock, day: date | None = None) -> Span:
    """What a time means; one without a date is on `day`, or today. Raises ValueError with a sentence."""
    if text == "now":
        return clock.now_ns, clock.now_ns
    if ago := _AGO.fullmatch(text):
        then = clock.now_ns - int(ago[1]) * _SPANS[ago[2]]
        return then, then
    found = _WRITTEN.fullmatch(text)
    if not found or not (found[1] or found[2]):
        raise ValueError(f"{text} is no time. Write it like {WAYS}.")
    try:
        return _written(found, clock, day)
    except (ValueError, OverflowError):
        raise ValueError(f"{text} is in no calendar. Write a time like {WAYS}.") from None


def _written(found: re.Match[str], clock: Clock, day: date | None) -> Span:
    written, hour, minute, second, fraction, zone = found.groups()
    on = date.fromisoformat(written) if written else day or today(clock)
    if hour is None:
        begin = _ns(datetime.combine(on, time(), clock.zone))
        return begin, _ns(datetime.combine(on + timedelta(days=1), time(), clock.zone)) - 1
    at = time(int(hour), int(minute), int(second or 0))
    begin = _ns(datetime.combine(on, at, _zone(zone) if zone else clock.zone))
    if fraction is not None:
        begin += int(fraction.ljust(9, "0"))
        return begin, begin + 10 ** (9 - len(fraction)) - 1
    return begin, begin + (SECOND_NS if second else 60 * SECOND_NS) - 1


def spans(text: str, clock: Clock) -> Span:
    """What a time means, or a range of two such as `2026-11-23T10:00..10:05`, both ends included."""
    first, dots, last = text.partition("..")
    if not dots:
        return span(first, clock)
    if not (first and last):
        raise ValueError(f"{text} lacks an end. Write both, such as 10:00..10:05.")
    found = _WRITTEN.fullmatch(first)
    written = found[1] if found else None
    begin = span(first, clock)[0]
    end = span(last, clock, date.fromisoformat(written) if written else None)[1]
    if end < begin:
        raise ValueError(f"{text} ends before it begins.")
    return begin, end


def today(clock: Clock) -> date:
    """The day that it is."""
    return datetime.fromtimestamp(clock.now_ns // SECOND_NS, clock.zone).date()


def _zone(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _ns(moment: datetime) -> int:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (moment - epoch) // timedelta(microseconds=1) * 1_000
