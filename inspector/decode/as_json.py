"""Decoded values as JSON, whatever they hold."""

from __future__ import annotations

from typing import Any

import orjson


def as_json(value: Any) -> bytes:
    """A decoded value as JSON; what JSON lacks is written as text, bytes in hex.

    Raises orjson.JSONEncodeError for what cannot be written, such as text with half a surrogate pair.
    """
    return orjson.dumps(value, default=_other, option=orjson.OPT_NON_STR_KEYS)


def _other(value: object) -> object:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)
