"""A crowded cluster, and traffic on it: `python -m tests.bench.crowd BOOTSTRAP RECORDS_PER_S SECONDS`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

TOPICS, PARTITIONS, GROUPS = 1_000, 6, 500
SENDERS = ("checkout", "billing-engine", "stock-keeper", "courier-desk")
BUSY = 100
"""Topics that the traffic goes to."""


def topic(number: int) -> str:
    """The name of one of the topics."""
    return f"area-{number % 20:02}.events-{number:04}"


def fill(bootstrap: str) -> Iterator[str]:
    """Make topics, producers that have written to every partition, and groups that have committed."""
    began = time.perf_counter()
    admin = AdminClient({"bootstrap.servers": bootstrap})
    names = [topic(number) for number in range(TOPICS)]
    for start in range(0, TOPICS, 100):
        made = admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names[start : start + 100]])
        for done in made.values():
            done.result(60)
    _led(admin)
    for name in SENDERS:
        producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 50})
        source = [("ce_source", f"/{name}".encode()), ("ce_id", b"1"), ("ce_type", b"made")]
        for each in names:
            for partition in range(PARTITIONS):
                producer.produce(each, b"{}", partition=partition, headers=source, on_delivery=_delivered)
            producer.poll(0)
        assert producer.flush(120) == 0
    commits = [
        ConsumerGroupTopicPartitions(
            f"reader-{number:03}",
            [
                TopicPartition(topic(2 * number + each), partition, 1)
                for each in (0, 1)
                for partition in range(PARTITIONS)
            ],
        )
        for number in range(GROUPS)
    ]
    for group in commits:
        _commit(admin, group)
    yield (
        f"{TOPICS:,} topics x {PARTITIONS} partitions, {GROUPS} groups, "
        f"{len(SENDERS) * TOPICS * PARTITIONS:,} producer entries in {time.perf_counter() - began:.0f} s"
    )


def _led(admin: AdminClient) -> None:
    """Topics are known some time before all of their partitions have a leader."""
    for _ in range(300):
        topics = admin.list_topics(timeout=60).topics
        leaders = [each.leader for one in topics.values() for each in one.partitions.values()]
        if len(leaders) >= TOPICS * PARTITIONS and min(leaders) >= 0:
            return
        time.sleep(0.2)
    raise TimeoutError("some partitions have no leader")


def _delivered(error: KafkaError | None, _message: Message) -> None:
    if error is not None:
        raise KafkaException(error)


def _commit(admin: AdminClient, group: ConsumerGroupTopicPartitions) -> None:
    """A coordinator that still loads its groups refuses; it is asked again."""
    for _ in range(100):
        done = next(iter(admin.alter_consumer_group_offsets([group]).values())).result(60)
        if all(each.error is None for each in done.topic_partitions):
            return
        time.sleep(0.2)
    raise TimeoutError(f"{group.group_id} cannot commit")


def main() -> None:
    """Send so many records a second for so long, 100 bytes each."""
    bootstrap, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 50, "queue.buffering.max.messages": 500_000}
    )
    value, began, sent = b"x" * 100, time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        while sent < now * rate:
            producer.produce(topic(sent // 20 % BUSY), value)
            sent += 1
            if sent % 2_000 == 0:
                producer.poll(0)
        producer.poll(0.01)
    producer.flush(10)


if __name__ == "__main__":
    main()
