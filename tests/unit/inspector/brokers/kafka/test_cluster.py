from __future__ import annotations

import asyncio

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


async def test_another_failure_does_not_take_a_refusal_back(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = [SaslAuthenticationFailed("Authentication failed"), OSError("reset")]
    both = asyncio.Event()

    async def fail(*_about: object) -> Wire:
        reason = reasons.pop(0)
        if reasons:
            both.set()
        await both.wait()
        await asyncio.sleep(0 if isinstance(reason, SaslAuthenticationFailed) else 0.01)
        raise reason

    monkeypatch.setattr(Wire, "connect", fail)
    cluster = Cluster(parse("kafka://ann@a:9092", "wrong"))
    cluster.nodes = {1: ("a", 9092), 2: ("a", 9093)}
    asked = (cluster.request(node, "Metadata", {}) for node in (1, 2))
    first, second = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, LoginRefused)
    assert isinstance(second, NodeDown)
    assert cluster.refused is first.refusal
    await cluster.close()
