"""Plays a world with real clients on a real broker: what `observe` tells of, for an engine to find out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

from inspector.record import Headers
from tests.worlds.model import Group, Mode, Output, Program, World

BEAT_S = 0.25
PAST_RECORDS = 4


@dataclass
class _Actor:
    """A program with its clients."""

    program: Program
    consumers: list[list[Consumer]] = field(default_factory=list)
    """Of each group, one for each instance."""
    producers: list[Producer] = field(default_factory=list)
    turn: int = 0

    def close(self) -> None:
        for consumer in (each for group in self.consumers for each in group):
            consumer.close()
        for producer in self.producers:
            producer.flush(10)
        self.consumers, self.producers = [], []


class Stage:
    """A world on a broker, from `open` to `close`; it does nothing but when `act` is called."""

    def __init__(self, world: World, bootstrap: str) -> None:
        self._world = world
        self._common = {"bootstrap.servers": bootstrap}
        self._actors = [_Actor(program) for program in world.programs]
        self._originals: dict[str, list[Headers]] = {}
        self._events = 0

    def open(self) -> None:
        """Make the topics, let everybody write what lies in the past, and let go who is gone."""
        admin = AdminClient(self._common)
        for made in admin.create_topics([NewTopic(name, 1, 1) for name in self._world.topics]).values():
            made.result(30)
        deadline = time.monotonic() + 30
        while not self._led(admin) and time.monotonic() < deadline:
            time.sleep(0.1)
        for actor in self._actors:
            self._enter(actor)
        for _ in range(PAST_RECORDS):
            self._beat(past=True)
        for actor in self._actors:
            if actor.program.retired:
                actor.close()

    def _led(self, admin: AdminClient) -> bool:
        topics = admin.list_topics(timeout=10).topics
        return all(name in topics and topics[name].partitions[0].leader >= 0 for name in self._world.topics)

    def act(self, seconds: float) -> None:
        """Let everybody do its work for some time."""
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            self._beat(past=False)
            time.sleep(max(0.0, BEAT_S - (time.monotonic() - began)))

    def remembered(self) -> set[tuple[str, str]]:
        """The groups and topics of which the broker still holds a commit."""
        admin = AdminClient(self._common)
        found = set()
        for group in (each for program in self._world.programs for each in program.groups):
            asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group.name)])
            partitions = next(iter(asked.values())).result(30).topic_partitions
            found |= {(group.name, each.topic) for each in partitions if each.offset >= 0}
        return found

    def close(self) -> None:
        """End all clients."""
        for actor in self._actors:
            actor.close()

    # Clients

    def _enter(self, actor: _Actor) -> None:
        program = actor.program
        for group in program.groups:
            clients = group.clients or ["rdkafka"]
            actor.consumers.append([self._consumer(group, client) for client in clients])
        if not program.outputs and program.mode is not Mode.EXACTLY_ONCE:
            return
        for transactional_id in program.transactional_ids:
            producer = Producer({**self._common, "transactional.id": transactional_id})
            producer.init_transactions(60)
            actor.producers.append(producer)
        for _ in range(0 if actor.producers else max(1, len(program.producer_ids))):
            idempotent = program.mode is not Mode.PLAIN
            actor.producers.append(Producer({**self._common, "enable.idempotence": idempotent}))

    def _consumer(self, group: Group, client: str) -> Consumer:
        consumer = Consumer(
            {
                **self._common,
                "group.id": group.name,
                "client.id": client,
                "group.protocol": group.kind,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
            }
        )
        if group.commits_only:
            consumer.assign([TopicPartition(name, 0, 0) for name in group.topics])
        else:
            consumer.subscribe(group.topics)
        return consumer

    # Work

    def _beat(self, *, past: bool) -> None:
        for actor in self._actors:
            self._read(actor)
            if actor.producers and (past or not (actor.program.quiet or actor.program.retired)):
                self._write(actor)
        self._originals.clear()

    def _read(self, actor: _Actor) -> None:
        for group, consumers in zip(actor.program.groups, actor.consumers, strict=False):
            for consumer in consumers:
                messages = consumer.consume(20, 0)
                commits = actor.program.mode is not Mode.EXACTLY_ONCE
                if commits and any(each.error() is None for each in messages):
                    consumer.commit(asynchronous=True)
                elif group.commits_only and not actor.turn:
                    consumer.commit(
                        offsets=[TopicPartition(name, 0, 0) for name in group.topics], asynchronous=False
                    )

    def _write(self, actor: _Actor) -> None:
        number = actor.turn % len(actor.producers)
        producer, actor.turn = actor.producers[number], actor.turn + 1
        in_transaction = bool(actor.program.transactional_ids)
        if in_transaction:
            producer.begin_transaction()
        for output in actor.program.outputs:
            for headers in self._headers(actor, output):
                producer.produce(output.topic, b"{}", b"k", headers=list(headers))
        if in_transaction:
            if actor.program.mode is Mode.EXACTLY_ONCE:
                self._send_offsets(actor, producer, number)
            producer.commit_transaction(30)
        producer.poll(0)

    def _send_offsets(self, actor: _Actor, producer: Producer, number: int) -> None:
        for consumers in actor.consumers:
            consumer = consumers[number % len(consumers)]
            read = [each for each in consumer.position(consumer.assignment()) if each.offset >= 0]
            if read:
                try:
                    producer.send_offsets_to_transaction(read, consumer.consumer_group_metadata(), 30)
                except KafkaException as error:
                    # A group that is being shared out anew takes no commits; the next ones will be.
                    if not error.args[0].txn_requires_abort():
                        raise
                    producer.abort_transaction(30)
                    producer.begin_transaction()

    def _headers(self, actor: _Actor, output: Output) -> list[Headers]:
        if output.copies is not None:
            return self._originals.get(output.copies, [])
        headers = output.sources[actor.turn % len(output.sources)] if output.sources else output.headers
        self._events += 1
        if output.numbered:
            headers = (*headers, ("ce_id", b"%d" % self._events))
        if output.dead_letters is not None:
            headers = (*headers, ("kafka_dlt-original-offset", self._events.to_bytes(8, "big")))
        self._originals.setdefault(output.topic, []).append(headers)
        return [headers]
