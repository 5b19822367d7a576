"""Which flows are kept of what exceeds a rate."""

from __future__ import annotations

import random

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.capture.one_in import OneIn
from inspector.capture.sample import FlowSample
from inspector.record import Headers, RecordBatch
from inspector.trait_columns import read_columns

S = 1_000_000_000
CHANNEL = ChannelId(ServerId("kafka", "x:1"), ChannelKind.TOPIC, "t")


def test_what_stays_within_the_rate_is_kept_whole() -> None:
    share = OneIn(1_000)
    assert {share.count(9, at * S // 100) for at in range(1_000)} == {0}


def test_a_flood_is_cut_to_the_rate_at_once_and_the_cut_ends_with_it() -> None:
    share = OneIn(1_000)
    kept = 0.0
    for at in range(1_000):
        kept += 100 / (1 << share.count(100, at * S // 100))
    assert kept <= 10 * 1_000 * 1.3
    assert kept >= 10 * 1_000 * 0.4
    for at in range(1_000, 3_000):
        bits = share.count(1, at * S // 100)
    assert bits == 0


def batch(flows: list[bytes], key: bytes | None = None, size: int = 0) -> RecordBatch:
    headers: list[Headers] = [(("ce_source", b"/a"), ("correlation-id", flow)) for flow in flows]
    count = len(flows)
    return RecordBatch(
        CHANNEL, 0, list(range(count)), [0] * count, [key] * count, [b"v"] * count, headers, size=size
    )


def test_whole_flows_are_kept_or_nothing_on_every_channel() -> None:
    now = 0
    sample = FlowSample(1_000, lambda: now)
    names = [b"flow-%d" % number for number in range(400)]
    kept: dict[bytes, set[bool]] = {name: set() for name in names}
    sample.chosen(one := batch(names, size=16_000), read_columns(one))
    for _ in range(3):
        one = batch(random.Random(2).sample(names, 400))
        chosen = sample.chosen(one, read_columns(one))
        assert chosen is not None
        for index, headers in enumerate(one.headers):
            kept[headers[1][1] or b""].add(index in set(chosen))
    assert sample.one_in == 16
    assert all(len(each) == 1 for each in kept.values())
    assert 10 <= sum(each == {True} for each in kept.values()) <= 45


def test_records_without_a_flow_are_kept_by_their_keys() -> None:
    sample = FlowSample(1, lambda: 0)
    found = set()
    for number in range(200):
        one = RecordBatch(CHANNEL, 0, [1, 2], [0, 0], [b"k%d" % number] * 2, [b"v"] * 2, [(), ()], size=1)
        chosen = sample.chosen(one, read_columns(one))
        if sample.one_in > 4:
            found.add(len(chosen or ()))
    assert found == {0, 2}
