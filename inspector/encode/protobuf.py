"""Protobuf by its schema: fields that changed are set, and what the schema does not know stays.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from inspector.decode.proto_messages import message, value_of
from inspector.encode.misfit import Misfit, Steps
from inspector.encode.splice import same

_AS_TEXT = ("google.protobuf.Timestamp", "google.protobuf.Duration")


def decode(data: bytes, kind: Descriptor) -> Any:
    """Fields by the names of the schema. Raises `Declined`."""
    return value_of(message(data, kind))


def encode(data: bytes, kind: Descriptor, new: Any) -> bytes:
    """The message of `data` with the fields of `new`. Raises `Misfit` with the place that does not fit."""
    said = message(data, kind)
    _set(said, new, ())
    return said.SerializeToString(deterministic=True)


def _set(said: Message, new: Any, steps: Steps) -> None:
    kind = said.DESCRIPTOR
    if kind.full_name in _AS_TEXT:
        _assign(steps, new, said.FromJsonString)  # type: ignore[attr-defined]
        return
    if not isinstance(new, Mapping):
        raise Misfit(f"it is a message {kind.name}, written as an object", steps)
    old = value_of(said)
    fields: dict[str, Any] = {field.name: field for field in kind.fields}
    for name in new:
        if name not in fields:
            raise Misfit(f"its message {kind.full_name} has no such field", (*steps, name))
    for name in old:
        if name not in new:
            said.ClearField(name)
    for name, value in new.items():
        if name not in old or not same(old[name], value):
            _field(said, fields[name], value, (*steps, name))


def _field(said: Message, field: FieldDescriptor, value: Any, steps: Steps) -> None:
    inner = field.message_type
    if field.is_repeated and inner is not None and inner.GetOptions().map_entry:
        _map(said, field, value, steps)
    elif field.is_repeated:
        _list(said, field, value, steps)
    elif inner is not None:
        held = getattr(said, field.name)
        held.SetInParent()
        _set(held, value, steps)
    else:
        single = _single(field, value, steps)
        _assign(steps, value, lambda _: setattr(said, field.name, single))


def _map(said: Message, field: FieldDescriptor, value: Any, steps: Steps) -> None:
    if not isinstance(value, Mapping):
        raise Misfit("it is a map, written as an object", steps)
    entry = field.message_type
    if entry is None:
        raise Misfit("it is no map", steps)
    names, inner = entry.fields_by_name["key"], entry.fields_by_name["value"]
    held = getattr(said, field.name)
    keys = {_key(names, name, (*steps, name)): name for name in value}
    for gone in [key for key in held if key not in keys]:
        del held[gone]
    for key, name in keys.items():
        place = (*steps, name)
        if inner.message_type is not None:
            _set(held[key], value[name], place)
        else:
            single = _single(inner, value[name], place)
            _assign(place, value[name], lambda _, key=key, single=single: held.__setitem__(key, single))


def _list(said: Message, field: FieldDescriptor, value: Any, steps: Steps) -> None:
    if not isinstance(value, list):
        raise Misfit("it is repeated, written as a list", steps)
    held = getattr(said, field.name)
    if field.message_type is None:
        made = [_single(field, each, (*steps, place)) for place, each in enumerate(value)]
        del held[:]
        for place, single in enumerate(made):
            _assign((*steps, place), value[place], lambda _, single=single: held.append(single))
        return
    del held[len(value) :]
    for place, each in enumerate(value):
        _set(held[place] if place < len(held) else held.add(), each, (*steps, place))


def _single(field: FieldDescriptor, value: Any, steps: Steps) -> Any:
    if field.enum_type is not None and isinstance(value, str):
        known = field.enum_type.values_by_name
        if value not in known:
            raise Misfit(f"it is one of {', '.join(known)}, not {value!r}", steps)
        return known[value].number
    if field.type in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE):
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if (field.type == FieldDescriptor.TYPE_BOOL) is not isinstance(value, bool):
        wanted = "true or false" if field.type == FieldDescriptor.TYPE_BOOL else "no true or false"
        raise Misfit(f"it is {wanted}", steps)
    return value


def _key(field: FieldDescriptor, name: Any, steps: Steps) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        return str(name)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return str(name).lower() == "true"
    try:
        return int(name)
    except ValueError as error:
        raise Misfit("its name is a whole number", steps) from error


def _assign(steps: Steps, value: Any, set_it: Any) -> None:
    """Protobuf's own words for what does not fit, with the place."""
    try:
        set_it(value)
    except (TypeError, ValueError, AttributeError) as error:
        text = " ".join(str(error).split()).rstrip(".")
        raise Misfit(f"it does not fit its field: {text}", steps) from error
