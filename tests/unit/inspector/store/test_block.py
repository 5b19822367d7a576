from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.record import Position, Record
from inspector.store.block import (
    COLUMNS,
    STREAMS,
    Block,
    Damaged,
    Terms,
    decode_record,
    decode_traits,
    encode,
    pack,
    unpack,
    unpack_columns,
    unpack_stream,
)
from inspector.traits import Traits

I32, I64 = st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63) + 1, 2**62)
NULLABLE = st.none() | st.binary(max_size=40)
CHANNELS = st.builds(
    ChannelId, st.builds(ServerId, st.text(), st.text()), st.sampled_from(ChannelKind), st.text(max_size=5)
)
RECORDS = st.builds(
    Record,
    channel=CHANNELS,
    position=st.builds(Position, I32, I64),
    timestamp_ns=st.integers(-(2**62), 2**62),
    key=NULLABLE,
    value=NULLABLE,
    headers=st.lists(
        st.tuples(st.sampled_from(["a", "A", "", "é"]) | st.text(max_size=4), NULLABLE), max_size=4
    ).map(tuple),
    log_append_time=st.booleans(),
    producer_id=I64,
    producer_epoch=st.integers(-(2**15), 2**15 - 1),
    sequence=I32,
    transactional=st.booleans(),
)
NAMES = st.none() | st.text(max_size=6)
TRAITS = st.builds(
    Traits,
    st.none() | st.builds(Alias, st.text(), st.text()),
    NAMES,
    NAMES,
    NAMES,
    NAMES,
    NAMES,
    NAMES,
    st.text(),
)
PAIRS = st.lists(st.tuples(RECORDS, TRAITS), min_size=1, max_size=6)


def read_back(block: Block, terms: Terms, pairs: list[tuple[Record, Traits]]) -> list[tuple[Record, Traits]]:
    """Through the blobs, as a reader does; terms are looked up in `pairs`."""
    blobs = dict(zip(("columns", *STREAMS), block.pack(), strict=True))
    columns = unpack_columns(blobs["columns"], block.count)
    streams = {name: unpack_stream(blobs[name], columns[name]) for name in STREAMS}
    channels = {terms.number("channel", record.channel): record.channel for record, _ in pairs}
    senders = {terms.number("sender", traits.sender): traits.sender for _, traits in pairs}
    types = {terms.number("type", traits.type): traits.type for _, traits in pairs}
    return [
        (
            decode_record(
                columns,
                i,
                channels[int(columns["channel"][i])],
                [streams[name].piece(i) for name in ("keys", "headers", "bodies")],
            ),
            decode_traits(
                streams["traits"].piece(i), senders[int(columns["sender"][i])], types[int(columns["type"][i])]
            ),
        )
        for i in range(block.count)
    ]


@settings(deadline=None)
@given(PAIRS)
def test_every_record_comes_back_byte_for_byte(pairs: list[tuple[Record, Traits]]) -> None:
    terms = Terms()
    assert read_back(encode(pairs, terms), terms, pairs) == pairs


@settings(deadline=None, max_examples=25)
@given(PAIRS, PAIRS)
def test_joined_blocks_hold_the_records_of_both(
    first: list[tuple[Record, Traits]], second: list[tuple[Record, Traits]]
) -> None:
    terms = Terms()
    joined = encode(first, terms).joined(encode(second, terms))
    assert read_back(joined, terms, first + second) == first + second
    assert all(column.dtype == np.dtype(COLUMNS[name]) for name, column in joined.columns.items())


@settings(deadline=None)
@given(st.binary(max_size=200), st.data())
def test_a_changed_byte_is_noticed(data: bytes, draw: st.DataObject) -> None:
    blob = bytearray(pack(data))
    assert unpack(bytes(blob)) == data
    blob[draw.draw(st.integers(0, len(blob) - 1))] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(Damaged):
        unpack(bytes(blob))


def test_columns_of_another_length_are_noticed() -> None:
    with pytest.raises(Damaged, match="length"):
        unpack_columns(pack(b"\0" * 7), 3)
    with pytest.raises(Damaged, match="length"):
        unpack_stream(pack(b"abc"), np.array([1, -1, 1], "<i4"))


def test_terms_that_were_loaded_keep_their_numbers() -> None:
    terms, later = Terms(), Terms()
    for name in ("orders", "payments"):
        terms.number("type", name)
    later.load([(kind, data) for kind, _, data in terms.unsaved])
    assert (later.number("type", "payments"), later.number("type", "new")) == (1, 2)
    assert [number for _, number, _ in later.unsaved] == [2]
