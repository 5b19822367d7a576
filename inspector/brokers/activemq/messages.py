"""Messages as records, and back: what JMS keeps beside the properties are headers named `jms.…`.

ActiveMQ has neither keys nor partitions. Names of STOMP's headers:
https://activemq.apache.org/components/classic/documentation/stomp.
"""

from __future__ import annotations

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.activemq.stomp import Frame
from inspector.errors import Unsupported
from inspector.record import Headers, Position, Record

MILLISECOND = 1_000_000
PREFIX = "jms."
MESSAGE_ID = f"{PREFIX}message_id"
BODY = f"{PREFIX}body"
"""`bytes` for a BytesMessage; what has no such header is a TextMessage."""
_JMS = {
    "message-id": "message_id",
    "correlation-id": "correlation_id",
    "reply-to": "reply_to",
    "type": "type",
    "original-destination": "original_destination",
    "expires": "expiration",
    "priority": "priority",
    "persistent": "persistent",
}
"""Headers of STOMP, and how they are called here."""
_SENT = {f"{PREFIX}{name}": stomp for stomp, name in _JMS.items() if name not in ("message_id", "expiration")}
_SENT.pop(f"{PREFIX}original_destination")
LENGTH = "content-length"
_USUAL = {"expires": "0", "priority": "4"}
_OF_DELIVERY = (LENGTH, "destination", "subscription", "timestamp", "ack", "redelivered", "")
"""Of this delivery, or told elsewhere in a record."""
_NAMES = {name: PREFIX + own for name, own in _JMS.items()} | dict.fromkeys(_OF_DELIVERY, "")
"""How headers are called here; empty for those that are left out."""
PREFIXES = {"/queue/": ChannelKind.QUEUE, "/topic/": ChannelKind.TOPIC}
COMPOSITE = ","


def path_of(channel: ChannelId) -> str:
    """How STOMP calls a queue or a topic."""
    return f"/{channel.kind}/{channel.name}"


def channel_of(server: ServerId, path: str) -> ChannelId | None:
    """The channel that STOMP calls so; None for what is neither queue nor topic, and for several at once."""
    kind = PREFIXES.get(path[:7])
    return None if kind is None or COMPOSITE in path else ChannelId(server, kind, path[7:])


def message_id(connection: str, number: int) -> str:
    """The id of the so-manieth message that came over a STOMP connection, which has one session and one
    producer (`org.apache.activemq.transport.stomp.ProtocolConverter`)."""
    return f"{connection}:-1:1:{number}"


def sender_of(own_id: str) -> str:
    """The connection that sent a message: its id is made of that, session, producer and a number."""
    return own_id.rsplit(":", 3)[0]


def headers_of(frame: Frame) -> Headers:
    """Properties and what JMS keeps beside them, sorted by name: they come in no order."""
    found: list[tuple[str, bytes | None]] = []
    for name, value in frame.headers.items():
        own = _NAMES.get(name, name)
        if own and _USUAL.get(name) != value:
            found.append((own, value.encode("utf-8", "surrogateescape")))
        elif name == LENGTH:
            found.append((BODY, b"bytes"))
    found.sort()
    return tuple(found)


def sent_ns(frame: Frame) -> int:
    """When its sender says that it was sent."""
    stated = frame.headers.get("timestamp", "")
    return int(stated) * MILLISECOND if stated.isdigit() else 0


def record_of(channel: ChannelId, number: int, frame: Frame) -> Record:
    """A message that lies in a queue."""
    return Record(channel, Position(0, number), sent_ns(frame), None, frame.body, headers_of(frame))


def frame_headers(headers: Headers, value: bytes) -> list[tuple[str, str]]:
    """The opposite of `headers_of`; a value that is no text makes a BytesMessage, as `jms.body` does.

    Raises `Unsupported` where a header is no text.
    """
    found: list[tuple[str, str]] = []
    for name, raw in headers:
        try:
            text = (raw or b"").decode()
        except UnicodeDecodeError as error:
            raise Unsupported(f"The header {name} is no text, and STOMP takes text alone.") from error
        if name in _SENT:
            found.append((_SENT[name], text))
        elif not name.startswith(PREFIX):
            found.append((name, text))
    if (BODY, b"bytes") in headers or not _is_text(value):
        found.append((LENGTH, str(len(value))))
    if not any(name == "persistent" for name, _ in found):
        found.append(("persistent", "true"))
    return found


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in value
