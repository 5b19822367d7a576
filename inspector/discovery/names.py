"""From a name that a client chose to the stem that all names of its application share.

What is stripped tells instances and roles apart; what tells deployments apart (`-v2`, a region, a tenant)
is kept, because a wrong merge is worse than two nodes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from graph.model import Alias, ApplicationKind

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
# Kafka Streams: ClientUtils and StreamsProducer; Connect: Worker and SinkUtils; defaults: ProducerConfig
# and ConsumerConfig of Apache Kafka.
# A Streams application that was given a client id puts no UUID before the number of the thread.
_STREAMS = re.compile(
    rf"(?P<app>.+?)(?:-{_UUID}-(?:admin|global-consumer|GlobalStreamThread.*|StateUpdater.*|\d+)"
    rf"|(?:-{_UUID})?-StreamThread-\d+(?:-.*)?)"
)
_CONNECT_CLIENT = re.compile(r"connector-(?:dlq-producer|producer|consumer)-(?P<app>.+?)(?:-\d+)?")
_JAVA_CLIENT = re.compile(r"(?:consumer-(?P<group>.*\D.*)-\d+|producer-(?P<transaction>.*\D.*))")
_MASSTRANSIT_BUS = re.compile(r"[^_]+_(?P<app>.+)_bus_[a-z0-9]+", re.IGNORECASE)
_NO_IDENTITY = re.compile(
    r"(?:rdkafka|sarama|kafkajs|kafka|kgo|franz-go|(?:aiokafka|kafka-python|confluent-kafka|segmentio)\b.*"
    r"|console-(?:consumer|producer)\b.*|(?:consumer|producer)-perf\b.*"
    r"|(?:gen|worker|(?:kafka-)?(?:producer|consumer|client|admin|adminclient))(?:-?\d+)*)",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\s_./:\\-]+")
_STRIPPED = re.compile(
    rf"-?{_UUID}$"
    # A Kubernetes pod: the hash of its replica set and five characters of its own.
    r"|-(?=[a-z]*\d)[a-z0-9]{8,10}-[a-z0-9]{5}$"
    r"|-(?:producer|consumer|publisher|subscriber|listener|worker|client|group|cg|tx|txn|transaction)$"
    r"|(?<!east)(?<!west)(?<!north)(?<!south)(?<!central)-\d+$"
)
_LEADING_ROLE = re.compile(r"^(?:producer|consumer)-(?=.)")

_GENERIC = (
    "admin api app application backend batch client consumer data default demo dev event events gateway "
    "group kafka listener local main message messages microservice my-app my-group prod producer sender "
    "my server service services source stage staging stream system test tests worker"
)
GENERIC_WORDS = frozenset(_GENERIC.split())
"""Stems that name nothing: equal ones do not make two names one application."""


def _source_name(value: str) -> str:
    """The part of a CloudEvents source or a queue address that names the application."""
    scheme, mark, rest = value.partition("://")
    if mark and scheme.lower() not in ("http", "https"):
        rest = rest.partition("?")[0].rstrip("/")
        rest = rest.rpartition("/")[2] or rest
        bus = _MASSTRANSIT_BUS.fullmatch(rest)
        return bus["app"] if bus else rest
    name = rest if mark else value
    return name.removeprefix("urn:").removeprefix("queue:").partition("?")[0].strip("/")


def _framework(name: str) -> str | None:
    """The application inside a name that a framework made; None for any other name."""
    if streams := _STREAMS.fullmatch(name):
        return streams["app"]
    if connect := _CONNECT_CLIENT.fullmatch(name):
        return f"connect-{connect['app']}"
    if java := _JAVA_CLIENT.fullmatch(name):
        return java["group"] or java["transaction"]
    return None


@lru_cache(maxsize=16_384)
def stem(alias: Alias) -> str | None:
    """The stem of a name, lower case with hyphens; None where the name tells nothing."""
    if alias.kind == "connector":
        return f"connect-{joined(alias.value)}"
    name = _source_name(alias.value) if alias.kind == "source" else alias.value
    inner = _framework(name)
    if inner is not None:
        name = _framework(inner) or inner
        if name.startswith("connect-"):
            return joined(name)
    elif name.startswith("connect-") and alias.kind == "group":
        return joined(name)
    if "#" in name:  # Spring: com.acme.orders.OrderListener#0-0-consumer-1
        name = name.partition("#")[0].rpartition(".")[2]
    name = name.partition("@")[0]
    if _NO_IDENTITY.fullmatch(name):
        return None
    text = joined(name)
    while (shorter := _STRIPPED.sub("", text)) != text:
        text = shorter
    text = _LEADING_ROLE.sub("", text)
    return text if text and not text.isdigit() and not _NO_IDENTITY.fullmatch(text) else None


def joined(name: str) -> str:
    """A name in lower case with hyphens between its words."""
    return _SEPARATORS.sub("-", _CAMEL.sub("-", name)).strip("-").lower()


def shown(alias: Alias) -> str:
    """The name as a person would write it: without the slash of a source path."""
    if alias.kind == "connector":
        return f"connect-{alias.value}"  # as its group would be called
    return _source_name(alias.value) if alias.kind == "source" else alias.value


def kind(alias: Alias) -> ApplicationKind | None:
    """The kind of application that the naming of a framework gives away; None where it does not."""
    if alias.kind in ("client-id", "transactional-id") and _STREAMS.fullmatch(alias.value):
        return ApplicationKind.STREAM_PROCESSOR
    if alias.kind == "connector" or (alias.kind == "group" and alias.value.startswith("connect-")):
        return ApplicationKind.CONNECTOR
    if alias.kind == "client-id" and _CONNECT_CLIENT.fullmatch(alias.value):
        return ApplicationKind.CONNECTOR
    if alias.kind == "source" and alias.value.startswith("debezium/"):
        return ApplicationKind.CONNECTOR
    return None
