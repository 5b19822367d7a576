from __future__ import annotations

import pytest
from aiokafka.errors import SaslAuthenticationFailed

from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.wire import LoginRefused, NodeDown, Wire
from inspector.connection import parse


@pytest.mark.parametrize("brokers", [1, 3])
async def test_a_refused_login_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, brokers: int) -> None:
    tried = 0

    async def refuse(*_about: object) -> Wire:
        nonlocal tried
        tried += 1
        raise SaslAuthenticationFailed("Authentication failed: Invalid username or password")

    monkeypatch.setattr(Wire, "connect", refuse)
    cluster = Cluster(parse("kafka://ann@a:9092,b:9092", "wrong"))
    cluster.nodes = {number: ("a", 9092 + number) for number in range(brokers)}

    async def ask(node: int) -> None:
        await cluster.request(node, "Metadata", {})

    for _ in range(3):
        with pytest.raises(LoginRefused):
            await cluster.on_each(cluster.nodes, ask)
        with pytest.raises(NodeDown):
            await cluster.refresh()
    assert tried == 1
    await cluster.close()
