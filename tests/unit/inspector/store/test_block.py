from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.record import Position, Record, RecordBatch, batches_of
from inspector.store import terms as names
from inspector.store.block import BLOCK_BYTES, BLOCK_RECORDS, GROUPS, MIXED
from inspector.store.blocks import StoredBlock
from inspector.store.draft import Draft, drafts, packed
from inspector.store.handed import handed
from inspector.store.packing import unpack
from inspector.store.terms import Terms
from inspector.trait_columns import TraitColumns
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
    sequence=st.integers(-1, 2**31 - 1),
    transactional=st.booleans(),
    codec=st.sampled_from(["none", "zstd"]),
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
    st.none() | I32,
    NAMES,
    st.none() | I32,
    NAMES,
)
PAIRS = st.lists(st.tuples(RECORDS, TRAITS), min_size=1, max_size=6)


class Memory:
    """Parts that lie in no file."""

    def __init__(self, parts: dict[int, bytes]) -> None:
        self._parts = parts

    def get(self, block, kind, read, size):  # type: ignore[no-untyped-def]
        return read(unpack(self._parts[kind])) if kind in self._parts else None


def read_back(draft: Draft, terms: Terms) -> list[tuple[Record, Traits]]:
    """Through the parts, as a reader does."""
    known: dict[str, list[object]] = {kind: [] for kind in names.KINDS}
    for kind, _, data in terms.unsaved:
        known[kind].append(names.decode(kind, data))
    block = StoredBlock(Memory(packed(draft)), 1, draft.count)  # type: ignore[arg-type]
    return [(block.record(at, known), block.traits(at, known)) for at in range(draft.count)]


def draft_of(pairs: list[tuple[Record, Traits]], terms: Terms) -> Draft:
    made = handed([(batches_of([record])[0], TraitColumns.of([said])) for record, said in pairs], terms)
    return Draft.of(made, np.arange(len(pairs)))


@settings(deadline=None)
@given(PAIRS)
def test_every_record_comes_back_byte_for_byte(pairs: list[tuple[Record, Traits]]) -> None:
    terms = Terms()
    assert read_back(draft_of(pairs, terms), terms) == pairs


@settings(deadline=None, max_examples=25)
@given(PAIRS, PAIRS)
def test_joined_blocks_hold_the_records_of_both(
    first: list[tuple[Record, Traits]], second: list[tuple[Record, Traits]]
) -> None:
    terms = Terms()
    joined = draft_of(first, terms).joined(draft_of(second, terms))
    assert read_back(joined, terms) == first + second


CHANNEL = ChannelId(ServerId("kafka", "h:1"), ChannelKind.TOPIC, "orders")


def batch(
    first: int, count: int, *, values: bool = True, trace: bool = True
) -> tuple[RecordBatch, TraitColumns]:
    """Records alike, as they come from a broker: each with an id and a trace in its headers."""
    places = range(first, first + count)
    ids, traces = [f"id-{at:06}" for at in places], [f"{at * 7919:032x}" for at in places]
    headers = tuple(
        (("ce_id", one.encode()), ("ce_source", b"/b"), ("traceparent", f"00-{flow}-{at:016x}-01".encode()))
        for at, one, flow in zip(places, ids, traces, strict=True)
    )
    made = RecordBatch(
        CHANNEL, 3, [*places], [at * 1_000_000 for at in places], [b"key-%d" % at for at in places],
        [b'{"n": %d}' % at for at in places] if values else None, list(headers),
        producer_id=7, base_offset=first, base_sequence=2**31 - 10, codec="lz4",
    )  # fmt: skip
    said = TraitColumns.of(
        [
            Traits(Alias("source", "/b"), "t", one, None, flow if trace else one)
            for one, flow in zip(ids, traces, strict=True)
        ]
    )
    return made, said


def test_ids_that_headers_say_are_not_kept_twice_and_come_back() -> None:
    terms = Terms()
    pairs = [batch(0, 500), batch(500, 300, values=False)]
    draft = Draft.of(handed(pairs, terms), np.arange(800))
    parts = packed(draft)
    assert MIXED not in parts
    assert b"event" in unpack(parts[GROUPS])
    assert read_back(draft, terms) == [
        (one.record(at), said[at]) for one, said in pairs for at in range(len(one))
    ]
    other = Draft.of(handed([batch(800, 100, trace=False)], terms), np.arange(100))
    both = draft.joined(other)
    assert [said.flow_id for _, said in read_back(both, terms)][798:802] == [
        f"{798 * 7919:032x}", f"{799 * 7919:032x}", "id-000800", "id-000801"
    ]  # fmt: skip


def test_records_lie_in_the_order_of_time_in_blocks_that_are_not_too_large() -> None:
    terms = Terms()
    pairs = [batch(5000, 9000), batch(0, 9000)]
    times = [draft.column("timestamp_ns") for draft, _ in drafts(handed(pairs, terms))]
    assert (np.diff(np.concatenate(times)) >= 0).all()
    assert [len(each) for each in times] == [6000, 6000, 6000]
    large, said = batch(0, 9)
    large.values[:] = [bytes(BLOCK_BYTES // 3)] * 8 + [bytes(BLOCK_BYTES * 2)]  # type: ignore[index]
    assert [draft.count for draft, _ in drafts(handed([(large, said)], terms))] == [2, 2, 2, 2, 1]
    assert BLOCK_RECORDS >= 6000
