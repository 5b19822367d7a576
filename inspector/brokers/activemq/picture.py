"""From the broker's MBeans to what is told of them: who sends and receives, and what the broker moves."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from graph.identity import Action, ChannelId, ChannelKind, RouteKind, ServerId
from inspector.brokers.activemq.management import INTERNAL, Bridge, Client, Consumer, Destination, Producer
from inspector.brokers.activemq.session import OWN
from inspector.brokers.nats.subjects import covers, is_pattern
from inspector.observation import (
    Forward,
    GroupSeen,
    Member,
    Observation,
    OffsetsCommitted,
    RouteSeen,
    Use,
    UsesSeen,
)

LISTED = 0.98
SENT_LAST = 0.95
"""A producer that may send anywhere tells where it sent last."""
NAMED = 0.95
"""That a queue's name is one that virtual topics lead to, as brokers are configured by default."""
ORIGIN = 0.98
"""Messages tell where they were sent to at first."""
GROUP_KIND = "durable"
_VIRTUAL = re.compile(r"Consumer\.[^.]+\.(VirtualTopic\..+)")
"""https://activemq.apache.org/components/classic/documentation/virtual-destinations"""
_MADE_UP = "ID:"
"""How client ids begin that the broker or a library made up."""


def queue(server: ServerId, name: str) -> ChannelId:
    """A queue as a channel."""
    return ChannelId(server, ChannelKind.QUEUE, name)


def topic(server: ServerId, name: str) -> ChannelId:
    """A topic as a channel."""
    return ChannelId(server, ChannelKind.TOPIC, name)


def fits(pattern: str, name: str) -> bool:
    """Whether a name belongs to a pattern; `a.>` is `a` too, other than on NATS
    (`org.apache.activemq.filter.PrefixDestinationFilter`)."""
    return covers(pattern, name) or pattern == f"{name}.>"


def named(client_id: str, clients: Mapping[str, Client]) -> str:
    """What a client is called; for one whose id was made up, what is known of it."""
    if not client_id.startswith(_MADE_UP):
        return client_id
    client = clients.get(client_id)
    if client is not None and client.user_name:
        return client.user_name
    return f"unnamed client at {_host(client) or 'an unknown host'}"


def _host(client: Client | None) -> str:
    """Of `tcp://host:port`."""
    address = client.remote_address.rpartition("//")[2] if client else ""
    return address.rpartition(":")[0].strip("[]")


def _selector(text: str) -> str:
    """As people write it: STOMP's side of ActiveMQ puts an order to its parser in front."""
    return text.removeprefix("convert_string_expressions:")


def _applications(consumers: Iterable[Consumer]) -> Iterator[Consumer]:
    """Those that are not our own, no bridges, and receive what applications send."""
    for each in consumers:
        internal = each.destination_temporary or each.destination_name.startswith(INTERNAL)
        if not (each.network or internal or each.client_id.startswith(OWN)):
            yield each


def received(server: ServerId, consumer: Consumer, known: Collection[ChannelId]) -> list[ChannelId]:
    """The channels that somebody receives from; the pattern itself where it fits none yet."""
    make = queue if consumer.destination_queue else topic
    found: list[ChannelId] = []
    for name in consumer.destination_name.split(","):
        here = make(server, name)
        fitting = [each for each in known if each.kind is here.kind and fits(name, each.name)]
        found += fitting if is_pattern(name) and fitting else [here]
    return found


def receiving(
    server: ServerId,
    consumers: Sequence[Consumer],
    clients: Mapping[str, Client],
    known: Collection[ChannelId],
    *,
    durable: bool = False,
) -> UsesSeen:
    """Who receives from what; durable subscriptions are told as groups elsewhere."""
    uses = set()
    for each in _applications(consumers):
        if each.subscription_name is not None and not durable:
            continue
        name = named(each.client_id, clients)
        host = _host(clients.get(each.client_id))
        by = f" with the selector {_selector(each.selector)}" if each.selector else ""
        at = f" from {host}" if host else ""
        detail = f"Client {name} receives from {each.destination_name}{by}{at}."
        uses |= {Use(name, Action.RECEIVE, channel, detail) for channel in received(server, each, known)}
    return UsesSeen(server, "activemq.consumer", LISTED, tuple(sorted(uses)))


def groups(
    server: ServerId,
    consumers: Sequence[Consumer],
    clients: Mapping[str, Client],
    known: Collection[ChannelId],
    ends: Mapping[ChannelId, int],
) -> Iterator[Observation]:
    """Each durable subscription as a group, with how far it has got."""
    for each in _applications(consumers):
        if each.subscription_name is None:
            continue
        name = f"{each.client_id}:{each.subscription_name}"
        channels = tuple(received(server, each, known))
        members: tuple[Member, ...] = ()
        if each.active:
            host = _host(clients.get(each.client_id))
            members = (Member(each.client_id, each.client_id, host, channels),)
        yield GroupSeen(server, name, GROUP_KIND, "Active" if members else "Offline", members)
        if len(channels) == 1 and channels[0] in ends:
            done = max(0, ends[channels[0]] - each.pending_queue_size)
            yield OffsetsCommitted(server, name, ((channels[0], {0: done}),))


def sending(
    server: ServerId, producers: Iterable[Producer], clients: Mapping[str, Client]
) -> dict[tuple[str, ChannelId], Use]:
    """Where somebody sent last, by connection and channel."""
    found = {}
    for each in producers:
        somewhere = each.destination_queue or each.destination_topic
        internal = each.destination_temporary or each.destination_name.startswith(INTERNAL)
        client = clients.get(each.client_id)
        bridge = client is not None and client.network_connection
        if each.client_id.startswith(OWN) or bridge or internal or not somewhere:
            continue
        name = named(each.client_id, clients)
        make = queue if each.destination_queue else topic
        for path in each.destination_name.split(","):
            detail = f"Client {name} has a producer that sent to {path}."
            channel = make(server, path.rpartition("//")[2])
            found[each.connection_id, channel] = Use(name, Action.SEND, channel, detail)
    return found


def virtual_routes(
    server: ServerId, queues: Iterable[Destination], topics: Iterable[Destination]
) -> Iterator[RouteSeen]:
    """From virtual topics to the queues that get copies of what comes to them."""
    names = [each.name for each in topics]
    for each in queues:
        if (found := _VIRTUAL.fullmatch(each.name)) is None:
            continue
        pattern = found[1]
        sources = [name for name in names if fits(pattern, name)] if is_pattern(pattern) else [pattern]
        for name in sources:
            detail = f"By its name, queue {each.name} gets a copy of what comes to virtual topic {name}."
            here = queue(server, each.name)
            yield RouteSeen(
                topic(server, name), here, RouteKind.BINDING, "activemq.virtual-topic", NAMED, detail
            )


def forwards(
    server: ServerId, broker: str, consumers: Iterable[Consumer], bridges: Iterable[Bridge]
) -> Iterator[Forward]:
    """What network bridges take here for other brokers, each of which is known by its name."""
    remotes = [each.remote_broker_name for each in bridges if each.remote_broker_name]
    for each in consumers:
        internal = each.destination_temporary or each.destination_name.startswith(INTERNAL)
        if not each.network or internal or is_pattern(each.destination_name):
            continue
        make = queue if each.destination_queue else topic
        for remote in remotes:
            # `DemandForwardingBridgeSupport` calls its connections so.
            if each.connection_id.startswith(f"{broker}->{remote}-"):
                source = make(server, each.destination_name)
                yield Forward(source, remote, f"Broker {broker} forwards {source.name} to broker {remote}.")


def origin_route(origin: ChannelId, channel: ChannelId, *, dead: bool) -> RouteSeen:
    """Where a message lies that was sent somewhere else."""
    if dead:
        detail = f"Messages of {origin.name} that nobody could process lie in {channel.name}."
        return RouteSeen(origin, channel, RouteKind.DEAD_LETTER, "activemq.dead-letter", ORIGIN, detail)
    detail = f"Messages in {channel.name} say that they were sent to {origin.name}."
    return RouteSeen(origin, channel, RouteKind.BINDING, "activemq.original-destination", ORIGIN, detail)
