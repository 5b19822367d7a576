"""Loops of all kinds on one real broker, run by real clients: each must be called what it is."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from graph.loops.counting import Counting
from graph.model import DependencyGraph, FeedbackLoop, LinkGrade, LoopNature, LoopStatus
from inspector.connection import parse
from inspector.discovery import Discovery
from inspector.loops.watch import LoopWatch
from inspector.observation import BatchRead
from inspector.trait_columns import read_columns

pytestmark = pytest.mark.kafka

Sent = tuple[str, bytes, dict[str, bytes]]
"""Topic, value and headers."""
React = Callable[[Message, dict[str, bytes]], Sequence[Sent]]
TRIES = 3


class Application:
    """Receives one topic without a rebalance, and sends what its reaction to each record says."""

    def __init__(self, world: Any, name: str, topic: str, react: React, transactional: bool = False) -> None:
        self.name = world.prefix + name
        servers = {"bootstrap.servers": world.broker.bootstrap}
        self.consumer = Consumer({**servers, "group.id": self.name, "enable.auto.commit": False})
        self.consumer.assign([TopicPartition(topic, 0, 0)])
        if transactional:
            self.producer = Producer({**servers, "transactional.id": self.name})
            self.producer.init_transactions(20)
        else:
            self.producer = Producer({**servers, "enable.idempotence": True, "linger.ms": 0})
        self.react = react
        self.transactional = transactional

    def step(self) -> None:
        """Take one record in hand, if there is one."""
        message = self.consumer.poll(0.002)
        if message is None or message.error():
            return
        sent = self.react(message, dict(message.headers() or ()))
        after = [TopicPartition(message.topic(), message.partition(), message.offset() + 1)]
        if self.transactional:
            self.producer.begin_transaction()
        for topic, value, headers in sent:
            source = {"ce_source": f"/{self.name}".encode()}
            self.producer.produce(topic, value, headers=list((headers | source).items()))
        if self.transactional:
            self.producer.send_offsets_to_transaction(after, self.consumer.consumer_group_metadata(), 20)
            self.producer.commit_transaction(20)
        else:
            self.producer.flush(20)
            self.consumer.commit(offsets=after, asynchronous=False)


def event(**said: str) -> dict[str, bytes]:
    return {"ce_id": uuid.uuid4().hex.encode(), "ce_type": b"T"} | {
        f"ce_{name}": value.encode() for name, value in said.items()
    }


def caused_by(headers: dict[str, bytes]) -> dict[str, bytes]:
    return event(causationid=headers["ce_id"].decode())


def applications(world: Any, topic: dict[str, str], rng: random.Random) -> list[Application]:
    def fail(message: Message, headers: dict[str, bytes]) -> list[Sent]:
        tried = int(headers.get("retry_topic-attempts", b"0")) + 1
        again = headers | {"retry_topic-attempts": b"%d" % tried}
        return [(topic["orders-retry"], message.value(), again)] if tried < TRIES else []

    def again(message: Message, headers: dict[str, bytes]) -> list[Sent]:
        return [(topic["orders"], message.value(), headers)]

    def answer(message: Message, headers: dict[str, bytes]) -> list[Sent]:
        said = event() | {"kafka_correlationId": headers["kafka_correlationId"]}
        return [(headers["kafka_replyTopic"].decode(), b"4 stars", said)]

    def forward(to: str, share: float) -> React:
        def react(message: Message, headers: dict[str, bytes]) -> list[Sent]:
            return (
                [(topic[to], b"%d" % rng.randrange(10**9), caused_by(headers))]
                if rng.random() < share
                else []
            )

        return react

    def book(message: Message, headers: dict[str, bytes]) -> list[Sent]:
        return [(topic["books"], b"%d" % rng.randrange(10**9), event())]

    return [
        Application(world, "billing", topic["orders"], fail),
        Application(world, "again", topic["orders-retry"], again),
        Application(world, "rater", topic["questions"], answer),
        Application(world, "shop", topic["answers"], lambda message, headers: []),
        Application(world, "pricing", topic["stock"], forward("prices", 0.7)),
        Application(world, "keeper", topic["prices"], forward("stock", 1.0)),
        Application(world, "ledger", topic["entries"], book, transactional=True),
        Application(world, "closer", topic["books"], forward("entries", 0.5)),
    ]


def run(world: Any, topic: dict[str, str], seconds: float) -> None:
    """Feed everything for a while, and let the applications react."""
    members = applications(world, topic, random.Random(7))
    feed = world.producer(**{"enable.idempotence": True, "linger.ms": 0})
    shop = {"ce_source": f"/{world.prefix}shop".encode()}
    began, number = time.monotonic(), 0
    try:
        while (since := time.monotonic() - began) < seconds:
            if number < 40 and since > number * seconds / 50:
                asked = {"kafka_replyTopic": topic["answers"].encode()}
                asked["kafka_correlationId"] = uuid.uuid4().bytes
                feed.produce(topic["orders"], b"order %d" % number, headers=list(event().items()))
                feed.produce(topic["questions"], b"?", headers=list((event() | asked | shop).items()))
                feed.produce(topic["stock"], b"%d" % number, headers=list(event().items()))
                feed.produce(topic["entries"], b"%d" % number, headers=list(event().items()))
                feed.poll(0)
                number += 1
            for member in members:
                member.step()
        feed.flush(20)
    finally:
        for member in members:
            member.consumer.close()


def holds(loop: FeedbackLoop, gain: float) -> bool:
    """Whether a gain is in the interval of a loop, with some room: a busy machine may show few records."""
    assert loop.gain_low is not None
    assert loop.gain_high is not None
    return loop.gain_low - 0.1 < gain < loop.gain_high + 0.1


async def test_loops_of_all_kinds_are_told_apart(kafka_world: Any, connect: Any, observe: Any) -> None:
    names = ("orders", "orders-retry", "questions", "answers", "stock", "prices", "entries", "books")
    channels = {name: kafka_world.create(name) for name in names}
    topic = {name: channel.name for name, channel in channels.items()}
    connection = parse(f"kafka://{kafka_world.broker.bootstrap}?deep=yes")
    seen = await observe(await connect(connection))
    await asyncio.to_thread(run, kafka_world, topic, 4.0)

    def graph(counting: Counting) -> DependencyGraph:
        discovery, watch = Discovery(), LoopWatch()
        now_ns = time.time_ns()
        watch.count(counting)
        for one in seen.observations:
            if isinstance(one, BatchRead):
                watch.fold(one.evidence(), read_columns(one.batch))
        watch.see(seen.observations)
        discovery.fold(seen.observations, now_ns)
        return watch.measure(discovery.graph(now_ns), now_ns)

    def through(found: DependencyGraph, name: str) -> list[FeedbackLoop]:
        return list(found.loops_through(channels[name]))

    await seen.until(lambda: len(through(graph(Counting()), "entries")) == 1, 10.0)
    await asyncio.sleep(1.0)
    found = graph(Counting())
    (retry,), (feedback,), (ledger,) = (through(found, name) for name in ("orders", "stock", "entries"))
    assert (retry.nature, retry.laps_max) == (LoopNature.RETRY, TRIES - 1)
    assert retry.status in (LoopStatus.ACTIVE, LoopStatus.BOUNDED)
    assert (feedback.nature, feedback.status) == (LoopNature.FEEDBACK, LoopStatus.ACTIVE)
    assert feedback.grade is LinkGrade.POINTER
    assert holds(feedback, 0.7)
    assert [one.grade for one in feedback.trail] == [None, LinkGrade.POINTER, LinkGrade.POINTER]
    assert {one.channel for one in feedback.trail} == {channels["stock"], channels["prices"]}
    assert (ledger.nature, ledger.status) == (LoopNature.FEEDBACK, LoopStatus.ACTIVE)
    assert ledger.grade is LinkGrade.TRANSACTION
    assert holds(ledger, 0.5)
    assert through(found, "questions") == []
    (asking,) = through(graph(Counting(request_reply=True)), "questions")
    assert (asking.nature, asking.status) == (LoopNature.REQUEST_REPLY, LoopStatus.POSSIBLE)
