"""From a message to a record and back: topic, payload, and what MQTT 5 says of it beside."""

from __future__ import annotations

from paho.mqtt.client import MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from inspector.errors import Unsupported
from inspector.record import Headers

CONTENT_TYPE, RESPONSE_TOPIC, CORRELATION = "content-type", "mqtt.response_topic", "mqtt.correlation_data"
"""Properties with a place of their own in MQTT 5, section 3.3.2.3, as headers."""
RETAINED = "mqtt.retained"
"""On what lay on the broker before anybody listened: the newest message of its topic, however old."""


def headers_of(message: MQTTMessage) -> Headers:
    """User properties in their order, repeated ones kept, behind what MQTT itself says."""
    found: list[tuple[str, bytes | None]] = []
    properties = message.properties
    if properties is not None:
        if text := getattr(properties, "ContentType", ""):
            found.append((CONTENT_TYPE, text.encode()))
        if text := getattr(properties, "ResponseTopic", ""):
            found.append((RESPONSE_TOPIC, text.encode()))
        if data := getattr(properties, "CorrelationData", b""):
            found.append((CORRELATION, bytes(data)))
        pairs = getattr(properties, "UserProperty", ())
        found += [(name, value.encode()) for name, value in pairs]
    if message.retain:
        found.append((RETAINED, b"1"))
    return tuple(found)


def properties_of(headers: Headers) -> Properties:
    """The same for what is published; what was retained is not retained again.

    Raises `Unsupported` for a header that is no text.
    """
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    pairs: list[tuple[str, str]] = []
    for name, value in headers:
        data = value or b""
        if name == CORRELATION:
            properties.CorrelationData = data
            continue
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise Unsupported(f"The header {name} is no text, and MQTT takes text alone.") from error
        if name == CONTENT_TYPE:
            properties.ContentType = text
        elif name == RESPONSE_TOPIC:
            properties.ResponseTopic = text
        elif name != RETAINED:
            pairs.append((name, text))
    if pairs:
        properties.UserProperty = pairs
    return properties
