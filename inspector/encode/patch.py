"""JSON Patch (RFC 6902) on documents, with places by JSON Pointer (RFC 6901)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from inspector.encode import json
from inspector.encode.misfit import Misfit
from inspector.encode.written import written

_INDEX = re.compile(r"0|[1-9]\d*\Z")
Native = Callable[[Any, Any], Any]
"""What JSON becomes as a part of a document, by what stood there (`Coding.native`)."""
Name = Literal["add", "remove", "replace", "move", "copy", "test"]


class Operation(Struct, frozen=True):
    """One operation of a patch."""

    op: Name
    path: str
    origin: str = ""
    """`from`, for `move` and `copy`."""
    value: str = ""
    """JSON, for `add`, `replace` and `test`."""

    @property
    def said(self) -> Any:
        """The value."""
        return json.parse(self.value)


class _Written(Struct, rename={"origin": "from"}):
    op: Name
    path: str
    origin: str | None = None
    value: Raw = msgspec.field(default_factory=Raw)


def operations_of(text: str) -> tuple[Operation, ...]:
    """The operations of a patch as it is written. Raises `Misfit`."""
    try:
        written_ones = msgspec.json.decode(text, type=list[_Written])
    except msgspec.MsgspecError as error:
        raise Misfit(f"this is no JSON Patch: {error}") from error
    for each in written_ones:
        if each.op in ("add", "replace", "test") and not bytes(each.value):
            raise Misfit(f"{each.op} at {each.path or 'the root'} needs a value")
        if each.op in ("move", "copy") and each.origin is None:
            raise Misfit(f"{each.op} to {each.path or 'the root'} needs a from")
    return tuple(
        Operation(each.op, each.path, each.origin or "", bytes(each.value).decode()) for each in written_ones
    )


def patched(document: Any, operation: Operation, native: Native) -> Any:
    """The document after an operation. Raises `Misfit` with the place where it does not apply."""
    place = _steps(operation.path)
    match operation.op:
        case "add":
            return _put(document, place, native(operation.said, None), insert=True)
        case "replace":
            old = _get(document, place)
            return _put(document, place, native(operation.said, old), insert=False)
        case "remove":
            _get(document, place)
            return _without(document, place)
        case "move":
            origin = _steps(operation.origin)
            if place[: len(origin)] == origin and place != origin:
                raise Misfit("it cannot be moved into itself", origin)
            moved = _get(document, origin)
            return _put(_without(document, origin), place, moved, insert=True)
        case "copy":
            return _put(document, place, _get(document, _steps(operation.origin)), insert=True)
        case "test":
            if not _equal(written(_get(document, place)), operation.said):
                raise Misfit("the patch expects another value there", place)
            return document


def _steps(pointer: str) -> tuple[str, ...]:
    if pointer and not pointer.startswith("/"):
        raise Misfit(f"{pointer} is no JSON Pointer, which begins with /")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _get(document: Any, place: tuple[str, ...]) -> Any:
    for number, step in enumerate(place):
        at = place[: number + 1]
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list):
            document = document[_index(step, len(document) - 1, at)]
        else:
            raise Misfit("there is no such field", at)
    return document


def _put(document: Any, place: tuple[str, ...], value: Any, *, insert: bool) -> Any:
    """With a value at a place; `insert` makes room for it in a list."""

    def last(holder: Any, step: str) -> Any:
        if isinstance(holder, dict):
            return {**holder, step: value}
        index = len(holder) if insert and step == "-" else _index(step, len(holder) - (not insert), place)
        return [*holder[:index], value, *holder[index + (not insert) :]]

    return _inside(document, place, last) if place else value


def _without(document: Any, place: tuple[str, ...]) -> Any:
    def last(holder: Any, step: str) -> Any:
        if isinstance(holder, dict):
            return {name: item for name, item in holder.items() if name != step}
        index = _index(step, len(holder) - 1, place)
        return [*holder[:index], *holder[index + 1 :]]

    if not place:
        raise Misfit("all of it cannot be removed; send a tombstone instead")
    return _inside(document, place, last)


def _inside(document: Any, place: tuple[str, ...], change: Callable[[Any, str], Any]) -> Any:
    """With what holds the last step of a place changed, and what holds that, up to the whole."""
    holders = [document]
    for number in range(len(place) - 1):
        holders.append(_get(holders[-1], place[number : number + 1]))
    if not isinstance(holders[-1], (dict, list)):
        raise Misfit("there is nothing that could hold it", place[:-1])
    made = change(holders[-1], place[-1])
    for holder, step in zip(holders[-2::-1], place[-2::-1], strict=True):
        made = _put(holder, (step,), made, insert=False)
    return made


def _index(step: str, most: int, place: tuple[str, ...]) -> int:
    if not _INDEX.match(step) or int(step) > most:
        raise Misfit("there is no such element", place)
    return int(step)


def _equal(one: Any, other: Any) -> bool:
    """As RFC 6902 §4.6 has it: numbers by their value, objects whatever their order."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float, Decimal)) and isinstance(other, (int, float, Decimal)):
        return Decimal(str(one)) == Decimal(str(other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(type(one) is type(other) and one == other)
