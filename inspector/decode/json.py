"""JSON (RFC 8259), exactly: no number loses digits, and what a strict parser refuses is named."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

import orjson

from inspector.decode.base import About, Declined, Inside, Reading

EXACT_BYTES = 1 << 20
"""Up to here names that occur twice in an object are looked for, which takes the slow parser."""
LONG_NUMBER = re.compile(rb"[\d.]{17}")
NOT_JSON = re.compile(rb"\bNaN\b|\bInfinity\b")
BOM = b"\xef\xbb\xbf"
CLOUDEVENTS_REQUIRED = ("specversion", "id", "source", "type")


class Json:
    """Any JSON value."""

    name = "JSON"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """Numbers are int, float or, where a float cannot hold them, Decimal."""
        value, problems = parse(data)
        return Reading(value, self.name, " ".join(problems))


class CloudEvents:
    """CloudEvents in structured mode or in a batch (CloudEvents 1.0, JSON format)."""

    name = "CloudEvents"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """The whole envelope, or all of a batch."""
        if b'"specversion"' not in data:
            raise Declined("there is no specversion")
        value, problems = parse(data)
        events = value if isinstance(value, list) and value else [value]
        for event in events:
            if not isinstance(event, dict):
                raise Declined("it is not an object")
            missing = [name for name in CLOUDEVENTS_REQUIRED if not isinstance(event.get(name), str)]
            if missing:
                raise Declined(f"there is no {missing[0]}")
        batch = f" batch of {len(events):,}" if isinstance(value, list) else ""
        return Reading(value, f"{self.name} {events[0]['specversion']}{batch}", " ".join(problems))


def parse(data: bytes) -> tuple[Any, list[str]]:
    """The value and sentences on what is odd about it; raises Declined."""
    text = data.removeprefix(BOM)
    problems = ["It begins with a byte order mark, which JSON must not have."] if text is not data else []
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        not_a_number = NOT_JSON.search(text)
        if not not_a_number and "number" not in error.msg:
            raise Declined(_reason(error, text, len(data) - len(text))) from error
        value = _parse_slowly(text, problems)
        if not_a_number:
            problems.append(
                "It holds NaN or Infinity, which is not JSON and which other receivers may refuse."
            )
        return value, problems
    if LONG_NUMBER.search(text) or (len(text) <= EXACT_BYTES and isinstance(value, (dict, list))):
        value = _parse_slowly(text, problems)
    return value, problems


def named(schema: str) -> str:
    """What a JSON schema calls its values; empty where it says nothing."""
    try:
        told = orjson.loads(schema)
    except orjson.JSONDecodeError:
        return ""
    return str(told.get("title") or told.get("$id") or "") if isinstance(told, dict) else ""


def _parse_slowly(text: bytes, problems: list[str]) -> Any:
    repeated: dict[str, int] = {}

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            names = [name for name, _ in items]
            repeated.update({name: names.count(name) for name in found if names.count(name) > 1})
        return found

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_int=_integer, parse_float=_float)
    except (ValueError, RecursionError) as error:
        raise Declined(
            "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        ) from error
    if repeated:
        name, count = next(iter(repeated.items()))
        problems.append(
            f"The name “{name}” occurs {count} times in one object."
            " Receivers may take any of them; the last is shown."
        )
    return value


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) < 1000 else Decimal(text)


def _float(text: str) -> float | Decimal:
    # 15 digits always survive the way through a float (IEEE 754 double).
    number = float(text)
    exact = repr(number) == text or (len(text) <= 15 and math.isfinite(number))
    return number if exact else Decimal(text)


def _reason(error: orjson.JSONDecodeError, text: bytes, skipped: int) -> str:
    reason = error.msg.partition(",")[0].rstrip(".")
    if "UTF-8" in reason:
        try:
            text.decode()
        except UnicodeDecodeError as undecodable:
            return f"it is not UTF-8 from byte {undecodable.start + skipped} on"
    at = len(text.decode("utf-8", "replace")[: error.pos].encode()) + skipped
    return f"{reason} at byte {at}"
