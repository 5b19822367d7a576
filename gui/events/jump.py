"""Where somebody wants to go in the list: a position, a time or a row, as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graph.query import moments
from graph.query.moments import Clock

EXAMPLE = "p3@12345, 14:05:30 or #1200"
_POSITION = re.compile(r"(?:(?!p?\d+\s*[@·])(\S+)\s+)?(?:p?(\d{1,9}))?\s*[@·]\s*([\d,]{1,25})")
_ROW = re.compile(r"#?([\d,]{1,19})")


@dataclass(frozen=True)
class ToPosition:
    """A record by where it lies."""

    offset: int
    partition: int | None = None
    """None for any."""
    channel: str = ""
    """Its name; empty for any that is shown."""


@dataclass(frozen=True)
class ToRow:
    """A record by its number in the order of writing."""

    row: int


@dataclass(frozen=True)
class ToTime:
    """The first record at a time or after it."""

    time_ns: int


def target(text: str, clock: Clock) -> ToPosition | ToRow | ToTime:
    """What a text means; raises ValueError with a sentence."""
    text = text.strip()
    if found := _POSITION.fullmatch(text):
        channel, partition, offset = found.groups()
        return ToPosition(_number(offset), None if partition is None else int(partition), channel or "")
    if found := _ROW.fullmatch(text):
        return ToRow(_number(found[1]))
    try:
        return ToTime(moments.span(text, clock)[0])
    except ValueError:
        raise ValueError(f"Write a position, a time or a row, such as {EXAMPLE}.") from None


def _number(text: str) -> int:
    return int(text.replace(",", "") or "0")
