from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Sequence

import pytest

from graph.model import Unavailable
from inspector.brokers import open_adapter
from inspector.brokers.base import Budget
from inspector.brokers.memory import MemoryBroker
from inspector.connection import parse
from inspector.errors import AccessRefused, ConnectionFailed
from inspector.observation import BatchRead, GroupSeen, NotVisible, Observation, RecordsMissed, VisibleAgain


async def until(batches: AsyncIterator[Sequence[Observation]], kind: type[Observation]) -> Observation:
    async for batch in batches:
        for one in batch:
            if isinstance(one, kind):
                return one
    raise AssertionError("the iterator ended")


async def test_what_is_hidden_is_told_and_taken_back() -> None:
    broker = MemoryBroker("hidden")
    adapter = open_adapter(parse(broker.url), Budget())
    await adapter.open()
    batches = adapter.observe()
    refusal = Unavailable("receivers", "The login may not see them.", "Allow it.")
    broker.hide(refusal)
    assert await until(batches, NotVisible) == NotVisible(refusal, adapter.server, groups=True)
    broker.show("receivers")
    assert await until(batches, VisibleAgain) == VisibleAgain("receivers", adapter.server)
    await adapter.close()


async def test_members_leave() -> None:
    broker = MemoryBroker("members")
    member = broker.join("billing", client_id="billing-1", channels=[broker.create_channel("orders")])
    adapter = open_adapter(parse(broker.url), Budget())
    await adapter.open()
    batches = adapter.observe()
    assert await until(batches, GroupSeen)
    broker.leave("billing", member)
    assert await until(batches, GroupSeen) == GroupSeen(broker.server, "billing", "classic", "Empty")
    await adapter.close()


async def test_expired_records_are_counted() -> None:
    broker = MemoryBroker("expired")
    channel = broker.create_channel("orders")
    adapter = open_adapter(parse(broker.url), Budget())
    await adapter.open()
    broker.write(channel, b"0")
    batches = adapter.observe()
    assert await until(batches, BatchRead)
    for number in range(1, 5):
        broker.write(channel, b"%d" % number)
    broker.expire(channel, 0, 3)
    seen = await anext(batches)
    assert [one.count for one in seen if isinstance(one, RecordsMissed)] == [2]
    (read,) = [one.batch for one in seen if isinstance(one, BatchRead)]
    assert (list(read.offsets), list(read.values or ())) == ([3, 4], [b"3", b"4"])
    await adapter.close()


async def test_a_login_is_asked_for() -> None:
    broker = MemoryBroker("locked", user="reader", password="right")
    await open_adapter(parse("memory://reader:right@locked"), Budget()).open()
    for url in (broker.url, "memory://reader:wrong@locked"):
        with pytest.raises(AccessRefused):
            await open_adapter(parse(url), Budget()).open()


async def test_a_broker_that_nobody_holds_is_gone() -> None:
    broker = MemoryBroker("forgotten")
    url = broker.url
    del broker
    gc.collect()
    with pytest.raises(ConnectionFailed):
        await open_adapter(parse(url), Budget()).open()
