"""A loop that leads through two brokers of different kinds, run by real clients."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

import nats
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId
from graph.model import LinkGrade, LoopStatus
from inspector.connection import parse
from inspector.demo.servers.nats import NatsServer
from inspector.discovery import Discovery
from inspector.loops.watch import LoopWatch
from inspector.observation import BatchRead
from inspector.trait_columns import read_columns

pytestmark = pytest.mark.kafka

ROUNDS, SHARE = 40, 0.7


def event(source: str, cause: str | None = None) -> dict[str, str]:
    said = {"ce_id": uuid.uuid4().hex, "ce_type": "Changed", "ce_source": f"/{source}"}
    return said | ({} if cause is None else {"ce_causationid": cause})


async def play(world: Any, server: NatsServer, subject: str, topic: str, name: Callable[[str], str]) -> None:
    """`pricing` takes from NATS and sends to Kafka, `keeper` takes from Kafka and sends to NATS."""
    client = await nats.connect(f"nats://{server.address}", name=name("pricing"))
    stream = client.jetstream()
    pull = await stream.pull_subscribe(subject, durable=name("pricing"))
    servers = {"bootstrap.servers": world.broker.bootstrap}
    producer = Producer({**servers, "enable.idempotence": True, "linger.ms": 0})
    consumer = Consumer({**servers, "group.id": name("keeper"), "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    rng, fed, idle = random.Random(7), 0, 0
    try:
        while idle < 20:
            idle += 1
            if fed < ROUNDS:
                fed, idle = fed + 1, 0
                await stream.publish(subject, b"%d" % fed, headers=event(name("shop")))
            try:
                messages = await pull.fetch(10, timeout=0.05)
            except (nats.errors.TimeoutError, TimeoutError):
                messages = []
            for message in messages:
                idle = 0
                if rng.random() < SHARE:
                    said = event(name("pricing"), (message.headers or {})["ce_id"])
                    producer.produce(topic, b"price", headers=list(said.items()))
                await message.ack()
            await asyncio.to_thread(producer.flush, 10)
            while (taken := consumer.poll(0.01)) is not None and taken.error() is None:
                idle = 0
                cause = dict(taken.headers() or ())["ce_id"].decode()
                await stream.publish(subject, b"stock", headers=event(name("keeper"), cause))
                consumer.commit(taken, asynchronous=False)
    finally:
        consumer.close()
        await client.close()


async def test_a_loop_through_two_brokers_is_followed_record_by_record(
    kafka_world: Any, nats_server: NatsServer, connect: Any, observe: Any
) -> None:
    prices = kafka_world.create("prices")
    subject, address = f"{kafka_world.prefix}stock", f"nats://{nats_server.address}"
    stock = ChannelId(parse(address).server, ChannelKind.SUBJECT, subject)
    client = await nats.connect(address, name="admin")
    await client.jetstream().add_stream(name=f"{kafka_world.prefix}S", subjects=[subject])
    await client.close()
    both = [await observe(await connect(each)) for each in (kafka_world.connection, parse(address))]

    def name(short: str) -> str:
        return f"{kafka_world.prefix}{short}"

    await play(kafka_world, nats_server, subject, prices.name, name)

    def graph() -> Any:
        discovery, watch = Discovery(), LoopWatch()
        now_ns = time.time_ns()
        for seen in both:
            for one in seen.observations:
                if isinstance(one, BatchRead):
                    watch.fold(one.evidence(), read_columns(one.batch))
            watch.see(seen.observations)
            discovery.fold(seen.observations, now_ns)
        return watch.measure(discovery.graph(now_ns), now_ns)

    def found() -> Any:
        return [one for one in graph().loops_through(stock) if one.status is not LoopStatus.POSSIBLE]

    await both[0].until(lambda: len(found()) == 1, 15.0)
    (loop,) = found()
    assert loop.status is LoopStatus.ACTIVE
    assert loop.grade is LinkGrade.POINTER
    assert {one.channel for one in loop.trail} == {stock, prices}
    assert loop.gain_low - 0.1 < SHARE < loop.gain_high + 0.1
    operations = graph().operations
    for application, action, channel in [
        ("pricing", Action.RECEIVE, stock),
        ("pricing", Action.SEND, prices),
        ("keeper", Action.RECEIVE, prices),
        ("keeper", Action.SEND, stock),
    ]:
        assert OperationId(ApplicationId(name(application)), action, channel) in operations
