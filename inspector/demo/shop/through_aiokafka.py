"""Sending and receiving with aiokafka."""

from __future__ import annotations

from asyncio import Future
from collections.abc import AsyncGenerator
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from inspector.demo.shop.header import dead_letter_headers
from inspector.demo.shop.message import Draft, Message
from inspector.demo.shop.scenario import Application, Assignment, DeadLetters
from inspector.demo.shop.transport import copied

LARGEST_RECORD = 4 * 1024 * 1024


def message_of(record: Any) -> Message:
    """A record of aiokafka as the shop's own."""
    return Message(
        record.topic, record.partition, record.offset, record.timestamp, record.key, record.value,
        list(record.headers),
    )  # fmt: skip


def make_consumer(
    application: Application, instance: int, bootstrap: str, **settings: Any
) -> AIOKafkaConsumer:
    """A consumer of the application's topics; not yet started."""
    group = application.assignment is Assignment.GROUP
    return AIOKafkaConsumer(
        *(application.reads if group else ()),
        bootstrap_servers=bootstrap,
        client_id=application.client_name("consumer", instance),
        group_id=application.group,
        auto_offset_reset="earliest",
        **settings,
    )


def make_producer(application: Application, instance: int, bootstrap: str) -> AIOKafkaProducer:
    """A producer with the application's guarantees; not yet started."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=application.client_name("producer", instance),
        enable_idempotence=application.idempotent,
        transactional_id=application.transaction_name(instance),
        max_request_size=LARGEST_RECORD,
    )


class AioSender:
    """Sends in the background; what cannot be delivered is dropped, as a shop that goes on would."""

    def __init__(self, application: Application, instance: int, bootstrap: str) -> None:
        self._producer = make_producer(application, instance, bootstrap)

    async def start(self) -> None:
        """Connect."""
        await self._producer.start()

    async def send(self, draft: Draft) -> None:
        """Queue one record."""
        delivery = await self._producer.send(draft.topic, draft.value, draft.key, headers=draft.headers)
        delivery.add_done_callback(_forget)

    async def close(self) -> None:
        """Disconnect."""
        await self._producer.stop()


def _forget(delivery: Future[Any]) -> None:
    if not delivery.cancelled():
        delivery.exception()


class AioReceiver:
    """Reads the application's topics, and commits every second what it has read."""

    def __init__(self, application: Application, instance: int, bootstrap: str) -> None:
        self._application = application
        self._consumer = make_consumer(application, instance, bootstrap, auto_commit_interval_ms=1000)

    async def messages(self) -> AsyncGenerator[list[Message]]:
        """Records as they come, a few at a time."""
        await self._consumer.start()
        try:
            if self._application.assignment is Assignment.MANUAL:
                self._consumer.assign(
                    [
                        TopicPartition(topic, partition)
                        for topic in self._application.reads
                        for partition in sorted(self._consumer.partitions_for_topic(topic) or {0})
                    ]
                )
            async for record in self._consumer:
                yield [message_of(record)]
        finally:
            await self._consumer.stop()

    def refused(self, message: Message, letters: DeadLetters) -> Draft:
        """Kafka makes no dead letters: a copy as Spring Kafka makes it."""
        group = self._application.group or ""
        return copied(message, letters, dead_letter_headers(message, group, letters))
