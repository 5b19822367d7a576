"""Kafka Streams: who writes the topics that an application keeps for itself is that application.

A Streams application names them `<application id>-<store or operator>-changelog` and `-repartition`, its
group is the application id, and one producer of each thread writes them and the results alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from graph.identity import ChannelId, ServerId
from graph.model import Alias, ApplicationKind
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Bond, Report, Writer, evidence, own
from inspector.observation import (
    BatchSeen,
    ChannelGone,
    GroupSeen,
    Observation,
    ProducerSeen,
    ProducersGone,
)

SOURCE = "kafka.streams"
FAMILY = "streams"
OWNED = 0.97

_INTERNAL = re.compile(r".+-(?:changelog|repartition)")
_GENERATED = re.compile(r".+-K(?:STREAM|TABLE)-[A-Z-]+-\d{10}(?:-[a-z-]+)?-(?:changelog|repartition)")
"""Names that Streams itself makes where the programmer gives none."""
_CLIENT = re.compile(r".+-StreamThread-\d+(?:-.+)?")


@dataclass
class Streams:
    """`kafka.streams`: producers of changelog and repartition topics."""

    _groups: dict[tuple[ServerId, str], bool] = field(default_factory=dict)
    """Whether a group is seen to be that of a Streams application."""
    _owners: dict[ChannelId, str | None] = field(default_factory=dict)
    """Worked out since a group was last seen for the first time."""
    _writers: dict[tuple[ChannelId, Writer], tuple[int, int]] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in groups, and who writes to internal topics."""
        match observation:
            case GroupSeen(server=server, group=group) if not own(group):
                streams = observation.kind == "streams" or any(
                    _CLIENT.fullmatch(member.client_id) for member in observation.members
                )
                known = self._groups.get((server, group))
                if known is None or streams > known:
                    self._groups[server, group] = streams
                    self._owners.clear()
            case ProducerSeen(channel=channel) | BatchSeen(channel=channel) if (
                observation.producer_id >= 0 and _INTERNAL.fullmatch(channel.name)
            ):
                key = (channel, Writer(channel.server, observation.producer_id))
                self._writers[key] = (self._writers.get(key, (now_ns, 0))[0], now_ns)
            case ProducersGone(server=server, producer_ids=gone):
                self._writers = {
                    key: span
                    for key, span in self._writers.items()
                    if key[1].producer_id not in gone or key[1].server != server
                }
            case ChannelGone(channel=channel):
                self._writers = {key: span for key, span in self._writers.items() if key[0] != channel}

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about whose topic it is."""

    def report(self, report: Report, now_ns: int) -> None:
        """Bonds between producer ids and groups, and the kind of those groups."""
        for key, streams in self._groups.items():
            if streams:
                report.kinds[Alias("group", key[1])] = ApplicationKind.STREAM_PROCESSOR
        for (channel, writer), span in self._writers.items():
            if channel not in self._owners:
                self._owners[channel] = self._owner(channel)
            if (owner := self._owners[channel]) is not None:
                alias = Alias("group", owner)
                report.kinds[alias] = ApplicationKind.STREAM_PROCESSOR
                detail = (
                    f"Producer id {writer.producer_id} writes {channel.name}, which the Streams application "
                    f"{owner} keeps for itself."
                )
                report.bonds.append(Bond(writer, alias, evidence(SOURCE, FAMILY, OWNED, *span, detail)))

    def _owner(self, channel: ChannelId) -> str | None:
        """The group whose application made a topic: the longest of those that its name begins with."""
        generated = _GENERATED.fullmatch(channel.name)
        owners = (
            group
            for (server, group), streams in self._groups.items()
            if server == channel.server and channel.name.startswith(f"{group}-") and (streams or generated)
        )
        return max(owners, key=len, default=None)
