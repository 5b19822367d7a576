"""Sending and receiving with confluent-kafka, that is librdkafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from confluent_kafka import Consumer, Producer

from inspector.demo.shop.header import dead_letter_headers
from inspector.demo.shop.message import Draft, Message
from inspector.demo.shop.scenario import Application, DeadLetters
from inspector.demo.shop.transport import copied

LARGEST_RECORD = 4 * 1024 * 1024
MOST_AT_ONCE = 500


def _common(application: Application, role: str, instance: int, bootstrap: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": bootstrap,
        "client.id": application.client_name(role, instance),
        # It reconnects by itself; what it says meanwhile is of no use to anybody.
        "log_level": 0,
        "reconnect.backoff.max.ms": 1000,
    }


class ConfluentSender:
    """Sends in the background; what cannot be delivered is dropped."""

    def __init__(self, application: Application, instance: int, bootstrap: str) -> None:
        self._producer = Producer(
            _common(application, "producer", instance, bootstrap)
            | {
                "enable.idempotence": application.idempotent,
                "linger.ms": 5,
                "message.max.bytes": LARGEST_RECORD,
            }
        )

    async def start(self) -> None:
        """Nothing: it connects by itself."""

    async def send(self, draft: Draft) -> None:
        """Queue one record; waits while the queue is full."""
        while True:
            try:
                self._producer.produce(draft.topic, draft.value, draft.key, headers=draft.headers)
            except BufferError:
                self._producer.poll(0)
                await asyncio.sleep(0.05)
            else:
                self._producer.poll(0)
                return

    async def close(self) -> None:
        """Deliver what is queued, for at most a second."""
        await asyncio.to_thread(self._producer.flush, 1.0)


class ConfluentReceiver:
    """Reads the application's topics in its group, of either protocol."""

    def __init__(self, application: Application, instance: int, bootstrap: str) -> None:
        self._application = application
        self._consumer = Consumer(
            _common(application, "consumer", instance, bootstrap)
            | {
                "group.id": application.group,
                "group.protocol": application.protocol,
                "auto.offset.reset": "earliest",
                "auto.commit.interval.ms": 1000,
            }
        )

    async def messages(self) -> AsyncGenerator[list[Message]]:
        """Records as they come, a few at a time."""
        self._consumer.subscribe(list(self._application.reads))
        try:
            while True:
                if found := await asyncio.to_thread(self._read):
                    yield found
        finally:
            self._consumer.close()

    def refused(self, message: Message, letters: DeadLetters) -> Draft:
        """Kafka makes no dead letters: a copy as Spring Kafka makes it."""
        group = self._application.group or ""
        return copied(message, letters, dead_letter_headers(message, group, letters))

    def _read(self) -> list[Message]:
        """Wait for one record, then take those that are there already."""
        first = self._consumer.poll(0.5)
        if first is None:
            return []
        return [
            Message(
                record.topic(), record.partition(), record.offset(), record.timestamp()[1], record.key(),
                record.value(), list(record.headers() or ()),
            )
            for record in (first, *self._consumer.consume(MOST_AT_ONCE, 0))
            if record.error() is None
        ]  # fmt: skip
