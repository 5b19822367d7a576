"""Blocks: some thousand records, each column of theirs in a part of its own, so that a reader takes few.

A part is a blob (`packing`) under the number of its block and of its kind. Bodies lie in frames of
`FRAME` records, so that one record is read without the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from numpy.typing import NDArray

from inspector.lazy_columns import Source
from inspector.record import Headers
from inspector.store.packing import Damaged

BLOCK_RECORDS = 8192
BLOCK_BYTES = 8 << 20
FRAME = 512
"""Records whose values are compressed together."""

COLUMNS = {
    "channel": 0,
    "partition": 1,
    "offset": 2,
    "timestamp_ns": 3,
    "size": 4,
    "type": 5,
    "sender": 6,
    "key": 7,
    "event": 8,
    "parent": 9,
    "flow": 10,
    "flags": 11,
    "producer_id": 12,
    "producer_epoch": 13,
    "sequence": 14,
    "codec": 15,
    "convention": 16,
    "shape": 17,
    "keys": 18,
    "bodies": 19,
}
"""Columns of integers with the kinds of their parts.

`channel`, `type`, `sender`, `codec`, `convention` and `shape` are numbers of terms (-1: none); `key`,
`event`, `parent` and `flow` are marks (`inspector.marks`); `keys` and `bodies` are lengths in
bytes (-1: null).
"""
KEYS, GROUPS, MIXED, RARE = 32, 33, 34, 35
GRAMS, FIELDS = 36, 37
"""What an index has (`indexing`): these, and parts in the ranges below. A block may have none."""
FRAMES, HEADERS = 64, 1024
FIELD_PARTS, GRAM_PARTS = range(128, 256), range(256, 1024)
KINDS = 1 << 12
"""A part's number is that of its block times this, and its kind."""

Columns = dict[str, NDArray[Any]]


class Place(Struct, array_like=True):
    """Where the headers and ids of the records of one shape lie in a block."""

    shape: int
    count: int
    headers: list[int]
    """The kind of the part of each header's values."""
    sources: dict[str, Source]
    """The header that says an id."""
    ids: dict[str, int]
    """The kind of the part of an id that no header says; those missing are null."""


Mixed = tuple[list[bytes | None], str | None, str | None, str | None]
"""Values of the headers, and the ids, of a record of a rare shape."""


_directory = msgspec.msgpack.Decoder(list[Place])
_mixed_decoder = msgspec.msgpack.Decoder(dict[int, list[Mixed]])
_rare = msgspec.msgpack.Decoder(
    dict[int, tuple[str | None, str | None, int | None, str | None, int | None, str | None]]
)


def read_directory(data: bytes) -> dict[int, Place]:
    """Where headers and ids lie, by shape; raises Damaged."""
    try:
        return {place.shape: place for place in _directory.decode(data)}
    except msgspec.MsgspecError as error:
        raise Damaged("where its headers lie cannot be read") from error


def read_mixed(data: bytes) -> dict[int, list[Mixed]]:
    """Records of rare shapes, by shape; raises Damaged."""
    try:
        return _mixed_decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise Damaged("its headers cannot be read") from error


def read_rare(data: bytes) -> dict[int, Any]:
    """What few records say of themselves besides, by their place; raises Damaged."""
    try:
        return _rare.decode(data)
    except msgspec.MsgspecError as error:
        raise Damaged("its traits cannot be read") from error


def headers_of(names: tuple[str, ...], values: Sequence[bytes | None]) -> Headers:
    """Headers by their names and values."""
    return tuple(zip(names, values, strict=True))
