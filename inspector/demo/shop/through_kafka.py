"""Kafka, with the client library that each application is written with."""

from __future__ import annotations

import time
from concurrent.futures import Future

from aiokafka.errors import KafkaError as AioError
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from inspector.connection import Connection
from inspector.demo.shop.scenario import Application, Library, Scenario
from inspector.demo.shop.through_aiokafka import AioReceiver, AioSender
from inspector.demo.shop.through_confluent import ConfluentReceiver, ConfluentSender
from inspector.demo.shop.transport import Receiver, Sender, Transport
from inspector.errors import DemoError

TOPICS_LIMIT_S = 30.0


class KafkaTransport(Transport):
    """One Kafka."""

    failures = (AioError, KafkaException, OSError)

    def __init__(self, bootstrap: str, scenario: Scenario) -> None:
        self.bootstrap = bootstrap
        self._topics = scenario.topics

    async def prepare(self) -> None:
        """Make the topics that are not there yet."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "client.id": "shop-setup", "log_level": 0})
        made: dict[str, Future[None]] = admin.create_topics(
            [
                NewTopic(name, topic.partitions, 1, config=topic.properties)
                for name, topic in self._topics.items()
            ],
            operation_timeout=TOPICS_LIMIT_S,
        )
        limit = time.monotonic() + TOPICS_LIMIT_S
        for name, done in made.items():
            try:
                done.result(max(limit - time.monotonic(), 0.1))
            except (KafkaException, TimeoutError) as failure:
                code = failure.args[0].code() if isinstance(failure, KafkaException) else None
                if code != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise DemoError(f"The demo's topic {name} could not be made: {failure}") from failure

    def sender(self, application: Application, instance: int) -> Sender:
        """Not yet connected."""
        confluent = application.library is Library.CONFLUENT
        return (ConfluentSender if confluent else AioSender)(application, instance, self.bootstrap)

    def receiver(self, application: Application, instance: int) -> Receiver:
        """Not yet connected."""
        confluent = application.library is Library.CONFLUENT
        return (ConfluentReceiver if confluent else AioReceiver)(application, instance, self.bootstrap)


def connected(connection: Connection, scenario: Scenario) -> KafkaTransport:
    """The transport to a cluster."""
    return KafkaTransport(",".join(connection.bootstrap), scenario)
