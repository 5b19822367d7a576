"""The records of batches by column: the numbers before all keys are read at once, and nothing is copied.

Layout of a record: https://kafka.apache.org/documentation/#record. Its numbers are varints, zigzag encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from inspector.brokers.kafka.codec import CodecError, read_varint
from inspector.header_columns import HeaderColumns, HeaderGroup, Shape
from inspector.pieces import Bytes, Integers, Pieces


class Malformed(ValueError):
    """Bytes that are no records."""


class Fields(NamedTuple):
    """Records in their order; offsets and timestamps are those of their batches plus these."""

    offsets: Integers
    timestamps: Integers
    keys: Pieces
    values: Pieces
    headers: HeaderColumns


def read_fields(sections: Sequence[bytes], counts: Sequence[int], begin: int = 0) -> Fields:
    """The records in sections of so many, each from byte `begin` on; raises Malformed."""
    data = b"".join(sections)
    try:
        raw = np.frombuffer(data, np.uint8)
        lengths, at = _varints(raw, _places(data, [len(each) for each in sections], counts, begin))
        ends = at + lengths
        timestamps, at = _varints(raw, at + 1)  # after a byte of attributes, none of which are in use
        offsets, at = _varints(raw, at)
        keys, at = _pieces(data, raw, at, ends)
        values, at = _pieces(data, raw, at, ends)
        headers, at = _varints(raw, at)
        return Fields(offsets, timestamps, keys, values, _headers(data, raw, at, ends, headers))
    except (IndexError, CodecError) as error:
        raise Malformed("a record is cut short") from error
    except UnicodeDecodeError as error:
        raise Malformed("the name of a header is no UTF-8") from error


def _places(data: bytes, sizes: Sequence[int], counts: Sequence[int], begin: int) -> Integers:
    """Where the lengths of records lie: each says where the next one is."""
    found: list[int] = []
    add = found.append
    at = until = 0
    for size, count in zip(sizes, counts, strict=True):
        until += size
        at += begin
        for _ in range(count):
            add(at)
            low = data[at]
            if low < 0x80:
                at += 1 + (low >> 1)
            elif (high := data[at + 1]) < 0x80:
                at += 2 + ((low & 0x7F) >> 1 | high << 6)
            else:
                length, at = read_varint(data, at)
                at += length >> 1
        if at != until:
            raise Malformed("its records do not end where it ends")
    return np.array(found, np.int64)


def _varints(raw: Bytes, at: Integers) -> tuple[Integers, Integers]:
    """The numbers at these places, and where they end."""
    byte = raw[at]
    value = (byte & 0x7F).astype(np.uint64)
    at = at + 1
    more = np.flatnonzero(byte > 0x7F)
    shift = 7
    while len(more):
        if shift > 63:
            raise Malformed("a number has more than ten bytes")
        byte = raw[at[more]]
        value[more] |= (byte & 0x7F).astype(np.uint64) << np.uint64(shift)
        at[more] += 1
        more = more[byte > 0x7F]
        shift += 7
    return (value >> np.uint64(1)).view(np.int64) ^ -(value & np.uint64(1)).view(np.int64), at


def _pieces(data: bytes, raw: Bytes, at: Integers, ends: Integers) -> tuple[Pieces, Integers]:
    """A length, -1 for null, and so many bytes, at each place; and where they end."""
    lengths, at = _varints(raw, at)
    after = at + np.maximum(lengths, 0)
    if lengths.min() < -1 or (after > ends).any() or (after < at).any():
        raise Malformed("a field is longer than its record")
    return Pieces(data, at, lengths), after


def _headers(data: bytes, raw: Bytes, at: Integers, ends: Integers, counts: Integers) -> HeaderColumns:
    """Headers by the names that records have; `at` is behind their number."""
    groups: list[HeaderGroup] = []
    left: list[tuple[Integers, Integers, Shape, list[Pieces]]] = []
    for count in np.unique(counts).tolist():
        places = np.flatnonzero(counts == count)
        left.append((places, at[places], (), []))
    while left:
        places, at, shape, values = left.pop()
        count = int(counts[places[0]])
        while len(shape) < count:
            names, after = _pieces(data, raw, at, ends[places])
            alike = names.equal(np.arange(len(places)), name := names[0])
            if name is None:
                raise Malformed("a header has no name")
            if not alike.all():
                other, same = np.flatnonzero(~alike), np.flatnonzero(alike)
                left.append((places[other], at[other], shape, [each.part(other) for each in values]))
                places, after = places[same], after[same]
                values = [each.part(same) for each in values]
            found, at = _pieces(data, raw, after, ends[places])
            values.append(found)
            shape += (name.decode(),)
        if (at != ends[places]).any():
            raise Malformed("a record does not end where its headers end")
        groups.append(HeaderGroup(shape, places, values))
    return HeaderColumns(len(counts), groups)
