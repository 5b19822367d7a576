"""Identifiers inside the headers of tracers: which flow, and sometimes which application."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Sequence
from urllib.parse import unquote


def trace_id(text: str) -> str | None:
    """The trace id inside a `traceparent` (`00-<32 hex>-<16 hex>-01`) or `b3` value; None in a broken one."""
    if len(text) == 55 and text[2] == "-" == text[35]:
        candidate = text[3:35]
    else:
        parts = text.split("-")
        candidate = parts[1] if len(parts) == 4 and len(parts[0]) == 2 else parts[0]
    return candidate.lower() if len(candidate) in (16, 32) and candidate.strip("0") else None


def trace_ids(texts: Sequence[str | None]) -> list[str | None]:
    """`trace_id` of each; of many `traceparent` at a time, as all of them have one length."""
    joined = "".join(filter(None, texts)).lower()
    count = len(texts)
    if set(map(len, filter(None, texts))) == {55} and joined[2::55] == joined[35::55] == "-" * count:
        found: list[str | None] = [joined[at : at + 32] for at in range(3, 55 * count, 55)]
        if "0" * 32 not in found:
            return found
    return [None if text is None else trace_id(text) for text in texts]


def jaeger_trace_id(text: str) -> str | None:
    """The trace id of `uber-trace-id`, which leaves leading zeros out: `<hex>:<hex>:<hex>:<flags>`."""
    candidate, colon, _ = text.replace("%3A", ":").replace("%3a", ":").partition(":")
    if not colon or not 0 < len(candidate) <= 32:
        return None
    return candidate.lower().zfill(16 if len(candidate) <= 16 else 32)


def skywalking(text: str) -> tuple[str | None, str | None]:
    """The service that sent, and the trace id, of `sw8`: eight parts joined by `-`, the strings in base64."""
    parts = text.split("-")
    if len(parts) < 8:
        return None, None
    service = _plain(parts[4])
    # A service may be put in a group: `shop::billing`.
    return (service.rpartition("::")[2] or None if service else None), _plain(parts[1])


def _plain(part: str) -> str | None:
    try:
        return b64decode(part + "=" * (-len(part) % 4)).decode() or None
    except (binascii.Error, ValueError):
        return None


def baggage_service(text: str) -> str | None:
    """`service.name` in W3C baggage: `key=value;property,key=value`, percent-encoded."""
    for member in text.split(","):
        name, _, value = member.partition("=")
        if name.strip() == "service.name":
            return unquote(value.partition(";")[0].strip()) or None
    return None
