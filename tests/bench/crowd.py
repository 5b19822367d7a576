"""A crowded cluster, and traffic on it: `python -m tests.bench.crowd BOOTSTRAP RECORDS_PER_S SECONDS`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from confluent_kafka import ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

TOPICS, PARTITIONS, GROUPS, PRODUCERS = 1_000, 6, 500, 4
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
    for number in range(PRODUCERS):
        producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 50})
        source = [("ce_source", f"/service-{number}".encode()), ("ce_id", b"1"), ("ce_type", b"made")]
        for name in names:
            for partition in range(PARTITIONS):
                producer.produce(name, b"{}", partition=partition, headers=source)
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
        for done in admin.alter_consumer_group_offsets([group]).values():
            done.result(60)
    yield (
        f"{TOPICS:,} topics x {PARTITIONS} partitions, {GROUPS} groups, "
        f"{PRODUCERS * TOPICS * PARTITIONS:,} producer entries in {time.perf_counter() - began:.0f} s"
    )


def main() -> None:
    """Send so many records a second for so long, 100 bytes each."""
    bootstrap, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "queue.buffering.max.messages": 500_000})
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
