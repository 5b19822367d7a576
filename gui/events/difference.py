"""What differs between events: their facts side by side, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from inspector.decode import tree
from inspector.decode.preview import readable
from inspector.record import Record

MOST_FIELDS = 5_000
"""Fields of one value that are compared."""


class Kind(Enum):
    """How a field is in several events."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    """The first event lacks it."""
    GONE = "gone"
    """The first event has it and another one lacks it."""


@dataclass(frozen=True)
class Line:
    """One field of several events."""

    path: str
    texts: tuple[str | None, ...]
    """What each event has there; None where it has nothing."""

    @property
    def kind(self) -> Kind:
        """How it is in the events after the first, against the first."""
        if self.texts[0] is None:
            return Kind.ADDED
        if None in self.texts:
            return Kind.GONE
        return Kind.SAME if len(set(self.texts)) == 1 else Kind.CHANGED


def compare(events: Sequence[Mapping[str, str]]) -> list[Line]:
    """The fields of events, in an order that is that of each of them as far as they agree."""
    after: dict[str, str] = {}
    known: set[str] = set()
    for event in events:
        last = ""
        for path in event:
            if path not in known:
                known.add(path)
                if last in after:
                    after[path] = after[last]
                after[last] = path
            last = path
    lines, path = [], after.get("", "")
    while path:
        lines.append(Line(path, tuple(event.get(path) for event in events)))
        path = after.get(path, "")
    return lines


def facts(record: Record, value: Any) -> dict[str, str]:
    """All that an event says, by field; `value` is its decoded value.

    Where a value has more fields than `MOST_FIELDS`, a last one tells so.
    """
    made = {
        "channel": record.channel.name,
        "partition": str(record.position.partition),
        "offset": str(record.position.offset),
        "key": _text(record.key),
    }
    for name, content in record.headers:
        path, number = f"header.{name}", 1
        while path in made:
            number += 1
            path = f"header.{name} ({number})"
        made[path] = _text(content)
    if not record.body_stored:
        made["value"] = "not captured"
    elif record.value is None:
        made["value"] = "null"
    else:
        _flatten(value, made)
    return made


def _flatten(value: Any, made: dict[str, str]) -> None:
    begun = len(made)
    waiting = [tree.root(value)]
    while waiting:
        row = waiting.pop()
        if len(made) - begun >= MOST_FIELDS:
            made["more"] = f"More than {MOST_FIELDS:,} fields: the others are not compared."
            return
        if row.children:
            waiting += reversed(tree.children(row, 0, row.children))
        else:
            text = row.text if row.kind in ("object", "array") else tree.full_text(row.value)
            made[f"value.{row.path}" if row.path else "value"] = text


def _text(data: bytes | None) -> str:
    if data is None:
        return "null"
    text = readable(data, cut=False)
    return data.hex(" ") if text is None else text
