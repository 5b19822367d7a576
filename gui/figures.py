"""Times, sizes and counts as the window shows them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from inspector.record import Position

SECOND = 1_000_000_000


def zone(utc: bool = False) -> tzinfo:
    """The zone that times are shown in: the computer's own, or UTC."""
    return UTC if utc else (datetime.now().astimezone().tzinfo or UTC)


def zone_name(shown: tzinfo) -> str:
    """What to call a zone, such as `UTC` or `CET`."""
    return datetime.now(shown).tzname() or "UTC"


def moment(time_ns: int, shown: tzinfo) -> datetime:
    """A time in a zone; a time that no calendar has is the epoch."""
    try:
        return datetime.fromtimestamp(time_ns // SECOND, shown)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, shown)


def clock(time_ns: int, shown: tzinfo) -> str:
    """`14:12:08.412`."""
    return f"{moment(time_ns, shown):%H:%M:%S}.{time_ns // 1_000_000 % 1000:03d}"


def clock_short(time_ns: int, shown: tzinfo) -> str:
    """`14:12:08`."""
    return f"{moment(time_ns, shown):%H:%M:%S}"


def date_and_clock(time_ns: int, shown: tzinfo) -> str:
    """`23 November 2026, 14:12:08.412`."""
    made = moment(time_ns, shown)
    return f"{made.day} {made:%B %Y}, {clock(time_ns, shown)}"


def place(position: Position) -> str:
    """`p0 · 1,234`; `heard along` where the broker keeps no record."""
    return "heard along" if position.heard else f"p{position.partition} · {position.offset:,}"


def size(count: int) -> str:
    """`412 B`, `1.8 KB`, `1.24 GB`."""
    if count < 1000:
        return f"{count} B"
    amount = float(count)
    for unit in ("KB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.5 or unit == "TB":
            return f"{amount:.3g} {unit}"
    raise AssertionError


def elapsed(seconds: float) -> str:
    """`14:32`, `1:04:10`: minutes and seconds, with hours where there are any."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def ago(seconds: float) -> str:
    """`just now`, `40 seconds ago`, `2 minutes ago`, `3 hours ago`, `4 days ago`."""
    seconds = max(0.0, seconds)
    for unit, span in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        number = int(seconds // span)
        if number:
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return f"{int(seconds)} seconds ago" if seconds >= 5 else "just now"


def per_cent(part: float) -> str:
    """`71 %`; only what is certain beyond doubt reaches 100."""
    return f"{min(99, round(part * 100)) if part < 1 else 100} %"


def plural(number: int, noun: str) -> str:
    """`1 loop`, `2 loops`, `1,284 loops`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
