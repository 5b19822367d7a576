"""What the management interface tells (https://www.rabbitmq.com/docs/management#http-api), read only.

Statistics come late (five seconds by default) and may be missing; empty tables are written as lists.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from inspector.brokers.rabbitmq.names import DEFAULT_VHOST, OWN, Place
from inspector.rest import NotThere, Rest

T = TypeVar("T")
Table = dict[str, Any]
AT_ONCE = 8
DETAILED = "detailed"


class Overview(Struct, frozen=True):
    """The cluster."""

    rabbitmq_version: str = ""
    rates_mode: str = ""
    disable_stats: bool = False
    listeners: list[dict[str, Any]] = []

    @property
    def nodes(self) -> int:
        """How many there are, as far as the login may know."""
        return len({str(each.get("node")) for each in self.listeners}) or 1


class Counts(Struct, frozen=True):
    """Messages since the broker counts."""

    publish: int = 0
    publish_in: int = 0


class Details(Struct, frozen=True):
    """How often a second."""

    rate: float = 0.0


class ExchangeCounts(Struct, frozen=True):
    """Messages that were published to an exchange."""

    publish_in: int = 0
    publish_in_details: Details = Details()


class Exchange(Struct, frozen=True):
    """One exchange."""

    name: str
    type: str
    vhost: str = DEFAULT_VHOST
    auto_delete: bool = False
    internal: bool = False
    arguments: Table = {}
    policy: str | None = None
    message_stats: ExchangeCounts | None = None

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.vhost, self.name)


class Queue(Struct, frozen=True):
    """One queue or stream."""

    name: str
    vhost: str = DEFAULT_VHOST
    type: str = "classic"
    arguments: Table = {}
    effective_policy_definition: Table = {}
    messages: int = 0
    message_stats: Counts | None = None

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.vhost, self.name)

    def setting(self, name: str) -> Any:
        """An argument, or what a policy says; None where neither does (arguments win:
        https://www.rabbitmq.com/docs/parameters#policies)."""
        given = self.arguments.get(f"x-{name}")
        return self.effective_policy_definition.get(name) if given is None else given


class Binding(Struct, frozen=True):
    """What an exchange hands on to a queue or to another exchange."""

    source: str
    destination: str
    destination_type: str
    routing_key: str = ""
    vhost: str = DEFAULT_VHOST
    arguments: Table = {}


class Named(Struct, frozen=True):
    """An exchange or a queue that something else tells of."""

    name: str = ""
    vhost: str = DEFAULT_VHOST


class ChannelDetails(Struct, frozen=True):
    """Whose channel it is."""

    connection_name: str = ""
    peer_host: str | None = None


class Consumer(Struct, frozen=True):
    """Who takes from a queue."""

    queue: Named
    consumer_tag: str = ""
    channel_details: ChannelDetails | None = None


class ClientConnection(Struct, frozen=True):
    """One connection, of AMQP, MQTT, STOMP or the stream protocol."""

    name: str
    vhost: str = DEFAULT_VHOST
    user: str = ""
    user_provided_name: str | None = None
    client_properties: Table = {}
    peer_host: str | None = None
    peer_port: int | None = None

    @property
    def title(self) -> str:
        """What it calls itself, or what is known of it."""
        properties = self.client_properties
        named = self.user_provided_name or properties.get("connection_name")
        if named:
            return str(named)
        library = properties.get("product") or "client"
        # In brackets, where the port is not taken for the number of an instance: two of them are two.
        return f"unnamed {library} ({self.user}, {self.peer_host}:{self.peer_port})"


class ChannelConnection(Struct, frozen=True):
    """The connection of a channel."""

    name: str = ""


class ClientChannel(Struct, frozen=True):
    """One channel of a connection."""

    name: str
    connection_details: ChannelConnection | None = None
    message_stats: Counts | None = None

    @property
    def connection(self) -> str:
        """Name of its connection."""
        details = self.connection_details
        return self.name.rpartition(" (")[0] if details is None else details.name


class Published(Struct, frozen=True):
    """That a channel published to an exchange."""

    exchange: Named


class Publishes(Struct, frozen=True):
    """Everything that a channel published to, where rates are detailed."""

    publishes: list[Published] = []


class Parameter(Struct, frozen=True):
    """A shovel or an upstream, as it was configured."""

    name: str
    vhost: str = DEFAULT_VHOST
    value: Table = {}


class Link(Struct, frozen=True):
    """A link of a federation."""

    vhost: str = DEFAULT_VHOST
    upstream: str = ""
    type: str = ""
    exchange: str | None = None
    upstream_exchange: str | None = None
    queue: str | None = None
    upstream_queue: str | None = None
    uri: str | None = None
    status: str = ""


class Management:
    """The interface, asked inside `async with` of its `Rest`: one virtual host, or all that may be seen."""

    def __init__(self, rest: Rest, vhost: str | None) -> None:
        self.rest = rest
        self._vhost = () if vhost is None else (vhost,)

    async def overview(self) -> Overview:
        """The cluster, to anybody who may log in."""
        return await self._get(Overview, "overview")

    async def exchanges(self) -> list[Exchange]:
        """All but the default ones, which every queue is bound to by its name."""
        columns = "name,vhost,type,auto_delete,internal,arguments,policy,message_stats"
        found = await self._get(list[Exchange], "exchanges", *self._vhost, query=f"?columns={columns}")
        return [each for each in found if each.name]

    async def queues(self) -> list[Queue]:
        """All but our own."""
        columns = "name,vhost,type,arguments,effective_policy_definition,messages,message_stats.publish"
        found = await self._get(list[Queue], "queues", *self._vhost, query=f"?columns={columns}")
        return [each for each in found if not each.name.startswith(OWN)]

    async def bindings(self) -> list[Binding]:
        """All but those of the default exchanges, and our own."""
        found = await self._get(list[Binding], "bindings", *self._vhost)
        return [each for each in found if each.source and not each.destination.startswith(OWN)]

    async def consumers(self) -> list[Consumer]:
        """Who takes from queues."""
        return await self._get(list[Consumer], "consumers", *self._vhost)

    async def connections(self) -> list[ClientConnection]:
        """Those of all virtual hosts: their names tell who consumers and channels are."""
        columns = "name,vhost,user,user_provided_name,client_properties,peer_host,peer_port"
        return await self._get(list[ClientConnection], "connections", query=f"?columns={columns}")

    async def publishing(self) -> list[ClientChannel]:
        """Channels that published something."""
        columns = "name,connection_details,message_stats.publish"
        found = await self._get(list[ClientChannel], "channels", query=f"?columns={columns}")
        return [each for each in found if each.message_stats is not None and each.message_stats.publish]

    async def publishes(self, channels: Sequence[ClientChannel]) -> list[Publishes]:
        """What each of them published to, in their order; nothing for one that is gone meanwhile."""
        found: list[Publishes] = []
        for at in range(0, len(channels), AT_ONCE):
            part = channels[at : at + AT_ONCE]
            found += await asyncio.gather(*(self._published(each) for each in part))
        return found

    async def _published(self, channel: ClientChannel) -> Publishes:
        try:
            return await self._get(Publishes, "channels", channel.name)
        except NotThere:
            return Publishes()

    async def parameters(self, component: str) -> list[Parameter]:
        """Shovels or upstreams; none where the plugin is not there."""
        try:
            return await self._get(list[Parameter], "parameters", component, *self._vhost)
        except NotThere:
            return []

    async def links(self) -> list[Link]:
        """Links of federations; none where the plugin is not there."""
        try:
            return await self._get(list[Link], "federation-links", *self._vhost)
        except NotThere:
            return []

    async def vhosts(self) -> dict[str, bool]:
        """Virtual hosts that may be seen, with whether the firehose is on there."""
        found = await self._get(list[dict[str, Any]], "vhosts")
        return {str(each.get("name")): bool(each.get("tracing")) for each in found}

    async def _get(self, kind: type[T], *path: str, query: str = "") -> T:
        answer = await self.rest.get("api", *path, query=query)
        try:
            return msgspec.convert(_told(answer), kind)
        except msgspec.ValidationError as error:
            raise self.rest.something_else() from error


def _told(answer: Any) -> Any:
    """An answer without what is empty: the interface writes empty objects as lists."""
    if isinstance(answer, list):
        return [_told(each) for each in answer]
    if isinstance(answer, dict):
        return {name: _told(value) for name, value in answer.items() if value not in ([], None)}
    return answer
