"""What a query may ask of a record, and how each field is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from msgspec import Struct

from graph.identity import Action, ChannelId, ServerId
from graph.model import Alias, DependencyGraph
from graph.names import plain
from graph.query.fields import Field, Vocabulary
from graph.query.kinds import BYTES, NO_UNIT, Choice, Mixed, Number, Since, Time, Until, Words, figures
from inspector.decode import Decoded, decode
from inspector.record import Headers, Record
from inspector.search import paths
from inspector.traits import Traits

_COUNT = Number(NO_UNIT, "12")

VOCABULARY = Vocabulary(
    (
        Field("channel", "where it lies", Words(), ":orders.*"),
        Field("type", "the kind of event", Words(), ":Order*"),
        Field("app", "who sent it", Words(), ":billing"),
        Field("key", "as text", Words(), ":order-17*"),
        Field("value", "what stands at a path of the value", Mixed(), ">100", open=True),
        Field("header", "a header by its name", Mixed(), ":/billing", open=True),
        Field("trace", "the flow it belongs to", Words(), ":4bf92f35*"),
        Field("since", "from this time on", Since(), ":-5m"),
        Field("until", "up to this time", Until(), ":-1h"),
        Field("at", "at this time", Time(), ":2026-11-23T10:00..10:05"),
        Field("size", "of key, value and headers", Number(BYTES, "1MB"), ">1MB"),
        Field("partition", "of its channel", _COUNT, ":0"),
        Field("offset", "in its partition", _COUNT, ":1000..2000"),
        Field("server", "by name or address", Words(), ":*:9092"),
        Field("aborted", "whether its transaction was aborted", Choice(("yes", "no")), ":yes"),
        Field("error", "what is wrong with it", Choice(("decode",)), ":decode"),
    ),
    free=("key", "headers", "value"),
    free_note="as bytes: value.PATH looks into gzip and Avro",
)
"""What can be asked of records."""


class Names(Struct, frozen=True):
    """What people call servers and senders, out of a graph."""

    servers: dict[ServerId, str]
    senders: dict[Alias, str]
    lone: dict[ChannelId, str]
    """The one application that sends to a channel."""

    @classmethod
    def of(cls, graph: DependencyGraph) -> Names:
        """The names in a graph."""
        known = {each.id: each.name or plain(each.id) for each in graph.applications.values()}
        sending: dict[ChannelId, set[str]] = {}
        for operation in graph.operations.values():
            if operation.id.action is Action.SEND:
                name = known.get(operation.id.application, plain(operation.id.application))
                sending.setdefault(operation.id.channel, set()).add(name)
        return cls(
            {each.id: each.name for each in graph.servers.values()},
            {alias: known[each.id] for each in graph.applications.values() for alias in each.aliases},
            {channel: next(iter(names)) for channel, names in sending.items() if len(names) == 1},
        )

    def of_sender(self, sender: Alias | None, channel: ChannelId) -> tuple[str, ...]:
        """The names of who sent a record."""
        return self.of_channel(channel) if sender is None else self.of_alias(sender)

    def of_alias(self, sender: Alias) -> tuple[str, ...]:
        """The names of a sender."""
        known = self.senders.get(sender)
        return (sender.value,) if known in (None, sender.value) else (known or "", sender.value)

    def of_channel(self, channel: ChannelId) -> tuple[str, ...]:
        """Who sends to a channel, where that is one alone."""
        return (self.lone[channel],) if channel in self.lone else ()

    def of_server(self, server: ServerId) -> tuple[str, ...]:
        """The names of a server."""
        known = self.servers.get(server)
        return (*([known] if known else []), server.address, str(server))


Values = Iterable[Any]
Read = Callable[[Record, Traits], Values]


def text(data: bytes) -> str:
    """Bytes as text, whatever they are."""
    return data.decode("utf-8", "replace")


Decode = Callable[[Record], Decoded]
"""How values are read: by whose choice, and with which schemas."""


def plainly(record: Record) -> Decoded:
    """A value as decoders read it of themselves, without anybody's choice or schemas."""
    return decode(record.value, record.headers)


def parsed(record: Record, decode: Decode = plainly) -> Any:
    """A value as parts, as the decoders read it; None for null and for what has none."""
    if not record.value:
        return None
    try:
        return orjson.loads(record.value)
    except orjson.JSONDecodeError:
        return decode(record).value


def reader(name: str, path: str, names: Names, decode: Decode = plainly) -> Read:
    """How a field is read of a record; raises ValueError for a path that is none."""
    if name == "header":
        return _header(path)
    if name == "value":
        steps = paths.parse(path)
        return lambda record, _: paths.values(parsed(record, decode), steps)
    if name == "app":
        return lambda record, traits: names.of_sender(traits.sender, record.channel)
    if name == "server":
        return lambda record, _: names.of_server(record.channel.server)
    if name == "error":
        return lambda record, _: ("decode",) if decode(record).problem else ()
    return _PLAIN[name]


def _header(name: str) -> Read:
    wanted = name.lower()
    return lambda record, _: named(record.headers, wanted)


def named(headers: Headers, wanted: str) -> Values:
    """The values of the headers of a name in lower case, as texts and, where they are figures, as numbers."""
    for key, value in headers:
        if value is not None and key.lower() == wanted:
            written = text(value)
            yield written
            if (bounds := figures(written)) is not None and bounds[0] == bounds[1]:
                yield bounds[0]


def _known(value: str | None) -> Values:
    return () if value is None else (value,)


def _time(record: Record, _traits: Traits) -> Values:
    return (record.timestamp_ns,)


_PLAIN: dict[str, Read] = {
    "channel": lambda record, _: (record.channel.name,),
    "partition": lambda record, _: (record.position.partition,),
    "offset": lambda record, _: (record.position.offset,),
    "key": lambda record, _: () if record.key is None else (text(record.key),),
    "type": lambda _, traits: _known(traits.type),
    "trace": lambda _, traits: _known(traits.flow_id),
    "size": lambda record, _: (record.size,),
    "since": _time,
    "until": _time,
    "at": _time,
    "aborted": lambda record, _: ("yes" if record.aborted else "no",),
}
