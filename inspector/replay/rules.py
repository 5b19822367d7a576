"""Changes of many records as people write them, one to a line: `value.price=3`, `drop header.x-*`."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence
from typing import get_args

from inspector.encode import json
from inspector.encode.body import Part
from inspector.encode.misfit import Misfit
from inspector.encode.patch import operations_of
from inspector.exchange import times
from inspector.replay.edit import (
    MASKED,
    AtTime,
    DropHeaders,
    Edit,
    Edits,
    KeepHeaders,
    MaskField,
    NewIds,
    NotEditable,
    Patch,
    RemoveField,
    SetBytes,
    SetField,
    SetHeader,
    SetHeaders,
    ToPartition,
    editing,
)

HELP = (
    "Write value.PATH=VALUE, key.PATH=VALUE, value=VALUE, key=VALUE, header.NAME=VALUE, partition=NUMBER,"
    " time=TIME, remove PATH, mask PATH, drop header.NAME, keep header.NAME or new-ids."
)
BASE64 = "base64:"
"""Before bytes that are no text."""
_ASSIGNED = re.compile(r'((?:\["(?:\\.|[^"\\])*"\]|[^=])*?)=(.*)', re.DOTALL)


def edits_of(rules: Sequence[str], seed: str) -> Edits:
    """The edits that rules mean, in their order. Raises `NotEditable` with a sentence for one that is none.

    In `value=`, `key=` and `header.NAME=` the word `null` is a null and `base64:…` stands for bytes; any
    other text is itself, and none is empty. The value of a field is JSON, or else text.

    Args:
        seed: what new ids follow from; another one gives others.
    """
    made: list[Edit] = []
    keep: list[str] = []
    for rule in rules:
        word, _, rest = rule.strip().partition(" ")
        if word == "keep" and rest:
            keep.append(_header(rest, rule))
        else:
            made.append(_edit(rule.strip(), seed))
    if keep:
        made.append(KeepHeaders(tuple(keep)))
    edits = Edits(tuple(made))
    editing(edits)
    return edits


def patch_of(text: str, part: Part = "value") -> Patch:
    """A JSON Patch (RFC 6902) on the decoded value. Raises `NotEditable`."""
    try:
        return Patch(part, operations_of(text))
    except Misfit as misfit:
        raise NotEditable(str(misfit)) from misfit


def told(edit: Edit) -> str:
    """What an edit does, as a clause for people: `value.price becomes 3`."""
    match edit:
        case SetField(part, path, text):
            return f"{_place(part, path)} becomes {_short(text)}"
        case RemoveField(part, path):
            return f"{_place(part, path)} is removed"
        case MaskField(part, path):
            return f"{_place(part, path)} becomes {MASKED}"
        case Patch(part, operations):
            return f"the {part} is patched in {len(operations)} step{'s' if len(operations) != 1 else ''}"
        case SetBytes(part, None):
            return f"the {part} becomes null{', a tombstone' if part == 'value' else ''}"
        case SetBytes(part, data):
            return f"the {part} becomes {_short(_text(data))}"
        case SetHeader(name, value):
            return f"header {name} becomes {'null' if value is None else _short(_text(value))}"
        case SetHeaders(headers):
            return f"the headers become {', '.join(name for name, _ in headers) or 'none'}"
        case DropHeaders(glob):
            return f"headers {glob} are dropped"
        case KeepHeaders(globs):
            return f"only headers {', '.join(globs)} are kept"
        case ToPartition(partition):
            return f"all go to partition {partition}"
        case AtTime(at_ns):
            return f"the time becomes {times.written(at_ns)}"
        case NewIds():
            return "events get new ids, and a header tells the old one"


def _edit(rule: str, seed: str) -> Edit:
    if rule in ("new-ids", "new ids"):
        return NewIds(seed)
    word, _, rest = rule.partition(" ")
    if word in ("remove", "mask") and rest:
        part, path = _field(rest.strip())
        return RemoveField(part, path) if word == "remove" else MaskField(part, path)
    if word == "drop" and rest:
        return DropHeaders(_header(rest, rule))
    assigned = _ASSIGNED.fullmatch(rule)
    if assigned is None:
        raise NotEditable(f"{rule} is no change. {HELP}")
    place, text = assigned[1].strip(), assigned[2]
    match place.partition("."):
        case "key" | "value" as part, "", _:
            return SetBytes(part, _bytes(text, rule))
        case "header", _, name if name:
            return SetHeader(name, _bytes(text, rule))
        case "partition", "", _:
            if not text.isdecimal():
                raise NotEditable(f"{text} is no partition, which is a number from 0.")
            return ToPartition(int(text))
        case "time" | "timestamp", "", _:
            try:
                return AtTime(times.read(text))
            except ValueError as wrong:
                raise NotEditable(f"{text} is no time. Write it like 2026-01-01T10:00:00Z.") from wrong
    part, path = _field(place)
    return SetField(part, path, _json(text))


def _field(place: str) -> tuple[Part, str]:
    """What a path is into; one that begins with neither `key` nor `value` is into the value."""
    for part in get_args(Part):
        if place.startswith((f"{part}.", f"{part}[")):
            return part, place[len(part) :].removeprefix(".")
    return "value", place


def _header(place: str, rule: str) -> str:
    word, _, glob = place.strip().partition(".")
    if word != "header" or not glob:
        raise NotEditable(f"{rule} names no header. Write it like drop header.x-*.")
    return glob


def _json(text: str) -> str:
    try:
        json.parse(text)
    except Misfit:
        return json.write(text)
    return text


def _bytes(text: str, rule: str) -> bytes | None:
    if text == "null":
        return None
    if text.startswith(BASE64):
        try:
            return b64decode(text.removeprefix(BASE64), validate=True)
        except ValueError as error:
            raise NotEditable(f"{rule} has no base64 behind {BASE64}") from error
    return text.encode()


def _place(part: Part, path: str) -> str:
    return f"{part}{path}" if path.startswith("[") else f"{part}.{path}"


def _text(data: bytes | None) -> str:
    return data.decode("utf-8", "replace") if data else "empty"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
