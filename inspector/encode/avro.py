"""Avro by its schema, with the place of what does not fit it.

https://avro.apache.org/docs/1.12.0/specification/. fastavro is imported where it is needed, as it takes a
while.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from inspector.decode.avro import parsed
from inspector.decode.base import clause
from inspector.decode.schemas import Schema
from inspector.encode.misfit import Misfit, Steps

_INTEGERS = {"int": 31, "long": 63}
"""Bits of the numbers, without the sign."""
_PLAIN: Mapping[str, tuple[tuple[type, ...], str]] = {
    "null": ((type(None),), "null"),
    "boolean": ((bool,), "true or false"),
    "string": ((str,), "text"),
    "bytes": ((bytes,), 'bytes, such as {"$bytes": "00ff"}'),
    "float": ((float, int, Decimal), "a number"),
    "double": ((float, int, Decimal), "a number"),
}
_LOGICAL: Mapping[str, tuple[type, Callable[[str], Any], str]] = {
    **dict.fromkeys(
        ("timestamp-millis", "timestamp-micros", "local-timestamp-millis", "local-timestamp-micros"),
        (datetime, datetime.fromisoformat, "a time, such as 2026-01-01T10:00:00+00:00"),
    ),
    "date": (date, date.fromisoformat, "a date, such as 2026-01-01"),
    **dict.fromkeys(("time-millis", "time-micros"), (time, time.fromisoformat, "a time, such as 10:00")),
    "decimal": (Decimal, Decimal, "a decimal, such as 1.20"),
    "uuid": (UUID, UUID, "a UUID"),
}
"""What Python has for a logical type, how it is read from text, and how people call it."""


def encode(value: Any, schema: Schema) -> bytes:
    """The bytes of a value. Raises `Misfit` with the place that does not fit the schema."""
    from fastavro import schemaless_writer

    fitted = fit(value, schema)
    made = io.BytesIO()
    try:
        schemaless_writer(made, parsed(schema)[0], fitted)
    except Exception as error:  # what fastavro raises is of no one kind
        raise Misfit(f"it does not fit its schema: {clause(error)}") from error
    return made.getvalue()


def fit(value: Any, schema: Schema) -> Any:
    """The value with its parts as the schema's types have them. Raises `Misfit` with the place."""
    whole, named = parsed(schema)
    return _Fitting(named).fit(value, whole, ())


class _Fitting:
    def __init__(self, named: Mapping[str, Any]) -> None:
        self._named = named

    def fit(self, value: Any, schema: Any, steps: Steps) -> Any:
        if isinstance(schema, list):
            return self._union(value, schema, steps)
        if isinstance(schema, str) and schema in self._named:
            schema = self._named[schema]
        about = schema if isinstance(schema, dict) else {"type": schema}
        kind = about["type"]
        if isinstance(kind, (dict, list)):
            return self.fit(value, kind, steps)
        if (logical := str(about.get("logicalType", ""))) in _LOGICAL and type(value) is not int:
            return _logical(value, logical, steps)
        match kind:
            case "record" | "error":
                return self._record(value, about, steps)
            case "enum":
                symbols = about["symbols"]
                if value not in symbols:
                    raise Misfit(f"it is one of {', '.join(symbols)}, not {_said(value)}", steps)
                return value
            case "array":
                if not isinstance(value, list):
                    raise Misfit(f"it is a list, not {_said(value)}", steps)
                return [self.fit(each, about["items"], (*steps, i)) for i, each in enumerate(value)]
            case "map":
                return {
                    name: self.fit(each, about["values"], (*steps, name))
                    for name, each in _object(value, steps).items()
                }
            case "fixed":
                if not isinstance(value, bytes) or len(value) != about["size"]:
                    raise Misfit(f"it is {about['size']} bytes, not {_said(value)}", steps)
                return value
            case "int" | "long":
                return _integer(value, _INTEGERS[kind], steps)
            case _ if kind in self._named:
                return self.fit(value, self._named[kind], steps)
        types, words = _PLAIN[kind]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise Misfit(f"it is {words}, not {_said(value)}", steps)
        return float(value) if isinstance(value, Decimal) else value

    def _record(self, value: Any, schema: dict[str, Any], steps: Steps) -> dict[str, Any]:
        value = _object(value, steps)
        fields = {field["name"]: field for field in schema["fields"]}
        for name in value:
            if name not in fields:
                raise Misfit(f"its schema {schema['name']} has no such field", (*steps, name))
        for name, field in fields.items():
            if name not in value and "default" not in field:
                raise Misfit(f"it is missing, and its schema {schema['name']} needs it", (*steps, name))
        return {name: self.fit(each, fields[name]["type"], (*steps, name)) for name, each in value.items()}

    def _union(self, value: Any, branches: list[Any], steps: Steps) -> Any:
        """By the first branch whose type it has; else by the first that it can be read as."""
        misfits = []
        for read in (False, True):
            for branch in branches:
                try:
                    fitted = self.fit(value, branch, steps)
                except Misfit as misfit:
                    misfits.append(misfit)
                    continue
                if read or type(fitted) is type(value):
                    return fitted
        raise max(misfits, key=lambda misfit: len(misfit.steps))


def _logical(value: Any, logical: str, steps: Steps) -> Any:
    kind, read, words = _LOGICAL[logical]
    if isinstance(value, kind) or (logical == "uuid" and isinstance(value, str)):
        return value
    if kind is Decimal and isinstance(value, float):
        return Decimal(repr(value))
    try:
        if isinstance(value, str):
            return read(value)
    except (ValueError, InvalidOperation):
        pass
    raise Misfit(f"it is {words}, not {_said(value)}", steps)


def _integer(value: Any, bits: int, steps: Steps) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Misfit(f"it is a whole number, not {_said(value)}", steps)
    if not -(1 << bits) <= value < 1 << bits:
        raise Misfit(f"{value} does not fit into {bits + 1} bits", steps)
    return value


def _object(value: Any, steps: Steps) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Misfit(f"it is an object, not {_said(value)}", steps)
    return value


def _said(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "an object"
        case list():
            return "a list"
        case bytes():
            return f"{len(value)} bytes"
        case _:
            text = repr(value) if isinstance(value, str) else str(value)
            return text if len(text) <= 40 else f"{text[:39]}…"
