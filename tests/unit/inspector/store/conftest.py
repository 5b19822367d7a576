from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.record import Position, Record
from inspector.traits import Traits

START_NS = 1_790_000_000_000_000_000
Pair = tuple[Record, Traits]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.evs"


@pytest.fixture
def channel() -> Callable[[str], ChannelId]:
    return lambda name: ChannelId(ServerId("kafka", "127.0.0.1:9092"), ChannelKind.TOPIC, name)


@pytest.fixture
def pair(channel: Callable[[str], ChannelId]) -> Callable[..., Pair]:
    """The i-th record of a small shop: three channels, two senders, a millisecond between records."""

    def make(i: int, **changes: object) -> Pair:
        fields: dict[str, Any] = {
            "channel": channel(("orders", "payments", "audit")[i % 3]),
            "position": Position(i % 4, i),
            "timestamp_ns": START_NS + i * 1_000_000,
            "key": f"order-{i:06}".encode(),
            "value": b'{"total": %d, "note": "Left at the door"}' % i,
            "headers": (("ce_id", f"event-{i}".encode()), ("ce_source", b"/Billing")),
            "producer_id": 1000,
            "sequence": i,
        } | changes
        sender = Alias("source", ("/billing", "/shipping")[i % 2])
        return Record(**fields), Traits(
            sender=sender, type=f"order.{i % 5}", event_id=f"event-{i}", flow_id="f"
        )

    return make
