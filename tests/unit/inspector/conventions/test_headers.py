"""Each family of headers as its documentation or its source writes it, and the facts that follow."""

from __future__ import annotations

import base64
import struct

import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.conventions.headers import FIELDS, field
from inspector.record import Headers, Position, Record
from inspector.traits import Traits, read

CHANNEL = ChannelId(ServerId("kafka", "broker:9092"), ChannelKind.TOPIC, "orders")
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01".encode()
ID = "3f1a0c8e-0c1b-4c52-9f56-8b7d3a1e5a01"
CAUSE = "9b0d5a7e-6a1d-4d8b-8f0a-1c2b3d4e5f60"


def traits(*headers: tuple[str, bytes | None], value: bytes | None = b"x") -> Traits:
    return read(Record(CHANNEL, Position(0, 0), 1, None, value, headers))


def source(name: str) -> Alias:
    return Alias("source", name)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CASES: dict[str, tuple[Headers, Traits]] = {
    **{
        f"CloudEvents binary, {prefix}": (
            (
                (f"{prefix}specversion", b"1.0"),
                (f"{prefix}source", b"/billing"),
                (f"{prefix}type", b"InvoiceSent"),
                (f"{prefix}id", b"e7"),
                (f"{prefix}causationid", b"e6"),
                (f"{prefix}correlationid", b"c1"),
                ("traceparent", PARENT),
            ),
            Traits(source("/billing"), "InvoiceSent", "e7", "e6", "c1", convention="cloudevents"),
        )
        for prefix in ("ce_", "ce-", "cloudEvents:", "cloudEvents_", "CE_")
    },
    "W3C trace context": (
        (("traceparent", PARENT), ("tracestate", b"congo=t61rcWkgMzE")),
        Traits(flow_id=TRACE, convention="w3c"),
    ),
    "W3C baggage with a service": (
        (("traceparent", PARENT), ("baggage", b"userId=al%C3%AD, service.name=web%20shop;p=1,k=v")),
        Traits(flow_id=TRACE, convention="w3c", hint="web shop"),
    ),
    "CloudEvents' distributed tracing extension": (
        (("ce_traceparent", PARENT),),
        Traits(flow_id=TRACE, convention="w3c"),
    ),
    "B3, one header": (
        (("b3", f"{TRACE}-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90".encode()),),
        Traits(flow_id=TRACE, convention="b3"),
    ),
    "B3, several headers": (
        (("X-B3-TraceId", TRACE.upper().encode()), ("X-B3-SpanId", b"e457b5a2e4d86bd1")),
        Traits(flow_id=TRACE, convention="b3"),
    ),
    "B3, 64 bits": (
        (("b3", b"463ac35c9f6413ad-a2fb4a1d1a96d312-1"),),
        Traits(flow_id="463ac35c9f6413ad", convention="b3"),
    ),
    "Jaeger": (
        (("uber-trace-id", b"5afac3f64ec9c0c%3A1a2b3c4d5e6f7081%3A0%3A1"),),
        Traits(flow_id="05afac3f64ec9c0c", convention="jaeger"),
    ),
    "Datadog trace": (
        (("x-datadog-trace-id", b"1234567890123456789"), ("x-datadog-parent-id", b"42")),
        Traits(flow_id="1234567890123456789", convention="datadog"),
    ),
    "Datadog pathway: a hash and two times, of which nothing follows": (
        (
            (
                "dd-pathway-ctx-base64",
                base64.b64encode(struct.pack("<Q", 77) + b"\xd0\x8c\xe6\x9e\xd4\x62\xd0\x8c"),
            ),
        ),
        Traits(),
    ),
    "SkyWalking": (
        (
            (
                "sw8",
                f"1-{b64('t.1.2')}-{b64('s.1')}-3-{b64('shop::billing')}-{b64('pod-1')}-"
                f"{b64('/pay')}-{b64('kafka:9092')}".encode(),
            ),
        ),
        Traits(source("billing"), flow_id="t.1.2", convention="skywalking"),
    ),
    "NServiceBus": (
        (
            ("NServiceBus.MessageId", b"m2"),
            ("NServiceBus.RelatedTo", b"m1"),
            ("NServiceBus.ConversationId", b"c"),
            ("NServiceBus.CorrelationId", b"m0"),
            ("NServiceBus.OriginatingEndpoint", b"Sales"),
            ("NServiceBus.OriginatingMachine", b"WEB-1"),
            (
                "NServiceBus.EnclosedMessageTypes",
                b"Sales.OrderPlaced, Sales.Messages, Version=1.0;Sales.IEvent",
            ),
        ),
        Traits(source("Sales"), "Sales.OrderPlaced", "m2", "m1", "c", convention="nservicebus"),
    ),
    "NServiceBus, on an error or audit queue": (
        (
            ("NServiceBus.MessageId", b"m2"),
            ("NServiceBus.OriginatingEndpoint", b"Sales"),
            ("NServiceBus.ProcessingEndpoint", b"Billing"),
        ),
        Traits(source("Billing"), event_id="m2", convention="nservicebus"),
    ),
    "MassTransit": (
        (
            ("MT-Source-Address", b"rabbitmq://host/billing"),
            ("CorrelationId", b"own"),
            ("MT-InitiatorId", b"parents"),
            ("ConversationId", b"c"),
            ("MessageId", b"m"),
            ("MT-MessageType", b"urn:message:Billing:InvoiceSent;urn:message:Sent"),
        ),
        Traits(
            source("rabbitmq://host/billing"),
            "Billing:InvoiceSent",
            "own",
            "parents",
            "c",
            convention="masstransit",
        ),
    ),
    "MassTransit over Kafka: the address of the bus names nobody, the host does": (
        (
            ("MessageId", b"m"),
            ("MT-Source-Address", b"loopback://localhost/"),
            (
                "MT-Host-Info",
                b'{"machineName":"WEB-1","processName":"dotnet","processId":7,"assembly":"Billing"}',
            ),
        ),
        Traits(source("Billing"), event_id="m", convention="masstransit"),
    ),
    "MassTransit, every part of the host in a header": (
        (
            ("MT-Host-ProcessName", b"dotnet"),
            ("MT-Host-Assembly", b"Billing.Api"),
            ("MT-InitiatorId", b"parents"),
        ),
        Traits(source("Billing.Api"), parent_id="parents", convention="masstransit"),
    ),
    "MassTransit, nothing but dotnet": (
        (("MT-Source-Address", b"loopback://localhost/"), ("MT-Host-ProcessName", b"dotnet")),
        Traits(convention="masstransit"),
    ),
    "Rebus, first message": (
        (
            ("rbs2-msg-id", b"m1"),
            ("rbs2-corr-id", b"m1"),
            ("rbs2-corr-seq", b"0"),
            ("rbs2-sender-address", b"shop"),
            ("rbs2-msg-type", b"Shop.Placed, Shop.Messages"),
        ),
        Traits(source("shop"), "Shop.Placed", "m1", None, "m1", convention="rebus", step=0),
    ),
    "Rebus, sent by the handler of the first": (
        (
            ("rbs2-msg-id", b"m2"),
            ("rbs2-corr-id", b"m1"),
            ("rbs2-corr-seq", b"1"),
            ("rbs2-return-address", b"billing"),
        ),
        Traits(source("billing"), None, "m2", "m1", "m1", convention="rebus", step=1),
    ),
    "Rebus, further on": (
        (
            ("rbs2-msg-id", b"m5"),
            ("rbs2-corr-id", b"m1"),
            ("rbs2-corr-seq", b"4"),
            ("rbs2-in-reply-to", b"m4"),
        ),
        Traits(None, None, "m5", "m4", "m1", convention="rebus", step=4),
    ),
    "Rebus, on an error queue": (
        (("rbs2-msg-id", b"m2"), ("rbs2-sender-address", b"shop"), ("rbs2-source-queue", b"billing")),
        Traits(source("billing"), event_id="m2", convention="rebus"),
    ),
    "Axon 4: correlationId is the parent": (
        (
            ("axon-message-id", b"m2"),
            ("axon-message-type", b"com.acme.Placed"),
            ("axon-metadata-correlationId", b"m1"),
            ("axon-metadata-traceId", b"root"),
        ),
        Traits(None, "com.acme.Placed", "m2", "m1", "root", convention="axon"),
    ),
    "Axon 5: correlationId is the root": (
        (
            ("axon-message-id", b"m2"),
            ("axon-metadata-causationId", b"m1"),
            ("axon-metadata-correlationId", b"root"),
        ),
        Traits(None, None, "m2", "m1", "root", convention="axon"),
    ),
    "Axon, a correlationId alone is neither": (
        (("axon-message-id", b"m2"), ("axon-metadata-correlationId", b"order-7")),
        Traits(None, None, "m2", None, "order-7", convention="axon"),
    ),
    "Celery, protocol 2": (
        (
            ("lang", b"py"),
            ("task", b"shop.pay"),
            ("id", b"t2"),
            ("root_id", b"t0"),
            ("parent_id", b"t1"),
            ("origin", b"gen13025@vm"),
        ),
        Traits(None, "shop.pay", "t2", "t1", "t0", convention="celery"),
    ),
    "Celery in a pod": (
        (
            ("task", b"shop.pay"),
            ("id", b"t2"),
            ("root_id", b"t0"),
            ("origin", b"gen1@billing-7d9f8b6c5d-x2v4z"),
        ),
        Traits(source("billing"), "shop.pay", "t2", None, "t0", convention="celery"),
    ),
    "Spring Kafka request": (
        (("kafka_correlationId", bytes(range(16))), ("kafka_replyTopic", b"replies")),
        Traits(flow_id=bytes(range(16)).hex(), convention="spring-request", reply_to="replies"),
    ),
    "Spring Kafka type": (
        (("__TypeId__", b"com.acme.Placed"),),
        Traits(type="com.acme.Placed", convention="spring"),
    ),
    "Spring Kafka dead letter": (
        (
            ("ce_source", b"/shop"),
            ("ce_id", b"e1"),
            ("kafka_dlt-original-topic", b"orders"),
            ("kafka_dlt-original-partition", (3).to_bytes(4, "big")),
            ("kafka_dlt-original-offset", (70_000).to_bytes(8, "big")),
            ("kafka_dlt-original-consumer-group", b"billing"),
        ),
        Traits(Alias("group", "billing"), event_id="e1", origin="orders/3/70000", convention="dead-letter"),
    ),
    "Spring Kafka retry topic": (
        (
            ("kafka_original-topic", b"orders"),
            ("kafka_original-partition", b"\x00\x00\x00\x00"),
            ("kafka_original-offset", (12).to_bytes(8, "big")),
            ("kafka_original-consumer-group", b"billing"),
            ("retry_topic-attempts", (2).to_bytes(4, "big")),
        ),
        Traits(Alias("group", "billing"), origin="orders/0/12", convention="dead-letter", attempt=2),
    ),
    "Spring Cloud Stream dead letter": (
        (
            ("x-original-topic", b"orders"),
            ("x-original-partition", (1).to_bytes(4, "big")),
            ("x-original-offset", (9).to_bytes(8, "big")),
            ("x-exception-message", b"boom"),
        ),
        Traits(origin="orders/1/9", convention="dead-letter"),
    ),
    "Kafka Connect errors": (
        (
            ("__connect.errors.topic", b"orders"),
            ("__connect.errors.partition", b"0"),
            ("__connect.errors.offset", b"1234"),
            ("__connect.errors.connector.name", b"warehouse-sink"),
            ("__connect.errors.task.id", b"0"),
        ),
        Traits(Alias("group", "connect-warehouse-sink"), origin="orders/0/1234", convention="connect-errors"),
    ),
    "Debezium, and its outbox router": (
        (
            ("id", ID.encode()),
            ("eventType", b"OrderPlaced"),
            ("__debezium.context.connectorLogicalName", b"shop-db"),
            ("__debezium.context.taskId", b"0"),
            ("__debezium.context.connectorName", b"postgresql"),
        ),
        Traits(source("debezium/shop-db"), "OrderPlaced", ID, convention="debezium"),
    ),
    "a bare id that is no UUID may be an entity's": ((("id", b"4711"),), Traits(convention="headers")),
    "FastStream": (
        (("content-type", b"application/json"), ("correlation_id", ID.encode())),
        Traits(flow_id=ID, convention="headers"),
    ),
    "Wolverine, sent by a handler": (
        (
            ("id", ID.encode()),
            ("source", b"Billing"),
            ("conversation-id", CAUSE.encode()),
            ("correlation-id", b"work-1"),
            ("parent-id", PARENT),
            ("message-type", b"Billing.InvoiceSent"),
        ),
        Traits(source("Billing"), "Billing.InvoiceSent", ID, CAUSE, "work-1", convention="wolverine"),
    ),
    "Wolverine, first message": (
        (("id", ID.encode()), ("source", b"Shop"), ("conversation-id", ID.encode()), ("parent-id", PARENT)),
        Traits(source("Shop"), None, ID, None, TRACE, convention="wolverine"),
    ),
    "CloudEvents over MQTT": (
        (("specversion", b"1.0"), ("id", b"4711"), ("source", b"/gateway"), ("type", b"Measured")),
        Traits(source("/gateway"), "Measured", "4711", convention="cloudevents"),
    ),
    "a bare source may be anything's": (
        (("source", b"Billing"),),
        Traits(convention="headers", hint="Billing"),
    ),
    "EventStoreDB": (
        (("$correlationId", b"c-1"), ("$causationId", b"e-1")),
        Traits(parent_id="e-1", flow_id="c-1", convention="headers"),
    ),
    "Symfony Messenger": (
        (
            ("type", b"App\\Message\\OrderPlaced"),
            ("Content-Type", b"application/json"),
            (
                "X-Message-Stamp-Symfony\\Component\\Messenger\\Stamp\\BusNameStamp",
                b'[{"busName":"default"}]',
            ),
        ),
        Traits(type="App\\Message\\OrderPlaced", convention="headers"),
    ),
    "Azure": ((("Diagnostic-Id", PARENT),), Traits(flow_id=TRACE, convention="w3c")),
    "OpenTelemetry resource names as headers": (
        (("service.name", b"billing"), ("traceparent", PARENT)),
        Traits(source("billing"), flow_id=TRACE, convention="headers"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_family(name: str) -> None:
    headers, expected = CASES[name]
    assert traits(*headers) == expected


@pytest.mark.parametrize("name", CASES)
def test_no_family_depends_on_the_order_of_its_headers_or_on_strange_ones_beside(name: str) -> None:
    headers, expected = CASES[name]
    assert traits(*reversed(headers), ("x-own", b"1")) == expected


def test_a_name_is_found_in_any_case() -> None:
    for name, known in FIELDS.items():
        assert field(name) == field(name.upper()) == known
    assert field("x-own") is None
