"""From streams, their readers and the server's clients to what is told of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from graph.identity import Action, ChannelId, RouteKind, ServerId
from inspector.brokers.nats.clients import NatsClient
from inspector.brokers.nats.places import Places
from inspector.brokers.nats.streams import NANOSECOND, Reader, Stream
from inspector.observation import (
    GroupSeen,
    Member,
    MemberSeen,
    Observation,
    OffsetsCommitted,
    RouteSeen,
    Use,
    UsesSeen,
)

LISTED = 0.98
CONFIGURED = 0.99
MADE_TO = 0.9
"""A consumer was made to receive; whether anybody fetches from it is another question."""
ACTIVE_NS = 60 * NANOSECOND
"""Clients that fetch are not named by the server; who fetched within this time is there."""
GROUP_KIND = "jetstream"


def routes(places: Places, stream: Stream) -> Iterator[RouteSeen]:
    """What a stream takes from subjects, and from other streams."""
    here = places.stream(stream.name)
    for channel in places.kept(stream):
        if channel != here:
            detail = f"Stream {stream.name} keeps what comes over {channel.name}."
            yield RouteSeen(channel, here, RouteKind.BINDING, "nats.stream", CONFIGURED, detail)
    for source, mirror in stream.copies:
        if source in places.streams:
            kind = RouteKind.MIRROR if mirror else RouteKind.REPLICATION
            how = "is a mirror of" if mirror else "takes over what comes to"
            detail = f"Stream {stream.name} {how} {source}."
            yield RouteSeen(places.stream(source), here, kind, "nats.stream", CONFIGURED, detail)


def groups(
    server: ServerId,
    places: Places,
    readers: Iterable[Reader],
    clients: Sequence[NatsClient],
    ends: Mapping[ChannelId, int],
    now_ns: int,
) -> Iterator[Observation]:
    """Each consumer of a stream as a group of receivers, with how far it has got before the ends.

    One name on several streams is one group: such consumers belong to one application.
    """
    by_name: dict[str, list[Reader]] = {}
    for reader in readers:
        if reader.stream in places.streams:
            by_name.setdefault(reader.name, []).append(reader)
    for name, mine in by_name.items():
        members: dict[str, Member] = {}
        exact: list[tuple[ChannelId, dict[int, int]]] = []
        for reader in mine:
            stream = places.streams[reader.stream]
            channels = tuple(places.received(stream, reader.filters))
            for member in _members(reader, channels, clients, now_ns):
                known = members.get(member.member_id)
                members[member.member_id] = member if known is None else _both(known, member)
            if not members and reader.active_ns:
                member = Member(name, name, "", channels)
                yield MemberSeen(server, name, GROUP_KIND, member, reader.active_ns)
            if len(channels) == 1 and channels[0] in ends:
                exact.append((channels[0], {0: max(ends[channels[0]] - reader.pending, 0)}))
        yield GroupSeen(server, name, GROUP_KIND, "Active" if members else "Idle", tuple(members.values()))
        if exact:
            yield OffsetsCommitted(server, name, tuple(exact))


def _both(one: Member, other: Member) -> Member:
    return replace(one, channels=tuple(dict.fromkeys((*one.channels, *other.channels))))


def _members(
    reader: Reader, channels: tuple[ChannelId, ...], clients: Sequence[NatsClient], now_ns: int
) -> Iterator[Member]:
    if reader.delivers_to:
        for client in clients:
            subjects = {*client.listens_to, *(each.subject for each in client.subscriptions)}
            if reader.delivers_to in subjects:
                yield Member(f"{client.server}/{client.number}", named(client), client.host, channels)
    elif reader.waiting or now_ns - reader.active_ns < ACTIVE_NS:
        yield Member(reader.name, reader.name, "", channels)


def made_to(server: ServerId, places: Places, readers: Iterable[Reader]) -> UsesSeen:
    """What consumers are made to receive, whether or not a client is there."""
    uses = {
        Use(
            reader.name,
            Action.RECEIVE,
            channel,
            f"Consumer {reader.name} of stream {reader.stream} is made to receive {channel.name}.",
        )
        for reader in readers
        if reader.stream in places.streams and reader.lasting
        for channel in places.received(places.streams[reader.stream], reader.filters)
    }
    return UsesSeen(server, "nats.consumer", MADE_TO, tuple(sorted(uses)))


def listening(
    server: ServerId, places: Places, clients: Sequence[NatsClient], pushed: Collection[str]
) -> UsesSeen:
    """Who is subscribed to what, but for the subjects that consumers push to."""
    uses = []
    for client in clients:
        for subscription in client.subscriptions:
            if subscription.subject in pushed:
                continue
            group = f" in queue group {subscription.queue}" if subscription.queue else ""
            at = f" from {client.host}" if client.host else ""
            detail = f"Connection {named(client)} listens to {subscription.subject}{group}{at}."
            uses += [
                Use(named(client), Action.RECEIVE, channel, detail)
                for channel in places.listened(subscription.subject)
            ]
    return UsesSeen(server, "nats.subscription", LISTED, tuple(sorted(set(uses))))


def named(client: NatsClient) -> str:
    """What a connection is called; for one without a name, what is known of it."""
    return client.name or f"unnamed {client.library or 'client'} at {client.host or 'an unknown host'}"
