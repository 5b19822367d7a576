"""Kinds of events on each channel: how often, with which fields, and whether those changed."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from graph.identity import ChannelId
from graph.model import MessageType
from inspector.conventions.bodies import UNREADABLE
from inspector.discovery.digest import Digest
from inspector.discovery.window import SECOND_NS, Tally, steady
from inspector.record import Record
from inspector.traits import Traits

UNTYPED = "untyped"
"""Events that name no type but are JSON objects."""
SAMPLES_PER_S = 50
LARGEST_SAMPLE = 65_536
MOST_TYPES = 64
MOST_VERSIONS = 32

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_WRAPPED = {"cloudevents": "data", "dapr": "data", "masstransit": "message"}
"""Where an envelope holds what was sent."""


def fields(record: Record, traits: Traits) -> tuple[str, ...] | None:
    """Top-level fields of a JSON object, sorted; None for any other body."""
    value = record.value
    if not value or len(value) > LARGEST_SAMPLE or value[:1] not in b"{ \n\t":
        return None
    try:
        body = _object.decode(value)
        inner = _WRAPPED.get(traits.convention)
        if inner in body and ("specversion" in body or "messageType" in body):
            body = _object.decode(body[inner])
        elif "payload" in body and "schema" in body and len(body) == 2:  # Connect's JSON converter
            body = _object.decode(body["payload"])
    except UNREADABLE:
        return None
    return tuple(sorted(body))


@dataclass(slots=True)
class _Kind:
    fields: tuple[str, ...] = ()
    versions: set[tuple[str, ...]] = field(default_factory=set)
    sampled_ns: int = 0
    shown_rate: float | None = None
    change: str = ""
    """What the last change of fields was; empty while there was none."""


@dataclass(slots=True)
class _Channel:
    tally: Tally[str] = field(default_factory=Tally)
    kinds: dict[str, _Kind] = field(default_factory=dict)
    shown: tuple[float | None, tuple[MessageType, ...]] | None = None
    """The rate and the types for it, until records were seen again."""


@dataclass
class MessageTypes:
    """The types of all channels. Fields are sampled: at most one of a type and fifty in all each second."""

    _channels: dict[ChannelId, _Channel] = field(default_factory=dict)
    _second: int = 0
    _samples: int = 0

    def forget(self, channel: ChannelId) -> None:
        """The channel is gone."""
        self._channels.pop(channel, None)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Count types; look into the newest record of some."""
        channel = self._channels.setdefault(digest.channel, _Channel())
        for name in digest.types:
            label = name or UNTYPED
            kind = channel.kinds.get(label)
            if kind is None:
                if len(channel.kinds) >= MOST_TYPES:
                    continue
                kind = _Kind()
                if name:
                    channel.kinds[label] = kind
            if self._may_sample(kind, now_ns):
                self._sample(kind, *digest.newest[name])
                if kind.versions:
                    channel.kinds[label] = kind
        known = {(name or UNTYPED): count for name, count in digest.types.items()}
        channel.tally.add(now_ns, known)
        channel.shown = None

    def _may_sample(self, kind: _Kind, now_ns: int) -> bool:
        second = now_ns // SECOND_NS
        if second != self._second:
            self._second, self._samples = second, 0
        # What was sampled before leaves half of the samples to what was not.
        most = SAMPLES_PER_S // 2 if kind.versions else SAMPLES_PER_S
        if self._samples >= most or (kind.versions and now_ns - kind.sampled_ns < SECOND_NS):
            return False
        self._samples += 1
        kind.sampled_ns = now_ns
        return True

    @staticmethod
    def _sample(kind: _Kind, record: Record, traits: Traits) -> None:
        found = fields(record, traits)
        if found is None:
            return
        if found not in kind.versions and len(kind.versions) < MOST_VERSIONS:
            if kind.versions:
                came = ", ".join(name for name in found if name not in kind.fields)
                went = ", ".join(name for name in kind.fields if name not in found)
                parts = [f"{came} came" if came else "", f"{went} went" if went else ""]
                kind.change = " and ".join(part for part in parts if part)
            kind.versions.add(found)
        kind.fields = found

    def of(self, channel: ChannelId, rate: float | None) -> tuple[MessageType, ...]:
        """The types of a channel by name, its rate shared among them as they were read lately."""
        known = self._channels.get(channel)
        if known is None:
            return ()
        if known.shown is not None and known.shown[0] == rate:
            return known.shown[1]
        shares = known.tally.shares()
        types = []
        for name, kind in sorted(known.kinds.items()):
            kind.shown_rate = steady(kind.shown_rate, (rate or 0.0) * shares.get(name, 0.0))
            types.append(MessageType(name, kind.shown_rate or 0.0, kind.fields, max(len(kind.versions), 1)))
        known.shown = (rate, tuple(types))
        return known.shown[1]

    def changes(self, channel: ChannelId) -> list[tuple[str, str]]:
        """Types whose fields changed while they were watched, with what came and went."""
        known = self._channels.get(channel)
        return (
            [(name, kind.change) for name, kind in sorted(known.kinds.items()) if kind.change]
            if known
            else []
        )
