"""An application of FastStream, as its documentation writes one.

Celery has no transport for Kafka that is meant for production (kombu's `confluentkafka` is experimental), so
that there is no such program to prove anything on; records with its headers are in the unit tests.
"""

from __future__ import annotations

import sys

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from graph.model import ApplicationKind, DependencyGraph
from tests.programs import Program, Watching, said

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

APPLICATION = """
import asyncio
from faststream import FastStream
from faststream.kafka import KafkaBroker

broker = KafkaBroker("{bootstrap}", client_id="invoicing")

@broker.subscriber("fast-orders", group_id="invoicing", auto_offset_reset="earliest")
@broker.publisher("fast-invoices")
async def invoice(body: str) -> dict[str, str]:
    return {{"invoice": body}}

asyncio.run(FastStream(broker).run())
"""


async def test_a_subscriber_is_named_and_its_results_have_a_sender(kafka: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka})
    for future in admin.create_topics(
        [NewTopic(f"fast-{name}", 1, 1) for name in ("orders", "invoices")]
    ).values():
        future.result(20)
    producer = Producer({"bootstrap.servers": kafka})
    files = {"invoicing.py": APPLICATION.format(bootstrap=kafka)}
    with Program(sys.executable, "invoicing.py", files=files):
        async with Watching([f"kafka://{kafka}"]) as watching:

            def found(graph: DependencyGraph) -> bool:
                producer.produce("fast-orders", b"order")
                producer.flush(20)
                # aiokafka's producers have no producer id and FastStream's headers no name: only that
                # somebody writes can be known.
                return said(graph, prefix="fast-") == {
                    ("?", "send", "fast-orders"),
                    ("invoicing", "receive", "fast-orders"),
                    ("?", "send", "fast-invoices"),
                }

            graph = await watching.until(found)
    (application,) = [each for each in graph.applications.values() if each.name == "invoicing"]
    assert application.kind is ApplicationKind.SERVICE
