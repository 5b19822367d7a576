"""What of a batch is stored on each level, and what the file says of the rest: real writer, real reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import DependencyGraph
from inspector.capture.capture import PAUSED, STORED_BYTES_PER_S, Capture
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.masks import Mask, Masks
from inspector.capture.plan import Plan
from inspector.conventions.rules import NO_RULES
from inspector.observation import RangeRead, RecordsMissed
from inspector.record import Record, RecordBatch
from inspector.store.coverage import Coverage
from inspector.store.reader import CaptureReader
from inspector.trait_columns import read_columns

CHANNEL = ChannelId(ServerId("kafka", "x:1"), ChannelKind.TOPIC, "orders")


class Desk:
    """A capture, and what a reader finds in it afterwards."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plan = Plan()
        self.capture = Capture(path, self.plan, DependencyGraph, lambda: 7)

    def take(self, batch: RecordBatch) -> None:
        self.capture.take(batch, read_columns(batch))
        self.capture.covered(RangeRead(CHANNEL, 0, batch.offsets[0], batch.offsets[-1] + 1))

    def stored(self) -> list[Record]:
        self.capture.writer.flush()
        with closing(CaptureReader(self.path)) as reader:
            return [reader.record(row) for row in range(reader.first_row, reader.end_row)]

    def coverage(self) -> Coverage:
        self.capture.writer.flush()
        with closing(CaptureReader(self.path)) as reader:
            return reader.coverage()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "c.evs")
    yield made
    made.capture.writer.close()


def batch(first: int = 0, count: int = 4, size: int = 0) -> RecordBatch:
    return RecordBatch(
        CHANNEL,
        0,
        list(range(first, first + count)),
        [1_000_000 * number for number in range(first, first + count)],
        [b"k%d" % number for number in range(count)],
        [b'{"total": %d, "card": "4711"}' % number for number in range(count)],
        [
            (("ce_source", b"/a"), ("ce_type", b"Paid" if number % 2 else b"Made"), ("ce_id", b"%d" % number))
            for number in range(count)
        ],
        producer_id=9,
        base_offset=first,
        base_sequence=5 + first,
        size=size,
    )


def levels(desk: Desk) -> list[tuple[int, int, Level]]:
    return [(each.first, each.end, each.level) for each in desk.coverage().covered]


def test_everything(desk: Desk) -> None:
    one = batch()
    desk.take(one)
    assert desk.stored() == [one.record(index) for index in range(4)]
    assert levels(desk) == [(0, 4, Level.EVERYTHING)]


def test_levels_change_live_and_the_file_says_which_offsets_were_on_which(desk: Desk) -> None:
    desk.take(batch())
    desk.plan.choose([ChannelLevel("orders", Level.KEYS_AND_HEADERS)])
    desk.take(batch(4))
    desk.plan.choose([ChannelLevel("orders", Level.MATCHING, "type:Paid and value.total>1")])
    desk.take(batch(8))
    desk.plan.choose([ChannelLevel("orders", Level.HEADERS_OF_BATCHES)])
    desk.take(batch(12))
    desk.plan.choose([], others=None)
    desk.take(batch(16))
    stored = desk.stored()
    assert [one.position.offset for one in stored] == [*range(8), 11]
    assert [one.body_stored for one in stored] == [True] * 4 + [False] * 4 + [True]
    assert [one.value for one in stored[4:8]] == [None] * 4
    assert [one.sequence for one in stored] == [*range(5, 13), 16]
    assert levels(desk) == [
        (0, 4, Level.EVERYTHING),
        (4, 8, Level.KEYS_AND_HEADERS),
        (8, 12, Level.MATCHING),
        (12, 16, Level.HEADERS_OF_BATCHES),
    ]


def test_a_capture_that_is_gone_on_with_holds_nothing_twice(desk: Desk) -> None:
    one = batch(0, 6)
    desk.take(one)
    desk.capture.writer.close()
    again = Desk(desk.path)
    again.take(batch(3, 6))
    again.take(one)
    anew = replace(one, timestamps_ns=[10**18] * 6)
    again.take(anew)
    stored = again.stored()
    again.capture.writer.close()
    assert [each.position.offset for each in stored] == [*range(9), *range(6)]
    assert [each.timestamp_ns for each in stored[9:]] == [10**18] * 6, "of a topic that was made anew"


def test_what_is_masked_does_not_reach_the_file(desk: Desk) -> None:
    masks = Masks.of([Mask(path="$.card"), Mask(header="ce_id")])
    desk.capture.mask(masks, NO_RULES, stored=False)
    desk.take(batch(0, 1))
    desk.capture.mask(masks, NO_RULES, stored=True)
    desk.take(batch(1, 1))
    seen, hidden = desk.stored()
    assert b"4711" in (seen.value or b"")
    assert (hidden.value, hidden.headers[2]) == (b'{"total":0,"card":"***"}', ("ce_id", b"***"))
    with closing(CaptureReader(desk.path)) as reader:
        assert [reader.traits(row).event_id for row in (0, 1)] == ["0", "***"]


def test_a_query_does_not_find_what_is_masked(desk: Desk) -> None:
    desk.capture.mask(Masks.of([Mask(path="$.card")]), NO_RULES, stored=False)
    desk.plan.choose([ChannelLevel("orders", Level.MATCHING, "4711")])
    desk.take(batch())
    assert desk.stored() == []


def test_of_too_much_that_nobody_chose_whole_flows_are_kept_and_the_rest_is_counted(desk: Desk) -> None:
    desk.take(batch(0, 1_000, size=4 * STORED_BYTES_PER_S))
    kept = desk.stored()
    assert 150 < len(kept) < 350
    (missed,) = desk.coverage().missed
    assert (missed.count, missed.first_ns) == (1_000 - len(kept), 7)
    assert "one flow in 4 is kept" in missed.reason
    desk.plan.choose([ChannelLevel("*", Level.EVERYTHING)])
    desk.take(batch(1_000, 1_000, size=4 * STORED_BYTES_PER_S))
    assert len(desk.stored()) == len(kept) + 1_000


def test_a_pause_is_a_gap_with_its_reason(desk: Desk) -> None:
    desk.capture.on = False
    desk.take(batch())
    desk.capture.on = True
    desk.take(batch(4))
    assert levels(desk) == [(4, 8, Level.EVERYTHING)]
    assert [(one.count, one.reason) for one in desk.coverage().missed] == [(4, PAUSED)]


def test_what_was_not_read_is_counted_where_it_was_to_be_kept(desk: Desk) -> None:
    desk.capture.missed_some(RecordsMissed(CHANNEL, 0, 3, "they had expired"))
    desk.plan.choose([], others=None)
    desk.capture.missed_some(RecordsMissed(CHANNEL, 0, 9, "they had expired"))
    assert [(one.count, one.reason) for one in desk.coverage().missed] == [(3, "they had expired")]
    assert desk.capture.missed == {"they had expired": 3}
