"""Messages of AMQP 0-9-1 as records, and back: properties are headers named `amqp.…`, no type gets lost.

RabbitMQ has no keys: the routing key stands there. Properties are those of AMQP 0-9-1 §4.2.6.1; the values of
headers that are no text are written as JSON, and `amqp.json` names them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from aiormq import spec
from aiormq.abc import DeliveredMessage

from inspector.errors import Unsupported
from inspector.record import Headers

PREFIX = "amqp."
JSON = f"{PREFIX}json"
MARK = "eventscope:"
"""How ids of messages begin that Eventscope gave them itself, to learn where they lie in a stream."""
STREAM_OFFSET = "x-stream-offset"
SECOND, MILLISECOND = 1_000_000_000, 1_000_000
PERSISTENT = 2
_TEXTS = {
    "content_type": "content_type",
    "content_encoding": "content_encoding",
    "correlation_id": "correlation_id",
    "reply_to": "reply_to",
    "expiration": "expiration",
    "message_id": "message_id",
    "type": "message_type",
    "user_id": "user_id",
    "app_id": "app_id",
}
"""Names in headers, and in aiormq."""


def key_of(message: DeliveredMessage) -> bytes:
    """Its routing key."""
    return (message.routing_key or "").encode()


def size_of(message: DeliveredMessage) -> int:
    """About its bytes: names and values of headers are not counted."""
    return len(message.body) + 64


def sent_ns(message: DeliveredMessage) -> int | None:
    """When it came to the broker, where the broker says so to the millisecond; else None
    (https://www.rabbitmq.com/docs/message-interceptors)."""
    at_ms = (message.header.properties.headers or {}).get("timestamp_in_ms")
    return at_ms * MILLISECOND if isinstance(at_ms, int) else None


def stamped_ns(message: DeliveredMessage) -> int | None:
    """The same, or else when its sender says that it was sent, to the second."""
    exact, stamp = sent_ns(message), message.header.properties.timestamp
    if exact is not None or stamp is None:
        return exact
    return int(stamp.replace(tzinfo=stamp.tzinfo or UTC).timestamp()) * SECOND


def headers_of(properties: spec.Basic.Properties, *, timed: bool = False) -> Headers:
    """Headers and properties of a message, without what says where in a stream it lies; where the record is
    `timed` by it, without its timestamp."""
    return table_headers(
        properties.headers or {},
        {name: getattr(properties, attribute) for name, attribute in _TEXTS.items()}
        | {
            "priority": properties.priority or None,
            "timestamp": None if timed else properties.timestamp,
            "delivery_mode": None if properties.delivery_mode == PERSISTENT else properties.delivery_mode,
        },
    )


def table_headers(table: Mapping[str, Any], properties: Mapping[str, Any]) -> Headers:
    """A table of headers and its properties, by their names in AMQP, as headers of a record."""
    found: list[tuple[str, bytes | None]] = []
    typed: list[str] = []
    for name, value in table.items():
        if name == STREAM_OFFSET:
            continue
        if value is None:
            found.append((name, None))
        elif isinstance(value, str):
            found.append((name, value.encode("utf-8", "surrogateescape")))
        elif isinstance(value, bytes | bytearray):
            found.append((name, bytes(value)))
        else:
            typed.append(name)
            found.append((name, orjson.dumps(value, default=_plain)))
    for name, value in properties.items():
        if value is None or value == "" or (name == "message_id" and str(value).startswith(MARK)):
            continue
        if isinstance(value, datetime):
            value = int(value.replace(tzinfo=value.tzinfo or UTC).timestamp())
        found.append((f"{PREFIX}{name}", str(value).encode()))
    if typed:
        found.append((JSON, orjson.dumps(typed)))
    return tuple(found)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    raise TypeError


def properties_of(headers: Headers, message_id: str, at_ns: int | None = None) -> spec.Basic.Properties:
    """The opposite of `headers_of`; `message_id` and the time are given where the headers have none.

    Raises `Unsupported` where a header cannot be what its name says.
    """
    table: dict[str, Any] = {}
    at_s = (time.time_ns() if at_ns is None else at_ns) // SECOND
    given: dict[str, Any] = {
        "delivery_mode": PERSISTENT,
        "message_id": message_id,
        "timestamp": datetime.fromtimestamp(at_s, UTC),
    }
    typed: list[str] = next((orjson.loads(value or b"[]") for name, value in headers if name == JSON), [])
    for name, value in headers:
        own = name.removeprefix(PREFIX)
        try:
            if name == JSON:
                continue
            if own == name:
                table[name] = orjson.loads(value or b"null") if name in typed else _text(value)
            elif own in _TEXTS:
                given[_TEXTS[own]] = (value or b"").decode()
            elif own in ("priority", "delivery_mode"):
                given[own] = int(value or b"0")
            elif own == "timestamp":
                given[own] = datetime.fromtimestamp(int(value or b"0"), UTC)
            else:
                table[name] = _text(value)
        except ValueError as error:  # of JSON, of UTF-8 and of numbers
            raise Unsupported(f"The header {name} cannot be what RabbitMQ takes for it ({error}).") from error
    # The broker refuses a user that is not the one who sends (https://www.rabbitmq.com/docs/validated-user-id).
    given.pop("user_id", None)
    return spec.Basic.Properties(headers=table, **given)


def _text(value: bytes | None) -> str | bytearray | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return bytearray(value)
