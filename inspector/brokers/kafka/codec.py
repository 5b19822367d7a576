"""Kafka's wire format, driven by Kafka's own message descriptions in `resources/kafka`.

A message is a dict by the field names of its description. Rules: apache/kafka
clients/src/main/resources/common/message/README.md and KIP-482 (flexible versions, tagged fields).
A field that is left out takes its default; one that may be null and has no default must be given, because
null and empty mean different things to a broker. UUIDs are 16 bytes, `records` a view of the frame.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from inspector.errors import InspectorError

Buffer = memoryview | bytes
Read = Callable[[Buffer, int], tuple[Any, int]]
Write = Callable[[bytearray, Any], None]

_FIXED = {
    "bool": "?", "int8": "b", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q",
    "float64": "d", "uuid": "16s",
}  # fmt: skip


class CodecError(InspectorError):
    """Bytes that are not the message they should be, or a message that cannot be written."""


class _Codec(NamedTuple):
    read: Read
    write: Write


class _Field(NamedTuple):
    name: str
    codec: _Codec
    default: Any
    required: bool
    fixed: str | None
    tag: int | None


class Message:
    """One kind of message in one version."""

    def __init__(self, description: Mapping[str, Any], version: int) -> None:
        self.name: str = description["name"]
        self.api_key: int = description.get("apiKey", -1)
        self.version = version
        self.flexible = _covers(description.get("flexibleVersions", "none"), version)
        commons = {common["name"]: common["fields"] for common in description.get("commonStructs", ())}
        self._codec = _struct(description["fields"], version, self.flexible, commons)

    def encode(self, body: Mapping[str, Any]) -> bytes:
        """The bytes of a message; raises `CodecError` for a field that is missing, unknown or unfit."""
        out = bytearray()
        try:
            self._codec.write(out, body)
        except (struct.error, TypeError, AttributeError, UnicodeEncodeError) as error:
            raise CodecError(f"{self.name} v{self.version} cannot be written: {error}") from error
        return bytes(out)

    def decode(self, data: Buffer, *, exact: bool = True) -> dict[str, Any]:
        """The message in `data`; raises `CodecError` when it is cut short or, if `exact`, longer than it."""
        try:
            body, end = self._codec.read(data, 0)
        except (struct.error, IndexError, UnicodeDecodeError) as error:
            raise CodecError(f"{self.name} v{self.version} cannot be read: {error}") from error
        if exact and end != len(data):
            raise CodecError(f"{self.name} v{self.version} leaves {len(data) - end} bytes unread")
        fields: dict[str, Any] = body
        return fields


@cache
def describe(name: str) -> dict[str, Any]:
    """Kafka's description of a message, from `resources/kafka`."""
    text = files("resources").joinpath("kafka", f"{name}.json").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("//"))
    description: dict[str, Any] = json.loads("\n".join(lines))
    return description


@cache
def message(name: str, version: int) -> Message:
    """The codec of one message in one version."""
    return Message(describe(name), version)


def versions(name: str) -> tuple[int, int]:
    """The first and last version that the description knows."""
    first, last = _span(describe(name)["validVersions"])
    return first, last


def read_varint(data: Buffer, at: int) -> tuple[int, int]:
    """An unsigned varint and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise CodecError("A number of more than ten bytes.")


def write_varint(out: bytearray, value: int) -> None:
    """Append an unsigned varint."""
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def skip_tags(data: Buffer, at: int) -> int:
    """Where a section of tagged fields ends."""
    count, at = read_varint(data, at)
    for _ in range(count):
        _, at = read_varint(data, at)
        size, at = read_varint(data, at)
        at += size
    return at


def _span(text: str) -> tuple[int, int]:
    if text == "none":
        return 1, 0
    first, dash, last = text.rstrip("+").partition("-")
    if text.endswith("+"):
        return int(first), 32767
    return int(first), int(last) if dash else int(first)


def _covers(text: str, version: int) -> bool:
    first, last = _span(text)
    return first <= version <= last


def _fixed(letter: str) -> _Codec:
    packed = struct.Struct(f">{letter}")

    def read(data: Buffer, at: int) -> tuple[Any, int]:
        return packed.unpack_from(data, at)[0], at + packed.size

    def write(out: bytearray, value: Any) -> None:
        out += packed.pack(value)

    return _Codec(read, write)


def _length(width: str, flexible: bool) -> _Codec:
    """A length, -1 for null: a number of that width, or a varint of one more in flexible versions."""
    if not flexible:
        return _fixed(width)

    def read(data: Buffer, at: int) -> tuple[int, int]:
        value, at = read_varint(data, at)
        return value - 1, at

    return _Codec(read, lambda out, value: write_varint(out, value + 1))


def _sized(kind: str, flexible: bool, nullable: bool) -> _Codec:
    length = _length("h" if kind == "string" else "i", flexible)

    def read(data: Buffer, at: int) -> tuple[Any, int]:
        size, at = length.read(data, at)
        if size < 0:
            return None, at
        end = at + size
        if end > len(data):
            raise IndexError(f"{size} bytes announced, {len(data) - at} there")
        part = data[at:end]
        if kind == "string":
            return str(part, "utf-8"), end
        return part if kind == "records" else bytes(part), end

    def write(out: bytearray, value: Any) -> None:
        if value is None:
            if not nullable:
                raise TypeError("null where it is not allowed")
            length.write(out, -1)
            return
        data = value.encode() if kind == "string" else value
        length.write(out, len(data))
        out += data

    return _Codec(read, write)


def _array(item: _Codec, flexible: bool, nullable: bool) -> _Codec:
    length = _length("i", flexible)

    def read(data: Buffer, at: int) -> tuple[Any, int]:
        count, at = length.read(data, at)
        if count < 0:
            return None, at
        items = []
        for _ in range(count):
            value, at = item.read(data, at)
            items.append(value)
        return items, at

    def write(out: bytearray, value: Any) -> None:
        if value is None:
            if not nullable:
                raise TypeError("null where it is not allowed")
            length.write(out, -1)
            return
        length.write(out, len(value))
        for one in value:
            item.write(out, one)

    return _Codec(read, write)


def _nullable_struct(item: _Codec) -> _Codec:
    def read(data: Buffer, at: int) -> tuple[Any, int]:
        return item.read(data, at + 1) if data[at] == 1 else (None, at + 1)

    def write(out: bytearray, value: Any) -> None:
        out.append(255 if value is None else 1)
        if value is not None:
            item.write(out, value)

    return _Codec(read, write)


def _field(described: Mapping[str, Any], version: int, flexible: bool, commons: Mapping[str, Any]) -> _Field:
    kind: str = described["type"]
    nullable = _covers(described.get("nullableVersions", "none"), version)
    flexible = flexible and _covers(described.get("flexibleVersions", "0+"), version)
    inner = kind.removeprefix("[]")
    if inner in _FIXED:
        codec = _fixed(_FIXED[inner])
    elif inner in ("string", "bytes", "records"):
        codec = _sized(inner, flexible, nullable and inner == kind)
    else:
        codec = _struct(described.get("fields") or commons[inner], version, flexible, commons)
        if nullable and inner == kind:
            codec = _nullable_struct(codec)
    if inner != kind:
        codec = _array(codec, flexible, nullable)
    default = _default(kind, described.get("default"))
    tagged = _covers(described.get("taggedVersions", "none"), version)
    return _Field(
        described["name"],
        codec,
        default,
        required=nullable and "default" not in described,
        fixed=_FIXED.get(kind),
        tag=described["tag"] if tagged else None,
    )


def _default(kind: str, given: Any) -> Any:
    if given == "null":
        return None
    if kind.startswith("[]"):
        return []
    if kind == "string":
        return given or ""
    if kind in ("bytes", "records"):
        return b""
    if kind == "uuid":
        return bytes(16)
    if kind == "bool":
        return str(given).lower() == "true"
    if kind == "float64":
        return float(given or 0)
    if kind in _FIXED:
        return int(str(given or 0), 0)
    return {}


def _struct(described: Any, version: int, flexible: bool, commons: Mapping[str, Any]) -> _Codec:
    names = {one["name"] for one in described}
    fields = [
        _field(one, version, flexible, commons)
        for one in described
        # A field that is only ever tagged may have no versions of its own.
        if _covers(one.get("versions") or one["taggedVersions"], version)
    ]
    plain = [field for field in fields if field.tag is None]
    tagged = {field.tag: field for field in fields if field.tag is not None}
    absent = {field.name: None if field.default == {} else field.default for field in tagged.values()}
    steps = _steps(plain)

    def read(data: Buffer, at: int) -> tuple[dict[str, Any], int]:
        body = dict(absent)
        for step, codec in steps:
            if isinstance(step, str):
                body[step], at = codec.read(data, at)
            else:
                values, at = codec.read(data, at)
                body.update(zip(step, values, strict=True))
        if not flexible:
            return body, at
        count, at = read_varint(data, at)
        for _ in range(count):
            tag, at = read_varint(data, at)
            size, at = read_varint(data, at)
            if tag in tagged:
                body[tagged[tag].name], _ = tagged[tag].codec.read(data, at)
            at += size
        return body, at

    def write(out: bytearray, body: Any) -> None:
        if not names.issuperset(body):
            raise CodecError(f"There is no field {', '.join(sorted(set(body) - names))}.")
        for field in plain:
            if field.required and field.name not in body:
                raise CodecError(f"{field.name} may be null and must be given.")
            field.codec.write(out, body.get(field.name, field.default))
        if not flexible:
            return
        given = [
            (tag, field) for tag, field in sorted(tagged.items())
            if body.get(field.name, absent[field.name]) != absent[field.name]
        ]  # fmt: skip
        write_varint(out, len(given))
        for tag, field in given:
            part = bytearray()
            field.codec.write(part, body[field.name])
            write_varint(out, tag)
            write_varint(out, len(part))
            out += part

    return _Codec(read, write)


def _steps(fields: list[_Field]) -> list[tuple[str | tuple[str, ...], _Codec]]:
    """Reading steps: neighbours of fixed width are read in one, which halves the time of large answers."""
    steps: list[tuple[str | tuple[str, ...], _Codec]] = []
    run: list[_Field] = []
    for field in [*fields, None]:
        if field is not None and field.fixed:
            run.append(field)
            continue
        if run:
            letters = "".join(one.fixed or "" for one in run)
            steps.append((tuple(one.name for one in run), _together(letters)))
            run = []
        if field is not None:
            steps.append((field.name, field.codec))
    return steps


def _together(letters: str) -> _Codec:
    packed = struct.Struct(f">{letters}")

    def read(data: Buffer, at: int) -> tuple[Any, int]:
        return packed.unpack_from(data, at), at + packed.size

    return _Codec(read, lambda out, values: out.extend(packed.pack(*values)))
