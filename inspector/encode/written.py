"""Decoded values as JSON that people edit: what JSON has nothing for is an object with one name.

`{"$bytes": "00ff"}`, `{"$time": "2026-01-01T00:00:00+00:00"}`, `{"$date": …}`, `{"$clock": …}`,
`{"$decimal": "1.20"}`, `{"$uuid": …}`, `{"$ext": [5, "00ff"]}` and `{"$tag": [32, …]}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from cbor2 import CBORTag
from msgspec.msgpack import Ext

from inspector.encode.json import Number
from inspector.encode.misfit import Misfit, Steps
from inspector.encode.splice import same

_NOTHING = object()
_MARKS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    bytes: ("$bytes", bytes.hex),
    datetime: ("$time", datetime.isoformat),
    date: ("$date", date.isoformat),
    time: ("$clock", time.isoformat),
    Decimal: ("$decimal", str),
    UUID: ("$uuid", str),
    Ext: ("$ext", lambda ext: [ext.code, bytes(ext.data).hex()]),
    CBORTag: ("$tag", lambda tag: [tag.tag, written(tag.value)]),
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    "$bytes": bytes.fromhex,
    "$time": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$clock": time.fromisoformat,
    "$decimal": Decimal,
    "$uuid": UUID,
    "$ext": lambda said: Ext(said[0], bytes.fromhex(said[1])),
    "$tag": lambda said: CBORTag(said[0], native(said[1])),
}


def written(value: Any, steps: Steps = ()) -> Any:
    """The value with nothing in it that JSON has not. Raises `Misfit` for what cannot be written."""
    if isinstance(value, Mapping):
        made = {str(name): written(item, (*steps, str(name))) for name, item in value.items()}
        if len(made) < len(value):
            raise Misfit("two of its names look alike as text", steps)
        return made
    if isinstance(value, (list, tuple)):
        return [written(item, (*steps, place)) for place, item in enumerate(value)]
    if value is None or isinstance(value, (str, bool, int, float, Number)):
        return value
    mark = _MARKS.get(type(value))
    if mark is None:
        raise Misfit(f"{type(value).__name__} cannot be written as text", steps)
    return {mark[0]: mark[1](value)}


def native(said: Any, old: Any = _NOTHING, steps: Steps = ()) -> Any:
    """What a document that was `old` has become by what is said now. Raises `Misfit`.

    What is written as before is the very same, whatever it is.
    """
    if old is not _NOTHING and same(written(old, steps), _plain(said)):
        return old
    if isinstance(said, dict):
        if len(said) == 1 and (read := _READ.get(name := next(iter(said)))):
            try:
                return read(said[name])
            except (ValueError, TypeError, IndexError, InvalidOperation) as error:
                raise Misfit(f"{said[name]!r} cannot be read as {name[1:]}", steps) from error
        olds = {str(key): (key, item) for key, item in old.items()} if isinstance(old, Mapping) else {}
        made = {}
        for name, item in said.items():
            key, before = olds.get(name, (name, _NOTHING))
            made[key] = native(item, before, (*steps, name))
        return made
    if isinstance(said, list):
        before = old if isinstance(old, (list, tuple)) else ()
        return [
            native(item, before[place] if place < len(before) else _NOTHING, (*steps, place))
            for place, item in enumerate(said)
        ]
    return float(said) if isinstance(said, Decimal) else said


def _plain(said: Any) -> Any:
    """With numbers as other formats than JSON have them."""
    if isinstance(said, dict):
        return {name: _plain(item) for name, item in said.items()}
    if isinstance(said, list):
        return [_plain(item) for item in said]
    return float(said) if isinstance(said, Decimal) else said
