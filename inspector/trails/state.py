"""The state of an entity, folded from one event after the other, and what each of them changed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from msgspec import Struct

from inspector.decode.tree import PLAIN_NAME

MOST_CHANGES = 500
"""Changes that are told of one version."""


class Folding(StrEnum):
    """How the state becomes another one by an event."""

    MERGE = "merge"
    """Objects are merged, field by field; whatever else is replaced. Null stays null."""
    PATCH = "merge patch"
    """The same, and null takes a field away (RFC 7396)."""
    REPLACE = "replace"
    """Each event is the whole state."""
    PER_TYPE = "per type"
    """The newest event of each type, side by side."""


class Deed(StrEnum):
    """What became of a path."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class Change(Struct, frozen=True):
    """One path that is different after an event."""

    path: str
    """As the query language writes it after `value.`; empty for the whole state."""
    deed: Deed
    before: Any = None
    after: Any = None


def fold(state: Any, event: Any, how: Folding, kind: str) -> Any:
    """The state after an event of a kind; neither is changed, and what stays is shared."""
    match how:
        case Folding.MERGE:
            return _merged(state, event)
        case Folding.PATCH:
            return _patched(state, event)
        case Folding.REPLACE:
            return event
        case Folding.PER_TYPE:
            known = state if isinstance(state, dict) else {}
            return {**known, kind: event}


def _merged(state: Any, event: Any) -> Any:
    if not isinstance(state, dict) or not isinstance(event, dict):
        return event
    made = dict(state)
    for name, value in event.items():
        made[name] = _merged(state[name], value) if name in state else value
    return made


def _patched(state: Any, event: Any) -> Any:
    if not isinstance(event, dict):
        return event
    made = dict(state) if isinstance(state, dict) else {}
    for name, value in event.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = _patched(made.get(name), value)
    return made


def changes(before: Any, after: Any) -> tuple[Change, ...]:
    """What differs between two states, up to `MOST_CHANGES` paths: the deepest ones that tell it."""
    found: list[Change] = []
    for change in _differences("", before, after):
        found.append(change)
        if len(found) == MOST_CHANGES:
            break
    return tuple(found)


def _differences(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before is after or _same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in after.items():
            inner = _joined(path, str(name))
            if name in before:
                yield from _differences(inner, before[name], value)
            else:
                yield Change(inner, Deed.ADDED, None, value)
        for name, value in before.items():
            if name not in after:
                yield Change(_joined(path, str(name)), Deed.REMOVED, value)
    elif isinstance(before, list) and isinstance(after, list):
        for number, value in enumerate(after):
            inner = f"{path}[{number}]"
            if number < len(before):
                yield from _differences(inner, before[number], value)
            else:
                yield Change(inner, Deed.ADDED, None, value)
        for number in range(len(after), len(before)):
            yield Change(f"{path}[{number}]", Deed.REMOVED, before[number])
    else:
        yield Change(path, Deed.CHANGED, before, after)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are one; `true` is not 1, and 1 is not 1.0."""
    return type(one) is type(other) and not isinstance(one, dict | list) and bool(one == other)


def _joined(path: str, name: str) -> str:
    if PLAIN_NAME.match(name):
        return f"{path}.{name}" if path else name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'
