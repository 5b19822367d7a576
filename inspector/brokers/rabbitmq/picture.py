"""From what the management interface tells to channels, routes between them, and who uses them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from graph.identity import Action, ChannelId, ChannelKind, RouteKind, ServerId
from inspector.brokers.rabbitmq.management import (
    Binding,
    ClientChannel,
    ClientConnection,
    Consumer,
    Exchange,
    Link,
    Parameter,
    Publishes,
    Queue,
)
from inspector.brokers.rabbitmq.names import DEFAULT_VHOST, Place, matches
from inspector.observation import OffsetsSeen, RouteSeen, Use, UsesSeen

CONFIGURED = 0.99
LISTED = 0.98
ALONE = 0.9
"""Only one client publishes to the default exchange, so what comes to queues by it is that client's."""
AMQP_PORTS = {"amqp": 5672, "amqps": 5671}
MOST_KEYS = 12
"""Keys that a sentence names."""
_BUILT_IN = "amq."


class Layout:
    """Exchanges, queues and bindings as they are now."""

    def __init__(
        self,
        server: ServerId,
        exchanges: Sequence[Exchange] = (),
        queues: Sequence[Queue] = (),
        bindings: Sequence[Binding] = (),
    ) -> None:
        self.server = server
        self.exchanges = {each.place: each for each in exchanges}
        self.queues = {each.place: each for each in queues}
        self.bindings = tuple(bindings)
        self._used = {Place(each.vhost, each.source) for each in bindings} | {
            Place(each.vhost, each.destination)
            for each in bindings
            if each.destination_type == "exchange"
        }  # fmt: skip

    def exchange(self, place: Place) -> ChannelId:
        """An exchange as a channel."""
        return place.channel(self.server, ChannelKind.EXCHANGE)

    def queue(self, place: Place) -> ChannelId:
        """A queue or a stream as a channel; a queue where it is not known."""
        known = self.queues.get(place)
        stream = known is not None and known.type == "stream"
        return place.channel(self.server, ChannelKind.STREAM if stream else ChannelKind.QUEUE)

    @property
    def streams(self) -> list[Queue]:
        """All streams."""
        return [each for each in self.queues.values() if each.type == "stream"]

    def shown(self) -> list[Exchange]:
        """Exchanges without those that every virtual host has from the beginning and nobody uses."""
        return [
            each
            for place, each in self.exchanges.items()
            if not each.name.startswith(_BUILT_IN) or place in self._used or _published(each)
        ]

    def channels(self) -> list[ChannelId]:
        """Everything that records are put into."""
        return [
            *(self.exchange(each.place) for each in self.shown()),
            *(self.queue(place) for place in self.queues),
        ]

    def end(self, binding: Binding) -> ChannelId:
        """Where a binding leads."""
        place = Place(binding.vhost, binding.destination)
        return self.exchange(place) if binding.destination_type == "exchange" else self.queue(place)

    def routes(self, keys: Mapping[ChannelId, Collection[str]]) -> Iterator[RouteSeen]:
        """Bindings, dead letters and alternate exchanges; `keys` were seen on exchanges."""
        together: dict[tuple[ChannelId, ChannelId], list[Binding]] = {}
        for binding in self.bindings:
            source = self.exchange(Place(binding.vhost, binding.source))
            together.setdefault((source, self.end(binding)), []).append(binding)
        for (source, target), bindings in together.items():
            exchange = self.exchanges.get(Place(bindings[0].vhost, bindings[0].source))
            detail = _handed_on(exchange, target, bindings, keys.get(source, ()))
            yield RouteSeen(source, target, RouteKind.BINDING, "rabbitmq.binding", CONFIGURED, detail)
        for place, queue in self.queues.items():
            yield from self._dead_letters(place, queue)
        for place, each in self.exchanges.items():
            other = each.arguments.get("alternate-exchange")
            if isinstance(other, str):
                detail = (
                    f"What no binding of exchange {each.name} takes goes to its alternate exchange {other}."
                )
                target = self.exchange(Place(place.vhost, other))
                yield RouteSeen(
                    self.exchange(place), target, RouteKind.BINDING, "rabbitmq.alternate-exchange",
                    CONFIGURED, detail,
                )  # fmt: skip

    def _dead_letters(self, place: Place, queue: Queue) -> Iterator[RouteSeen]:
        exchange = queue.setting("dead-letter-exchange")
        if not isinstance(exchange, str):
            return
        key = queue.setting("dead-letter-routing-key")
        with_key = f" with the key {key}" if isinstance(key, str) else ""
        if exchange:
            target, where = self.exchange(Place(place.vhost, exchange)), f"exchange {exchange}"
        elif isinstance(key, str):
            target, where = self.queue(Place(place.vhost, key)), f"queue {key}"
        else:
            return  # by its own key: back where it was sent straight to, which only the message tells
        by = "" if "x-dead-letter-exchange" in queue.arguments else " by a policy"
        detail = f"Dead letters of queue {queue.name} go to {where}{with_key}{by}."
        yield RouteSeen(
            self.queue(place), target, RouteKind.DEAD_LETTER, "rabbitmq.dead-letter", CONFIGURED, detail
        )

    def counted(self, untapped: Collection[ChannelId]) -> Iterator[OffsetsSeen]:
        """How many messages came to queues and lie there, and how many to exchanges without a tap."""
        for place, each in self.queues.items():
            if each.type != "stream":
                passed = max(each.messages, 0 if each.message_stats is None else each.message_stats.publish)
                yield OffsetsSeen(self.queue(place), {0: passed - each.messages}, {0: passed})
        for place, one in self.exchanges.items():
            channel = self.exchange(place)
            if channel in untapped and one.message_stats is not None:
                passed = one.message_stats.publish_in
                yield OffsetsSeen(channel, {0: passed}, {0: passed})

    def straight(self) -> list[ChannelId]:
        """Queues to which messages come though no binding leads there: by the default exchange."""
        bound = {Place(each.vhost, each.destination) for each in self.bindings}
        return [
            self.queue(place)
            for place, each in self.queues.items()
            if place not in bound and each.message_stats is not None and each.message_stats.publish
        ]


def _published(exchange: Exchange) -> bool:
    return exchange.message_stats is not None and exchange.message_stats.publish_in > 0


def _handed_on(
    exchange: Exchange | None, target: ChannelId, bindings: Sequence[Binding], seen: Collection[str]
) -> str:
    kind = "" if exchange is None else f"{exchange.type} "
    first = bindings[0]
    what = f"The {kind}exchange {first.source} hands on to {first.destination_type} {first.destination}"
    if exchange is not None and exchange.type == "fanout":
        return f"{what} all that comes."
    if exchange is not None and exchange.type == "headers":
        wanted = "; ".join(_listed([f"{k}={v}" for k, v in each.arguments.items()]) for each in bindings)
        return f"{what} what has the headers {wanted}."
    keys = sorted({each.routing_key for each in bindings})
    detail = f"{what} what has the key {_listed(keys)}"
    fitting = sorted(key for key in seen if any(matches(each, key) for each in keys))
    if any("*" in key or "#" in key for key in keys) and fitting:
        detail += f"; seen so far: {_listed(fitting)}"
    return f"{detail}."


def _listed(words: Sequence[str]) -> str:
    more = len(words) - MOST_KEYS
    return ", ".join(words[:MOST_KEYS]) + (f" and {more} more" if more > 0 else "")


def receivers(layout: Layout, consumers: Iterable[Consumer], names: Mapping[str, str]) -> UsesSeen:
    """Who takes from which queue; `names` are those of connections, by what the broker calls them."""
    uses = set()
    for consumer in consumers:
        details = consumer.channel_details
        if details is None or details.connection_name not in names:
            continue  # the broker has not told yet whose it is
        client, place = names[details.connection_name], Place(consumer.queue.vhost, consumer.queue.name)
        detail = f"Connection {client} consumes from queue {place.name} with the tag {consumer.consumer_tag}."
        if place in layout.queues:
            uses.add(Use(client, Action.RECEIVE, layout.queue(place), detail))
    return UsesSeen(layout.server, "rabbitmq.consumer", LISTED, tuple(sorted(uses)))


def senders(
    layout: Layout,
    channels: Sequence[ClientChannel],
    publishes: Sequence[Publishes],
    names: Mapping[str, str],
) -> tuple[list[UsesSeen], set[str]]:
    """Who publishes to which exchange, and who to the default one without it being clear to which queues."""
    uses: set[Use] = set()
    straight: set[str] = set()
    for channel, published in zip(channels, publishes, strict=True):
        client = names.get(channel.connection)
        if client is None:
            continue
        for each in published.publishes:
            place = Place(each.exchange.vhost, each.exchange.name)
            if not place.name:
                straight.add(client)
            elif place in layout.exchanges:
                detail = f"Connection {client} publishes to exchange {place.name}."
                uses.add(Use(client, Action.SEND, layout.exchange(place), detail))
    alone: set[Use] = set()
    if len(straight) == 1:
        (client,) = straight
        detail = (
            f"Connection {client} alone publishes to the default exchange, and messages come by it to queue"
        )
        alone = {Use(client, Action.SEND, queue, f"{detail} {queue.name}.") for queue in layout.straight()}
    server = layout.server
    return [
        UsesSeen(server, "rabbitmq.publisher", LISTED, tuple(sorted(uses))),
        UsesSeen(server, "rabbitmq.default-exchange", ALONE, tuple(sorted(alone))),
    ], straight if len(straight) > 1 else set()


def clients(connections: Iterable[ClientConnection]) -> dict[str, str]:
    """What connections call themselves, by what the broker calls them."""
    return {each.name: each.title for each in connections}


def shovels(layout: Layout, parameters: Iterable[Parameter]) -> Iterator[RouteSeen]:
    """Shovels as they are configured (https://www.rabbitmq.com/docs/shovel-dynamic)."""
    for each in parameters:
        value = each.value
        source = _far_end(layout, each.vhost, value, "src")
        target = _far_end(layout, each.vhost, value, "dest")
        if source is not None and target is not None:
            detail = f"Shovel {each.name} moves what comes to {source.name} to {target.name}."
            yield RouteSeen(source, target, RouteKind.BRIDGE, "rabbitmq.shovel", CONFIGURED, detail)


def _far_end(layout: Layout, vhost: str, value: dict[str, Any], side: str) -> ChannelId | None:
    uri = value.get(f"{side}-uri")
    server, there = _server(layout.server, vhost, uri[0] if isinstance(uri, list) and uri else uri)
    exchange, queue = value.get(f"{side}-exchange"), value.get(f"{side}-queue")
    address = value.get(f"{side}-address")  # of AMQP 1.0
    if isinstance(exchange, str) and exchange:
        return Place(there, exchange).channel(server, ChannelKind.EXCHANGE)
    if isinstance(queue, str) and queue:
        place = Place(there, queue)
        return layout.queue(place) if server == layout.server else place.channel(server, ChannelKind.QUEUE)
    if isinstance(address, str) and address:
        return Place(there, address.rpartition("/")[2]).channel(server, ChannelKind.QUEUE)
    return None


def _server(here: ServerId, vhost: str, uri: object) -> tuple[ServerId, str]:
    """The server of an AMQP URI and its virtual host; without a host it is the one that it is configured on
    (https://www.rabbitmq.com/docs/uri-spec)."""
    try:
        parts = urlsplit(str(uri or ""))
        host, port = parts.hostname, parts.port
    except ValueError:
        return here, vhost
    there = unquote(parts.path.removeprefix("/")) or (DEFAULT_VHOST if parts.path == "/" else vhost)
    if not host:
        return here, there
    port = port or AMQP_PORTS.get(parts.scheme, AMQP_PORTS["amqp"])
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    same = address in here.address.split(",")
    return (here if same else ServerId(here.system, address)), there


def federation(layout: Layout, links: Iterable[Link]) -> Iterator[RouteSeen]:
    """Links that copy from an upstream (https://www.rabbitmq.com/docs/federation)."""
    for each in links:
        server, there = _server(layout.server, DEFAULT_VHOST, each.uri)
        if each.type == "queue" and each.queue:
            kind, name, mine = ChannelKind.QUEUE, each.upstream_queue or each.queue, each.queue
            target = layout.queue(Place(each.vhost, mine))
        elif each.exchange:
            kind, name, mine = ChannelKind.EXCHANGE, each.upstream_exchange or each.exchange, each.exchange
            target = layout.exchange(Place(each.vhost, mine))
        else:
            continue
        detail = f"Federation copies {name} of upstream {each.upstream} to {mine} ({each.status})."
        source = Place(there, name).channel(server, kind)
        if source != target:
            yield RouteSeen(source, target, RouteKind.REPLICATION, "rabbitmq.federation", CONFIGURED, detail)
