"""Times as files have them: in UTC, to the nanosecond where there are any below the millisecond."""

from __future__ import annotations

from datetime import UTC, datetime

SECOND = 1_000_000_000


def written(time_ns: int) -> str:
    """`2026-11-23T10:00:00.120Z`, or with nine digits; a time that no calendar has is empty."""
    seconds, rest = divmod(time_ns, SECOND)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    parts = f"{rest:09}" if rest % 1_000_000 else f"{rest // 1_000_000:03}"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{parts}Z"


def read(text: str) -> int:
    """A time of ISO 8601 in nanoseconds; one without a zone is UTC. Raises ValueError."""
    whole, dot, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    zone = rest[len(digits) :] if dot else ""
    moment = datetime.fromisoformat((whole + zone).partition("[")[0])
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND + int((digits or "0").ljust(9, "0")[:9])
