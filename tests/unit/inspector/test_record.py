"""Records put into batches come back as they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.record import Position, Record, batches_of, sorted_out

CHANNELS = [ChannelId(ServerId("kafka", "h:1"), ChannelKind.TOPIC, name) for name in "ab"]
RECORDS = st.lists(
    st.builds(
        Record,
        channel=st.sampled_from(CHANNELS),
        position=st.builds(Position, st.integers(0, 1), st.integers(0, 2**40)),
        timestamp_ns=st.integers(0, 2**60),
        key=st.none() | st.binary(max_size=3),
        value=st.none(),
        headers=st.lists(st.tuples(st.sampled_from("xy"), st.none() | st.binary(max_size=3)), max_size=2).map(
            tuple
        ),
        producer_id=st.sampled_from([-1, 7]),
        sequence=st.sampled_from([-1, 0, 5, 2**31 - 1]),
        transactional=st.booleans(),
        body_stored=st.booleans(),
        codec=st.sampled_from(["none", "lz4"]),
    ),
    max_size=12,
)


@given(RECORDS)
def test_in_their_order(records: list[Record]) -> None:
    assert [one for batch in batches_of(records) for one in batch.records()] == records


@given(RECORDS)
def test_as_few_batches_with_the_places_of_their_records(records: list[Record]) -> None:
    found = {
        place: one
        for batch, places in sorted_out(records)
        for place, one in zip(places, batch.records(), strict=True)
    }
    assert [found[place] for place in range(len(records))] == records
    for batch, _ in sorted_out(records):
        assert batch.records([len(batch) - 1]) == [batch.record(len(batch) - 1)]
