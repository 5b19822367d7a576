"""Messages of Protobuf by their schemas: the text of .proto files or descriptors.

https://protobuf.dev/programming-guides/encoding/; the message indexes of registries:
https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

from inspector.decode.base import Declined, clause
from inspector.decode.proto_source import NotProto, file_descriptor
from inspector.decode.proto_wire import read_varint
from inspector.decode.schemas import Schema

MOST_DEEP = 100
OWN = "value.proto"
"""What the file of a schema is called that has no name."""


def read_named(data: bytes, schema: Schema, name: str) -> Any:
    """A bare message of this full name. Raises `Declined`."""
    return value_of(message(data, descriptor(schema, name)))


def read_framed(data: bytes, schema: Schema) -> tuple[Any, str]:
    """The value behind a registry's id and message indexes, and its message. Raises `Declined`."""
    found, at = framed(data, schema)
    return value_of(message(data[at:], found)), str(found.full_name)


def lost(data: bytes, written: Schema, read: Schema) -> str:
    """What another schema cannot read of a framed message, as a clause; empty where it reads all it names.

    Fields that it does not have are passed over, as Protobuf does; those of another wire type would be too.
    Raises `Declined`.
    """
    (mine, _), (theirs, at) = framed(data, written), framed(data, read)
    if mine.full_name != theirs.full_name:
        return f"they are messages {mine.full_name}, and in its place is {theirs.full_name}"
    return next(_lost(message(data[at:], theirs)), "")


def _lost(made: Any) -> Iterator[str]:
    known = made.DESCRIPTOR.fields_by_number
    unknown: Any = UnknownFieldSet(made)
    for each in unknown:
        if each.field_number in known:
            yield f"{known[each.field_number].full_name} has another type there"
    for name in made.FindInitializationErrors():
        yield f"{made.DESCRIPTOR.full_name}.{name} is required there, and missing"
    for field, value in made.ListFields():
        inner = value if field.is_repeated else (value,)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            inner = value.values()
        for one in inner:
            if isinstance(one, Message):
                yield from _lost(one)


def descriptor(schema: Schema, name: str) -> Descriptor:
    """The message of this full name. Raises `Declined`."""
    messages, _ = _loaded(schema)
    if name not in messages:
        raise Declined(f"its schema has no message {name}")
    return messages[name]


def framed(data: bytes, schema: Schema) -> tuple[Descriptor, int]:
    """Which message lies behind message indexes, and where it begins. Raises `Declined`."""
    try:
        indexes, at = _indexes(data)
        _, own = _loaded(schema)
        found: Descriptor = list(own.message_types_by_name.values())[indexes[0]]
        for index in indexes[1:]:
            found = found.nested_types[index]
    except IndexError as error:
        raise Declined("its message indexes name no message of its schema") from error
    return found, at


def names(schema: Schema) -> Iterable[str]:
    """The full names of all messages of a schema. Raises `Declined`."""
    return _loaded(schema)[0]


def _indexes(data: bytes) -> tuple[list[int], int]:
    """Where the message stands in its file: zigzag varints behind their count; a count of 0 is the first."""
    count, at = read_varint(data, 0)
    count = (count >> 1) ^ -(count & 1)
    if not 0 <= count <= MOST_DEEP:
        raise Declined("its message indexes cannot be read")
    indexes = []
    for _ in range(count):
        number, at = read_varint(data, at)
        indexes.append((number >> 1) ^ -(number & 1))
    if any(index < 0 for index in indexes):
        raise Declined("its message indexes cannot be read")
    return indexes or [0], at


def message(data: bytes, kind: Descriptor) -> Message:
    """A message from its bytes. Raises `Declined`."""
    made = GetMessageClass(kind)()
    try:
        made.ParseFromString(data)
    except DecodeError as error:
        raise Declined(f"it is no message {kind.full_name}") from error
    return made


def value_of(said: Message) -> Any:
    """Fields by the names of their schema; those without presence are there with their default."""
    made: dict[str, Any] = {}
    for field in said.DESCRIPTOR.fields:
        if field.has_presence and not said.HasField(field.name):
            continue
        value = getattr(said, field.name)
        kind: Any = field.message_type
        if kind is not None and field.is_repeated and kind.GetOptions().map_entry:
            entry = kind.fields_by_name["value"]
            made[field.name] = {str(key): _single(entry, each) for key, each in value.items()}
        elif field.is_repeated:
            made[field.name] = [_single(field, each) for each in value]
        else:
            made[field.name] = _single(field, value)
    return made


def _single(field: Any, value: Any) -> Any:
    if field.type in (FieldDescriptorProto.TYPE_MESSAGE, FieldDescriptorProto.TYPE_GROUP):
        kind = value.DESCRIPTOR.full_name
        if kind in ("google.protobuf.Timestamp", "google.protobuf.Duration"):
            return value.ToJsonString()
        return value_of(value)
    if field.type == FieldDescriptorProto.TYPE_ENUM:
        known = field.enum_type.values_by_number.get(value)
        return value if known is None else known.name
    return value


@lru_cache(maxsize=256)
def _loaded(schema: Schema) -> tuple[Mapping[str, Descriptor], Any]:
    """All messages of a schema, and the file that is its own."""
    pool = descriptor_pool.DescriptorPool()
    try:
        files = [file for name, text in schema.references for file in _files(name, text)]
        files += _files(schema.name if schema.name.endswith(".proto") else OWN, schema.text)
        _add(pool, files)
        own = pool.FindFileByName(files[-1].name)
        messages: dict[str, Descriptor] = {}
        for file in files:
            waiting = list(pool.FindFileByName(file.name).message_types_by_name.values())
            while waiting:
                each = waiting.pop()
                messages[each.full_name] = each
                waiting += each.nested_types
    except (NotProto, TypeError, KeyError, DecodeError, NotBase64) as error:
        raise Declined(f"its schema cannot be used: {clause(error)}") from error
    return messages, own


def _files(name: str, text: str) -> list[FileDescriptorProto]:
    """A .proto file, or the files of a `FileDescriptorSet` in base64."""
    packed = _packed(text)
    if packed is None:
        return [file_descriptor(name, text)]
    return list(FileDescriptorSet.FromString(packed).file)


def _packed(text: str) -> bytes | None:
    """The bytes of descriptors in base64; None for the text of a .proto file."""
    if not re.fullmatch(r"[A-Za-z0-9+/\s]+=*\s*", text):
        return None
    return b64decode(text)


def _add(pool: descriptor_pool.DescriptorPool, files: list[FileDescriptorProto]) -> None:
    """Put files into a pool, with those of Protobuf itself that they import."""
    known = {file.name for file in files}
    added: set[str] = set()

    def well_known(name: str) -> None:
        if name in added or name in known:
            return
        added.add(name)
        found = FileDescriptorProto()
        descriptor_pool.Default().FindFileByName(name).CopyToProto(found)
        for needed in found.dependency:
            well_known(needed)
        pool.Add(found)

    for file in files:
        for needed in file.dependency:
            if needed.startswith("google/protobuf/"):
                __import__(needed.removesuffix(".proto").replace("/", ".") + "_pb2")
                well_known(needed)
        if file.name not in added:
            added.add(file.name)
            pool.Add(file)
