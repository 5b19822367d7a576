"""Kafka to capture file: records/s and CPU s per million, the whole path, beside clients that store nothing.

1,000,000 records of about 540 bytes with a key and 4 headers in 8 partitions (asked: at least 1.0 x what
confluent-kafka reads with its fields read, and at most 6 CPU s per million; of batch headers 5 x)."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from inspector.demo.broker import KafkaBroker

RECORDS, PARTITIONS, ROUNDS = 1_000_000, 8, 3
TOPIC = "events"
UNBOUNDED = {"log.retention.bytes": "-1", "log.segment.bytes": "268435456"}
_WORDS = ("leave it at the door", "call before you come", "no hurry", "a gift", "second floor")


def event(random: random.Random) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of one order: ids are random, the rest is what such events say."""
    order = str(uuid.UUID(int=random.getrandbits(128)))
    value = {
        "order": order,
        "customer": f"c-{random.randrange(100_000)}",
        "total": round(random.random() * 1_000, 2),
        "currency": "EUR",
        "items": [
            {"sku": f"sku-{random.randrange(5_000)}", "count": random.randrange(1, 9)}
            for _ in range(random.randrange(6, 11))
        ],
        "state": random.choice(("created", "paid", "shipped")),
        "note": random.choice(_WORDS),
    }
    headers = [
        ("ce_id", str(uuid.UUID(int=random.getrandbits(128))).encode()),
        ("ce_type", random.choice((b"shop.OrderCreated", b"shop.OrderPaid", b"shop.OrderShipped"))),
        ("ce_source", random.choice((b"/checkout", b"/billing"))),
        ("traceparent", f"00-{random.getrandbits(128):032x}-{random.getrandbits(64):016x}-01".encode()),
    ]
    return order[:13].encode(), orjson.dumps(value), headers


def fill(bootstrap: str, topic: str, count: int, codec: str = "none") -> float:
    """Write events to a new topic; the bytes of one, on the average."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(topic, PARTITIONS, 1)]).values():
        future.result(20)
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 50,
            "batch.size": 40_000,
            "enable.idempotence": True,
            "compression.type": codec,
            "queue.buffering.max.messages": 500_000,
        }
    )
    made = [event(random.Random(number)) for number in range(20_000)]
    size = sum(
        len(key) + len(value) + sum(len(name) + len(said) for name, said in headers)
        for key, value, headers in made
    )
    ids = random.Random(1)
    for number in range(count):
        key, value, headers = made[number % len(made)]
        fresh = [("ce_id", b"%032x" % ids.getrandbits(128)), *headers[1:]]
        while True:
            try:
                producer.produce(topic, value, key, partition=number % PARTITIONS, headers=fresh)
                break
            except BufferError:
                producer.poll(0.1)
    if producer.flush(120):
        raise RuntimeError("the broker does not take the events")
    return size / len(made)


def probe(kind: str, bootstrap: str, folder: Path, count: int = RECORDS) -> dict[str, Any]:
    """One reader in a process of its own: wall and CPU seconds, and what it wrote."""
    file = folder / f"{uuid.uuid4().hex}.evs"
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.ingest_probe", kind, bootstrap, TOPIC, str(count), str(file)],
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    found["bytes"] = file.stat().st_size if file.exists() else 0
    file.unlink(missing_ok=True)
    return found


def run() -> Iterator[str]:
    """Fill a broker once, and let every reader read it several times, in turn."""
    kinds = ["capture", "headers", "confluent", "aiokafka", *(["kcat"] if shutil.which("kcat") else [])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = KafkaBroker(folder, properties=UNBOUNDED).start()
        try:
            began = time.monotonic()
            size = fill(broker.bootstrap, TOPIC, RECORDS)
            yield f"{RECORDS:,} records of {size:.0f} bytes written in {time.monotonic() - began:.0f} s"
            best: dict[str, dict[str, float]] = {}
            for _ in range(ROUNDS):
                for kind in kinds:
                    found = probe(kind, broker.bootstrap, folder)
                    kept = best.setdefault(kind, found)
                    for figure in ("wall_s", "cpu_s"):
                        kept[figure] = min(kept[figure], found[figure])
        finally:
            broker.stop()
    usual = best["confluent"]["wall_s"]
    for kind, found in best.items():
        line = (
            f"{kind:<10} {RECORDS / found['wall_s']:>10,.0f} records/s "
            f" {usual / found['wall_s']:5.2f} x confluent"
            f"  {found['cpu_s'] * 1e6 / RECORDS:5.2f} CPU s per million"
        )
        if kind == "capture":
            line += f"  {found['bytes'] / RECORDS / size:.2f} x the raw bytes, {found['rows']:,.0f} rows"
        yield line
    if "kcat" not in best:
        yield "kcat is not installed here"
