"""Records out of what other tools save: kcat, Kafbat and Kafka UI, AKHQ, Redpanda Console.

What each writes is taken from its own source:

- kcat: github.com/edenhill/kcat, json.c `fmt_msg_output_json`: one object a line; headers are a list in which
  names and values take turns, or an object of lists (`-X` map form); what is no UTF-8 is written as it is.
- Kafbat and Kafka UI: github.com/kafbat/kafka-ui, frontend …/Topic/Messages/Filters/Filters.tsx: a list of
  objects with `Value`, `Offset`, `Key`, `Partition`, `Headers` and `Timestamp`.
- AKHQ: github.com/tchiotludo/akhq, TopicController.java `download` and models/Record.java: a list of records;
  times are text or seconds, headers a list of `key` and `value` or, in older versions, an object.
- Redpanda Console: github.com/redpanda-data/console, save-messages-dialog.tsx: a list of messages whose key,
  value and headers are payloads; only "Include raw data" has their bytes.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.errors import InspectorError
from inspector.exchange import times
from inspector.record import Headers, Position, Record

CODECS = ("gzip", "snappy", "lz4", "zstd")
Found = dict[str, Any]


class NoTopic(InspectorError):
    """The file does not say which channel its records are of."""


class Foreign:
    """Reads what other tools wrote.

    Args:
        server: where it was taken from, which none of them says.
        channel: its channel, for those that do not say it; None where that is not known.
    """

    def __init__(self, server: ServerId, channel: str | None) -> None:
        self._server, self._channel = server, channel

    def record(self, found: Found) -> Record:
        """One record; raises NoTopic, or ValueError, TypeError or KeyError for what no tool writes."""
        return tool_of(found).read(self, found)

    def _kcat(self, found: Found) -> Record:
        kind = found["tstype"]
        return self._made(
            found,
            "partition",
            "offset",
            int(found["ts"]) * 1_000_000 if kind != "unknown" else 0,
            _bytes(found["key"]),
            _bytes(found["payload"]),
            _kcat_headers(found.get("headers", [])),
            name=found["topic"],
            log_append_time=kind == "logappend",
        )

    def _kafbat(self, found: Found) -> Record:
        return self._made(
            found,
            "Partition",
            "Offset",
            _time(found.get("Timestamp")),
            _bytes(found.get("Key")),
            _bytes(found.get("Value")),
            _headers(found.get("Headers")),
        )

    def _akhq(self, found: Found) -> Record:
        topic = found.get("topic")
        return self._made(
            found,
            "partition",
            "offset",
            _time(found.get("timestamp")),
            _bytes(found.get("key")),
            _bytes(found.get("value")),
            _headers(found.get("headers")),
            name=topic.get("name") if isinstance(topic, dict) else topic,
        )

    def _console(self, found: Found) -> Record:
        codec = str(found.get("compression") or "none")
        return self._made(
            found,
            "partitionID",
            "offset",
            int(found["timestamp"]) * 1_000_000,
            _payload(found.get("key")),
            _payload(found.get("value")),
            tuple((each["key"], _payload(each.get("value"))) for each in found.get("headers") or ()),
            transactional=bool(found.get("isTransactional")),
            codec=codec if codec in CODECS else "none",
        )

    def _made(
        self,
        found: Found,
        partition: str,
        offset: str,
        time_ns: int,
        key: bytes | None,
        value: bytes | None,
        headers: Headers,
        *,
        name: str | None = None,
        **more: Any,
    ) -> Record:
        topic = name or self._channel
        if not topic:
            raise NoTopic(
                "The file does not say which topic its records are of.", "Name it with --channel NAME."
            )
        channel = ChannelId(self._server, ChannelKind.TOPIC, topic)
        position = Position(int(found[partition]), int(found[offset]))
        return Record(channel, position, time_ns, key, value, headers, **more)


class Tool(NamedTuple):
    """A tool, by what it writes."""

    name: str
    names: frozenset[str]
    """Fields that each record of it has."""
    read: Callable[[Foreign, Found], Record]


def tool_of(found: Found) -> Tool:
    """What wrote an object, by its names; raises ValueError where no tool has them."""
    if not isinstance(found, dict):
        raise ValueError("it is no object")  # noqa: TRY004 - what a file says, no defect
    for tool in _TOOLS:
        if tool.names <= found.keys():
            return tool
    raise ValueError("no tool that is known writes such names")


_TOOLS = (
    Tool("kcat", frozenset(("topic", "partition", "offset", "tstype", "payload")), Foreign._kcat),
    Tool("Kafbat UI", frozenset(("Offset", "Partition", "Timestamp")), Foreign._kafbat),
    Tool("Redpanda Console", frozenset(("partitionID", "offset", "timestamp")), Foreign._console),
    Tool("AKHQ", frozenset(("partition", "offset", "timestamp")), Foreign._akhq),
)


def parsed(data: bytes) -> Any:
    """JSON in which text may hold any bytes; raises ValueError."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data.decode("utf-8", "surrogateescape"))


def _bytes(value: Any) -> bytes | None:
    """Text as its bytes; what a tool had decoded as JSON."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return orjson.dumps(value)


def _payload(found: Found | None) -> bytes | None:
    if found is None or found.get("isPayloadNull"):
        return None
    raw = found.get("rawPayload")
    return _bytes(found.get("payload")) if raw is None else b64decode(raw, validate=True)


def _kcat_headers(found: Any) -> Headers:
    if isinstance(found, dict):
        return tuple((name, _bytes(value)) for name, values in found.items() for value in values)
    return tuple((name, _bytes(value)) for name, value in zip(found[::2], found[1::2], strict=True))


def _headers(found: Any) -> Headers:
    if isinstance(found, dict):
        return tuple((name, _bytes(value)) for name, value in found.items())
    return tuple((each["key"], _bytes(each.get("value"))) for each in found or ())


def _time(value: Any) -> int:
    if value is None:
        return 0
    return times.read(value) if isinstance(value, str) else round(float(value) * 1_000_000) * 1_000
