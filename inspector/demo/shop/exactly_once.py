"""An application that reads, writes and commits in one transaction (Kafka's consume-transform-produce)."""

from __future__ import annotations

import asyncio

from inspector.demo.shop.message import Draft, Message
from inspector.demo.shop.program import Desk
from inspector.demo.shop.scenario import Application
from inspector.demo.shop.through_aiokafka import make_consumer, make_producer, message_of

LONGEST_WAIT_MS = 500


class ExactlyOnce:
    """One running instance of a transactional application."""

    def __init__(self, application: Application, instance: int, bootstrap: str, desk: Desk) -> None:
        assert application.group is not None
        self._application = application
        self._group = application.group
        self._desk = desk
        self._producer = make_producer(application, instance, bootstrap)
        self._consumer = make_consumer(
            application, instance, bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        )

    async def run(self) -> None:
        """Work until something fails; the caller decides about a new start."""
        try:
            await self._producer.start()
            await self._consumer.start()
            while True:
                found = await self._consumer.getmany(timeout_ms=LONGEST_WAIT_MS)
                if not found:
                    continue
                await asyncio.sleep(self._longest_delay_s())
                async with self._producer.transaction():
                    for draft in self._answers(
                        [message_of(r) for records in found.values() for r in records]
                    ):
                        await self._producer.send(draft.topic, draft.value, draft.key, headers=draft.headers)
                    await self._producer.send_offsets_to_transaction(
                        {partition: records[-1].offset + 1 for partition, records in found.items()},
                        self._group,
                    )
        finally:
            await self._consumer.stop()
            await self._producer.stop()

    def _longest_delay_s(self) -> float:
        return max(self._desk.delay_s(reaction) for reaction in self._application.reactions)

    def _answers(self, messages: list[Message]) -> list[Draft]:
        return [
            make()
            for message in messages
            for reaction in self._application.reactions
            if reaction.on == message.topic
            for make in self._desk.answers(reaction, message)
        ]
