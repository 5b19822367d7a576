from __future__ import annotations

import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from gui.events.coverage import Read, by_channel, together
from inspector.capture.level import Level
from inspector.store.coverage import Coverage, Covered, Missed

ORDERS, CLICKS = (
    ChannelId(ServerId("kafka", "a:1"), ChannelKind.TOPIC, name) for name in ("orders", "clicks")
)


def test_what_was_read_is_counted_by_channel() -> None:
    coverage = Coverage(
        (
            Covered(ORDERS, 0, 0, 100, Level.EVERYTHING),
            Covered(ORDERS, 0, 140, 200, Level.KEYS_AND_HEADERS),
            Covered(ORDERS, 1, 5, 45, Level.EVERYTHING),
            Covered(CLICKS, 0, 0, 10, Level.EVERYTHING),
        ),
        (Missed(ORDERS, 0, 7, "skipped", 1, 2),),
    )
    reads = by_channel(coverage)
    orders = reads[ORDERS]
    assert (orders.levels, orders.holes, orders.lost) == (
        {Level.EVERYTHING: 140, Level.KEYS_AND_HEADERS: 60},
        40,
        7,
    )
    assert orders.total == 240
    assert sum(orders.shares) == pytest.approx(1.0)
    assert not orders.complete
    assert "40 offsets not read" in orders.sentence
    assert "7 records skipped" in orders.sentence
    assert reads[CLICKS].complete
    assert reads[CLICKS].sentence == "Read in full"
    assert together(reads.values()).total == 250


def test_nothing_known_is_not_called_complete() -> None:
    assert not Read().complete
    assert "not written down" in Read().sentence
