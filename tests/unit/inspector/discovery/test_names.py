from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Alias, ApplicationKind
from inspector.discovery.names import kind, shown, stem

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("alias_kind", "value", "expected"),
    [
        ("group", "billing", "billing"),
        ("group", "billing-consumer-group", "billing"),
        ("group", "Billing_Consumer", "billing"),
        ("group", "billing.cg", "billing"),
        ("client-id", "billing-consumer-1", "billing"),
        ("client-id", "consumer-billing-3", "billing"),
        ("client-id", "consumer-billing-cg-3", "billing"),
        ("client-id", "producer-billing-tx-0", "billing"),
        ("client-id", f"billing-{UUID}-StreamThread-1-consumer", "billing"),
        ("client-id", f"billing-{UUID}", "billing"),
        ("client-id", "billing-7d4b9c6f5d-x2k9p", "billing"),
        ("client-id", "billing@host-17", "billing"),
        ("client-id", "com.acme.orders.OrderListener#0-0-consumer-1", "order"),
        ("transactional-id", "billing-tx-0", "billing"),
        ("transactional-id", "billing-txn", "billing"),
        ("transactional-id", f"billing-{UUID}-2", "billing"),
        ("source", "/billing", "billing"),
        ("source", "BillingService", "billing-service"),
        ("source", "urn:acme:billing", "acme-billing"),
        ("source", "/shop/billing", "shop-billing"),
        ("source", "https://eu.acme.com/billing", "eu-acme-com-billing"),
        ("source", "rabbitmq://host/vhost/billing", "billing"),
        ("source", "rabbitmq://host/MYPC_Billing_bus_k3xyyy1?temporary=true", "billing"),
        ("client-id", "connector-producer-orders-sink-0", "connect-orders-sink"),
        ("group", "connect-orders-sink", "connect-orders-sink"),
    ],
)
def test_names_of_one_application_share_a_stem(alias_kind: str, value: str, expected: str) -> None:
    assert stem(Alias(alias_kind, value)) == expected


@pytest.mark.parametrize(
    "value",
    [
        "producer-1",
        "consumer-12",
        "rdkafka",
        "sarama",
        "aiokafka-0.14.0",
        "console-consumer-5421",
        "kafka-python-2.0.2",
        "consumer",
        "gen4711@host",
        UUID,
        "42",
        "",
    ],
)
def test_names_of_libraries_tell_nothing(value: str) -> None:
    assert stem(Alias("client-id", value)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("billing", "billing-v2"),
        ("billing-eu", "billing-us"),
        ("billing-us-east-1", "billing-us-east-2"),
        ("orders", "orders-svc"),
        ("orders", "order-history"),
        ("tenant-a/billing", "tenant-b/billing"),
        ("billing-blue", "billing-green"),
    ],
)
def test_what_tells_deployments_apart_is_kept(one: str, other: str) -> None:
    assert stem(Alias("source", one)) != stem(Alias("source", other))


def test_frameworks_give_themselves_away() -> None:
    assert kind(Alias("client-id", f"a-{UUID}-StreamThread-1-consumer")) is ApplicationKind.STREAM_PROCESSOR
    assert kind(Alias("group", "connect-sink")) is ApplicationKind.CONNECTOR
    assert kind(Alias("source", "debezium/shop")) is ApplicationKind.CONNECTOR
    assert kind(Alias("group", "billing")) is None


def test_a_source_is_shown_without_its_slash() -> None:
    assert shown(Alias("source", "/billing")) == "billing"


@given(st.sampled_from(["group", "client-id", "source", "transactional-id"]), st.text(max_size=60))
def test_a_stem_is_its_own_stem(alias_kind: str, value: str) -> None:
    first = stem(Alias(alias_kind, value))
    assert first is None or first
    if first is not None and not first.startswith("connect-"):
        assert stem(Alias("group", first)) in (first, None)
