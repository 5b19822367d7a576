"""Writes events of about 540 bytes to a topic at a rate until its input ends: BOOTSTRAP TOPIC RATE."""

from __future__ import annotations

import os
import random
import select
import sys
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from tests.bench.ingest import PARTITIONS, event

TICK_S = 0.02


def main() -> None:
    """Write; says a line once the topic is there."""
    # Elsewhere in truth: here it gives way to those who are measured.
    os.nice(15)
    bootstrap, topic, rate = sys.argv[1], sys.argv[2], int(sys.argv[3])
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(topic, PARTITIONS, 1)]).values():
        future.result(20)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "batch.size": 200_000})
    made = [event(random.Random(number)) for number in range(5_000)]
    sent, began = 0, time.monotonic()
    while not select.select([sys.stdin], [], [], TICK_S)[0]:
        due = int((time.monotonic() - began) * rate)
        for number in range(sent, due):
            key, value, headers = made[number % len(made)]
            try:
                producer.produce(topic, value, key, partition=number % PARTITIONS, headers=headers)
            except BufferError:
                producer.poll(0.05)
        sent = due
        producer.poll(0)
    producer.flush(10)


main()
