"""Header names and the fact that each carries, family by family.

Names are matched in lower case. Sources: CloudEvents 1.0 Kafka, AMQP and HTTP bindings and its correlation
extension; W3C Trace Context and Baggage; B3 propagation; NServiceBus `Headers`; MassTransit `MessageHeaders`;
Rebus `Headers` and `FlowCorrelationIdStep`; Axon `Headers` and `MessageOriginProvider` (4 and 5); Celery
message protocol 2; Wolverine `EnvelopeConstants`; Spring Kafka `KafkaHeaders` and
`DeadLetterPublishingRecoverer` and `RetryTopicHeaders`; Spring Cloud Stream `KafkaMessageChannelBinder`;
Kafka Connect `DeadLetterQueueReporter`; Debezium `ConnectorContext` and `EventRouter`; SkyWalking propagation
protocol 3; Jaeger and Datadog propagation; Azure SDK `Diagnostic-Id`.

Datadog's `dd-pathway-ctx-base64` is left alone: it holds the hash of a path and two times in milliseconds,
so it names nobody, and records of different flows share it.
"""

from __future__ import annotations

from functools import lru_cache

from inspector.replay.marks import REPLAY_HEADER

LONGEST = 500
"""Characters of a name or id that are kept."""

# Facts are plain integers, the place of a value in a list: this runs for every record.
(
    SOURCE,
    TYPE,
    ID,
    PARENT,
    FLOW,
    ORIGIN_TOPIC,
    ORIGIN_PARTITION,
    ORIGIN_OFFSET,
    CONTENT_TYPE,
    REPLAY,
    ATTEMPT,
    REPLY_TO,
    # From here on a value means something only beside others: see `inspector.conventions.families`.
    BARE_SOURCE,
    BARE_ID,
    BARE_ORIGIN,
    CORRELATION,
    CONVERSATION,
    CONVERSATION_HYPHEN,
    PARENT_ID_HYPHEN,
    PARENT_ID_LOW,
    ROOT_ID,
    TASK,
    AXON_CORRELATION,
    AXON_TRACE,
    HOST,
    STEP,
    SW8,
    BAGGAGE,
    SPECVERSION,
) = range(29)
FACTS = 29
FIRST_DEPENDENT = BARE_SOURCE

_FAMILIES: tuple[tuple[str, dict[str, int]], ...] = (
    ("replay", {REPLAY_HEADER: REPLAY}),
    (
        # `kafka_original-*` on retry topics, `kafka_dlt-original-*` on dead-letter topics.
        "dead-letter",
        {
            f"kafka_{stage}original-{part}": fact
            for stage in ("", "dlt-")
            for part, fact in (
                ("topic", ORIGIN_TOPIC),
                ("partition", ORIGIN_PARTITION),
                ("offset", ORIGIN_OFFSET),
                ("consumer-group", SOURCE),
            )
        },
    ),
    (
        "connect-errors",
        {
            "__connect.errors.topic": ORIGIN_TOPIC,
            "__connect.errors.partition": ORIGIN_PARTITION,
            "__connect.errors.offset": ORIGIN_OFFSET,
            "__connect.errors.connector.name": SOURCE,
        },
    ),
    (
        "spring-cloud-stream",
        {
            "x-original-topic": ORIGIN_TOPIC,
            "x-original-partition": ORIGIN_PARTITION,
            "x-original-offset": ORIGIN_OFFSET,
        },
    ),
    # On error and audit queues the sender is who processed the message, not who sent the original.
    ("nservicebus-processed", {"nservicebus.processingendpoint": SOURCE}),
    ("rebus-failed", {"rbs2-source-queue": SOURCE}),
    (
        "nservicebus",
        {
            "nservicebus.originatingendpoint": SOURCE,
            "nservicebus.enclosedmessagetypes": TYPE,
            "nservicebus.messageid": ID,
            "nservicebus.relatedto": PARENT,
            "nservicebus.conversationid": FLOW,
        },
    ),
    (
        "masstransit",
        {
            "mt-source-address": SOURCE,
            "mt-messagetype": TYPE,
            "mt-initiatorid": PARENT,
            "mt-host-info": HOST,
            "mt-host-assembly": HOST,
        },
    ),
    ("masstransit-process", {"mt-host-processname": HOST}),
    (
        "rebus",
        {
            "rbs2-sender-address": SOURCE,
            "rbs2-msg-type": TYPE,
            "rbs2-msg-id": ID,
            "rbs2-in-reply-to": PARENT,
            "rbs2-corr-id": FLOW,
            "rbs2-corr-seq": STEP,
        },
    ),
    ("rebus-return", {"rbs2-return-address": SOURCE}),
    (
        "cloudevents",
        {
            f"{prefix}{name}": fact
            for prefix in ("ce_", "ce-", "cloudevents:", "cloudevents_")
            for name, fact in (
                ("source", SOURCE),
                ("type", TYPE),
                ("id", ID),
                ("causationid", PARENT),
                ("correlationid", FLOW),
            )
        },
    ),
    ("skywalking", {"sw8": SW8}),
    (
        "axon",
        {
            "axon-message-type": TYPE,
            "axon-message-id": ID,
            "axon-metadata-causationid": PARENT,
            "axon-metadata-correlationid": AXON_CORRELATION,
            "axon-metadata-traceid": AXON_TRACE,
        },
    ),
    ("debezium", {"__debezium.context.connectorlogicalname": SOURCE}),
    (
        "celery",
        {"task": TASK, "parent_id": PARENT_ID_LOW, "root_id": ROOT_ID, "origin": BARE_ORIGIN},
    ),
    ("wolverine", {"conversation-id": CONVERSATION_HYPHEN, "parent-id": PARENT_ID_HYPHEN}),
    (
        "headers",
        {
            "content-type": CONTENT_TYPE,
            "contenttype": CONTENT_TYPE,
            "source": BARE_SOURCE,
            "id": BARE_ID,
            "specversion": SPECVERSION,
            **dict.fromkeys(
                ("service.name", "service-name", "x-service-name", "service", "producer"), SOURCE
            ),
            **dict.fromkeys(
                ("type", "eventtype", "event-type", "event_type", "message-type", "messagetype"), TYPE
            ),
            **dict.fromkeys(("message-id", "messageid", "message_id", "event-id", "event_id"), ID),
            **dict.fromkeys(("causationid", "causation-id", "x-causation-id", "$causationid"), PARENT),
            **dict.fromkeys(("correlation-id", "correlation_id", "x-correlation-id", "$correlationid"), FLOW),
            "correlationid": CORRELATION,
            "conversationid": CONVERSATION,
        },
    ),
    # Of requests and replies: 16 bytes of a UUID, or text.
    ("spring-request", {"kafka_correlationid": FLOW}),
    (
        "w3c",
        {
            **dict.fromkeys(("traceparent", "ce_traceparent", "ce-traceparent", "diagnostic-id"), FLOW),
            "baggage": BAGGAGE,
        },
    ),
    ("b3", {"b3": FLOW, "x-b3-traceid": FLOW}),
    ("jaeger", {"uber-trace-id": FLOW}),
    ("datadog", {"x-datadog-trace-id": FLOW}),
    ("spring", {"__typeid__": TYPE}),
    # How often a record was tried, and where an answer to it is to go: of many frameworks, none of them told
    # by these alone.
    (
        "delivery",
        {
            **dict.fromkeys(
                (
                    "retry_topic-attempts",
                    "nservicebus.retries",
                    "mt-redelivery-count",
                    "rbs2-defer-count",
                    "reconsumetimes",
                    "x-delivery-count",
                    "attempts",
                    "x-attempt",
                    "attempt",
                    "retries",
                    "x-retries",
                    "retry-count",
                    "retry_count",
                    "x-retry-count",
                    "x-retry-attempt",
                ),
                ATTEMPT,
            ),
            **dict.fromkeys(
                (
                    "kafka_replytopic",
                    "nservicebus.replytoaddress",
                    "mt-response-address",
                    "reply-uri",
                    "reply-to",
                    "reply_to",
                    "replyto",
                    "x-reply-to",
                ),
                REPLY_TO,
            ),
        },
    ),
    # JMS gives every message an id; what the application itself calls the event tells more.
    (
        "jms",
        {"jms.message_id": ID, "jms.correlation_id": FLOW, "jms.type": TYPE, "jms.reply_to": REPLY_TO},
    ),
)

CONVENTIONS: tuple[str, ...] = tuple(family for family, _ in _FAMILIES)
"""The families in the order in which they are believed: a dead letter's group before the copied source."""

FIELDS: dict[str, tuple[int, int]] = {
    name: (rank, fact) for rank, (_, names) in enumerate(_FAMILIES) for name, fact in names.items()
}
"""Header name in lower case -> rank of its family and the fact."""


@lru_cache(maxsize=4_096)
def field(name: str) -> tuple[int, int] | None:
    """Rank of the family and fact of a header name in any case; None where it carries none."""
    return FIELDS.get(name.lower())


def text(value: bytes) -> str | None:
    """A header's value as text without space around it, cut at `LONGEST`; None where nothing is left."""
    said = str(value if len(value) <= LONGEST else value[: 4 * LONGEST], "utf-8", "replace").strip()
    if len(said) > LONGEST:
        said = said[:LONGEST]
    if len(said) > 1 and said[0] == '"' == said[-1]:  # Spring's JSON header mapper quotes strings
        said = said[1:-1]
    return said or None
