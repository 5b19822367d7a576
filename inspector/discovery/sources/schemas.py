"""Schema registries: which types are declared for a channel, by the naming of subjects.

Confluent's strategies call a subject `<topic>-value` and `<topic>-key`, `<topic>-<record>`, or `<record>`
alone. The last one says nothing of channels: such a schema is for those on which records name its type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from graph.identity import ChannelId, ServerId
from graph.model import MessageType
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Report
from inspector.observation import ChannelGone, ChannelSeen, MessageSchema, Observation, SchemasSeen

VALUE, KEY = "-value", "-key"
MOST_NAMED = 10_000
"""Types of records that are remembered, those seen last."""


@dataclass
class Schemas:
    """Types that schema registries declare."""

    _registries: dict[tuple[ServerId, str], tuple[MessageSchema, ...]] = field(default_factory=dict)
    _channels: dict[ServerId, dict[str, ChannelId]] = field(default_factory=dict)
    _named: dict[tuple[ServerId, str], set[ChannelId]] = field(default_factory=dict)
    """Channels on which records name a type."""

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in all subjects of a registry, and which channels there are."""
        match observation:
            case SchemasSeen(server=server, url=url, schemas=schemas):
                self._registries[server, url] = schemas
            case ChannelSeen(channel=channel):
                self._channels.setdefault(channel.server, {})[channel.name] = channel
            case ChannelGone(channel=channel):
                self._channels.get(channel.server, {}).pop(channel.name, None)
                for channels in self._named.values():
                    channels.discard(channel)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Remember where each type is seen."""
        for name in filter(None, digest.types):
            key = (digest.channel.server, name)
            channels = self._named.pop(key, set())
            channels.add(digest.channel)
            self._named[key] = channels
            if len(self._named) > MOST_NAMED:
                del self._named[next(iter(self._named))]

    def report(self, report: Report, now_ns: int) -> None:
        """The declared types of each channel."""
        for (server, _), schemas in self._registries.items():
            for schema in schemas:
                kind = MessageType(schema.name or schema.subject, 0.0, schema.fields, schema.versions)
                for channel in self._places(server, schema):
                    report.types.setdefault(channel, []).append(kind)

    def _places(self, server: ServerId, schema: MessageSchema) -> Iterator[ChannelId]:
        channels = self._channels.get(server, {})
        if schema.subject == schema.name:
            yield from self._named.get((server, schema.name), ())
            return
        for suffix in (VALUE, f"-{schema.name}"):
            topic = schema.subject.removesuffix(suffix)
            if topic != schema.subject and topic in channels:
                yield channels[topic]
                return


def with_declared(
    seen: Sequence[MessageType], declared: Iterable[MessageType], rate: float | None
) -> tuple[MessageType, ...]:
    """The types of a channel by name: those seen, and those declared with what a schema tells more.

    Where no record says its type and one type alone is declared, all records are of that type.
    """
    kinds: Mapping[str, MessageType] = {kind.name: kind for kind in declared}
    if len(kinds) == 1 and not seen:
        return tuple(replace(kind, rate_per_s=rate or 0.0) for kind in kinds.values())
    told = {kind.name: kind for kind in seen}
    for name, kind in kinds.items():
        known = told.get(name)
        if known is None:
            told[name] = kind
        else:
            told[name] = replace(
                known,
                fields=known.fields or kind.fields,
                versions=max(known.versions, kind.versions),
            )
    return tuple(told[name] for name in sorted(told))
