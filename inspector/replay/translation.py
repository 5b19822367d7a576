"""What gets lost where records of one kind of broker are sent to another kind: by what each can hold.

Kafka: https://kafka.apache.org/documentation/#record, `message.max.bytes`; RabbitMQ: AMQP 0-9-1 §4.2.5.5 and
`max_message_size`; ActiveMQ Classic: STOMP 1.2 and `wireFormat.maxFrameSize`; Pulsar: `MessageMetadata` in
PulsarApi.proto and `maxMessageSize`; NATS: https://docs.nats.io/reference/reference-protocols/nats-protocol
(HPUB) and `max_payload`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct


class Holds(StrEnum):
    """What something can consist of."""

    NOTHING = "nothing"
    TEXT = "text"
    BYTES = "bytes"


class Clock(StrEnum):
    """Who says when a record was written, and how finely."""

    SENDER_MS = "the sender, to the millisecond"
    SENDER_S = "the sender, to the second"
    BROKER = "the broker"


class Subject(StrEnum):
    """What of a record is concerned."""

    KEY = "key"
    VALUE = "value"
    HEADERS = "headers"
    PARTITION = "partition"
    ORDER = "order"
    TIME = "time"
    SIZE = "size"


class Capabilities(Struct, frozen=True):
    """What a kind of broker can hold of a record."""

    name: str
    """For people."""
    keys: Holds
    null_value: bool
    """Whether a null value is told from an empty one."""
    headers: Holds
    """What the values of headers can be."""
    null_header: bool
    repeated_headers: bool
    """Whether a name can occur twice, in order."""
    partitions: bool
    order: str
    """Within what records keep their order, as a clause."""
    clock: Clock
    most_bytes: int
    """Of a record as the broker is configured by default."""


class Loss(Struct, frozen=True):
    """One thing that does not arrive as it was."""

    subject: Subject
    sentence: str


_B, _T, _NO = Holds.BYTES, Holds.TEXT, Holds.NOTHING
_MS, _S = Clock.SENDER_MS, Clock.SENDER_S
KINDS: Mapping[str, Capabilities] = MappingProxyType(
    {
        "kafka": Capabilities("Kafka", _B, True, _B, True, True, True, "a partition", _MS, 1_048_588),
        "rabbitmq": Capabilities("RabbitMQ", _NO, False, _B, True, False, False, "a queue", _S, 16_777_216),
        "activemq": Capabilities(
            "ActiveMQ", _NO, False, _T, False, False, False, "a queue", _MS, 104_857_600
        ),
        "pulsar": Capabilities("Pulsar", _B, True, _T, False, False, True, "a partition", _MS, 5_242_880),
        "nats": Capabilities("NATS", _NO, False, _T, False, True, False, "a stream", Clock.BROKER, 1_048_576),
        "mqtt": Capabilities(
            "MQTT", _NO, False, _T, False, True, False, "a topic", Clock.BROKER, 268_435_455
        ),
    }
)
"""By `ServerId.system`."""


def losses(source: Capabilities, target: Capabilities) -> tuple[Loss, ...]:
    """What a record of one kind of broker loses on another, in the order of `Subject`; nothing on its own."""
    return () if source == target else tuple(_losses(source, target))


def _losses(source: Capabilities, target: Capabilities) -> Iterator[Loss]:
    name = target.name
    if source.keys is not Holds.NOTHING and target.keys is Holds.NOTHING:
        yield Loss(
            Subject.KEY, f"{name} has no keys: the key is left out, unless an edit puts it into a header."
        )
    if source.null_value and not target.null_value:
        yield Loss(Subject.VALUE, f"{name} has no null: tombstones arrive as empty values.")
    if source.headers is Holds.BYTES and target.headers is Holds.TEXT:
        yield Loss(Subject.HEADERS, f"Headers of {name} are text: a value that is no text is refused.")
    if source.null_header and not target.null_header:
        yield Loss(Subject.HEADERS, f"Headers of {name} have no null: those arrive empty.")
    if source.repeated_headers and not target.repeated_headers:
        yield Loss(Subject.HEADERS, f"{name} keeps one header of each name, the last one, and no order.")
    if source.partitions and not target.partitions:
        yield Loss(Subject.PARTITION, f"{name} has no partitions: their numbers are left out.")
    if source.order != target.order:
        yield Loss(
            Subject.ORDER,
            f"{source.name} keeps order within {source.order}, {name} within {target.order};"
            " several receivers at once may see another order.",
        )
    if source.clock is not target.clock:
        sentence = {
            Clock.BROKER: f"{name} sets the time itself: it is that of sending.",
            Clock.SENDER_S: f"{name} keeps times to the second.",
            Clock.SENDER_MS: "",
        }[target.clock]
        if sentence:
            yield Loss(Subject.TIME, sentence)
    if target.most_bytes < source.most_bytes:
        yield Loss(
            Subject.SIZE,
            f"{name} takes {target.most_bytes:,} bytes a record by default, {source.name}"
            f" {source.most_bytes:,}: larger ones are refused.",
        )
