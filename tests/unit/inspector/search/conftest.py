from __future__ import annotations

from graph.identity import ChannelId, ChannelKind, ServerId

NOW_NS = 1_790_000_000_000_000_000
CHANNELS = [
    ChannelId(ServerId("kafka", address), ChannelKind.TOPIC, name)
    for address, name in (("a:9092", "orders"), ("a:9092", "Orders.DLQ"), ("b:9092", "audit"))
]
