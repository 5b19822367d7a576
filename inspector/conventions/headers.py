"""Header names and the fact that each carries, family by family.

Sources: CloudEvents 1.0 Kafka, AMQP and HTTP bindings; W3C Trace Context; NServiceBus `Headers`; MassTransit
`MessageHeaders`; Rebus `Headers`; Axon `Headers`; Celery message protocol 2; Spring Kafka `KafkaHeaders`;
Kafka Connect `DeadLetterQueueReporter`; Debezium `ConnectorContext`. Names are matched in lower case.
"""

from __future__ import annotations

from inspector.replay.plan import REPLAY_HEADER

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
    AXON_CORRELATION,
    AXON_TRACE,
    CELERY_TASK,
    CELERY_ID,
    CELERY_PARENT,
    CELERY_ROOT,
) = range(16)
FACTS = 16

_FAMILIES: tuple[tuple[str, dict[str, int]], ...] = (
    ("replay", {REPLAY_HEADER: REPLAY}),
    (
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
        # InitiatorId is the CorrelationId of the parent, not its MessageId; so that is the id to join on.
        "masstransit",
        {
            "mt-source-address": SOURCE,
            "mt-messagetype": TYPE,
            "mt-correlationid": ID,
            "mt-initiatorid": PARENT,
            "mt-conversationid": FLOW,
        },
    ),
    (
        "rebus",
        {
            "rbs2-sender-address": SOURCE,
            "rbs2-msg-type": TYPE,
            "rbs2-msg-id": ID,
            "rbs2-in-reply-to": PARENT,
            "rbs2-corr-id": FLOW,
        },
    ),
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
        {
            "task": CELERY_TASK,
            "id": CELERY_ID,
            "parent_id": CELERY_PARENT,
            "root_id": CELERY_ROOT,
        },
    ),
    (
        "headers",
        {
            "content-type": CONTENT_TYPE,
            "contenttype": CONTENT_TYPE,
            **dict.fromkeys(
                ("service.name", "service-name", "x-service-name", "service", "producer"), SOURCE
            ),
            **dict.fromkeys(
                ("type", "eventtype", "event-type", "event_type", "message-type", "messagetype"), TYPE
            ),
            **dict.fromkeys(("message-id", "messageid", "message_id", "event-id", "event_id"), ID),
            **dict.fromkeys(("causationid", "causation-id", "x-causation-id", "$causationid"), PARENT),
            **dict.fromkeys(
                ("correlationid", "correlation-id", "correlation_id", "x-correlation-id", "$correlationid"),
                FLOW,
            ),
            "conversationid": FLOW,
        },
    ),
    (
        "w3c",
        {"traceparent": FLOW, "ce_traceparent": FLOW, "ce-traceparent": FLOW},
    ),
    ("b3", {"b3": FLOW, "x-b3-traceid": FLOW}),
    ("spring", {"__typeid__": TYPE}),
)

CONVENTIONS: tuple[str, ...] = tuple(family for family, _ in _FAMILIES)
"""The families in the order in which they are believed: a dead letter's group before the copied source."""

FIELDS: dict[str, tuple[int, int]] = {
    name: (rank, fact) for rank, (_, names) in enumerate(_FAMILIES) for name, fact in names.items()
}
"""Header name in lower case -> rank of its family and the fact."""
