"""What ActiveMQ's MBeans tell through Jolokia, whose protocol is described at
https://jolokia.org/reference/html/manual/jolokia_protocol.html.

Everything is read with GET, a whole kind of MBean at once. Names and attributes are those of the interfaces
in `org.apache.activemq.broker.jmx`.
"""

from __future__ import annotations

import time
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from inspector.errors import ConnectionFailed, InspectorError
from inspector.rest import NotThere, Rest

T = TypeVar("T", bound=Struct)
DOMAIN = "org.apache.activemq:type=Broker"
NOT_SET = "NOTSET"
"""What a producer's MBean tells before it has sent something."""
INTERNAL = "ActiveMQ.Advisory."


class Broker(Struct, frozen=True, rename="pascal"):
    """The broker itself."""

    broker_name: str
    broker_id: str = ""
    broker_version: str = ""
    uptime_millis: int = 0
    transport_connectors: dict[str, str] = {}
    """URIs by the names that they have in the configuration."""


class Destination(Struct, frozen=True, rename="pascal"):
    """A queue or a topic."""

    name: str
    enqueue_count: int = 0
    """Messages that came in since the broker, or its counting, began."""
    queue_size: int = 0
    """Messages that wait, those that receivers have not acknowledged among them."""
    consumer_count: int = 0
    d_l_q: bool = msgspec.field(default=False, name="DLQ")


class Consumer(Struct, frozen=True, rename="pascal"):
    """Who receives from one destination; a durable subscription without a client is one too."""

    client_id: str
    connection_id: str = ""
    destination_name: str = ""
    destination_queue: bool = False
    destination_temporary: bool = False
    selector: str | None = None
    network: bool = False
    active: bool = True
    subscription_name: str | None = None
    """Of a durable subscription; None for others."""
    pending_queue_size: int = 0


class Producer(Struct, frozen=True, rename="pascal"):
    """Who sends: to one destination, or where it likes; then the last one is told."""

    client_id: str
    connection_id: str = ""
    destination_name: str = ""
    destination_queue: bool = False
    destination_topic: bool = False
    destination_temporary: bool = False
    sent_count: int = 0


class Client(Struct, frozen=True, rename="pascal"):
    """One connection of a client."""

    client_id: str
    remote_address: str = ""
    user_name: str | None = None
    network_connection: bool = False


class Bridge(Struct, frozen=True, rename="pascal"):
    """A network bridge: it forwards what somebody on the other broker wants to receive."""

    remote_broker_name: str | None = None
    remote_address: str | None = None
    local_address: str | None = None
    enqueue_counter: int = 0
    dequeue_counter: int = 0


class Connector(Struct, frozen=True, rename="pascal"):
    """A network connector, as it was configured."""

    name: str
    duplex: bool = False
    """Whether what is wanted here is forwarded here over it, too."""


class Management:
    """The MBeans of one broker, read inside `async with` of its `Rest`."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        self.ahead_ms = 0
        """How far the broker's clock is ahead of ours, to the second."""
        self._broker = ""

    async def broker(self) -> Broker:
        """The broker behind this interface; raises `NotThere` where none is."""
        found = await self._read("brokerName=*", Broker)
        if not found:
            raise self.rest.something_else(NotThere)
        self._broker = found[0].broker_name
        return found[0]

    async def queues(self) -> list[Destination]:
        """All queues but temporary ones."""
        return await self._all("destinationType=Queue,destinationName=*", Destination)

    async def topics(self) -> list[Destination]:
        """All topics but temporary ones and advisories."""
        found = await self._all("destinationType=Topic,destinationName=*", Destination)
        return [each for each in found if not each.name.startswith(INTERNAL)]

    async def consumers(self) -> list[Consumer]:
        """All receivers."""
        return await self._all("destinationType=*,destinationName=*,endpoint=Consumer,*", Consumer)

    async def producers(self) -> list[Producer]:
        """All senders that have sent something, or that are made for one destination."""
        fixed = await self._all("destinationType=*,destinationName=*,endpoint=Producer,*", Producer)
        free = await self._all("endpoint=dynamicProducer,*", Producer)
        return [*fixed, *(each for each in free if each.sent_count and each.destination_name != NOT_SET)]

    async def connection_of(self, client_id: str) -> str:
        """How the broker calls a connection; empty where it cannot be told."""
        found = await self._all(f"clientId={client_id},endpoint=dynamicProducer,*", Producer)
        return found[0].connection_id if found else ""

    async def clients(self) -> list[Client]:
        """All connections, each once."""
        return await self._all("connector=clientConnectors,connectionViewType=clientId,*", Client)

    async def bridges(self) -> list[Bridge]:
        """All bridges to other brokers."""
        return await self._all("connector=networkConnectors,networkBridge=*,*", Bridge)

    async def connectors(self) -> list[Connector]:
        """All network connectors."""
        return await self._all("connector=networkConnectors,networkConnectorName=*", Connector)

    async def _all(self, pattern: str, kind: type[T]) -> list[T]:
        if not self._broker:
            await self.broker()
        return await self._read(f"brokerName={self._broker},{pattern}", kind)

    async def _read(self, pattern: str, kind: type[T]) -> list[T]:
        attributes = ",".join(field.encode_name for field in msgspec.structs.fields(kind))
        try:
            answer = await self.rest.get(
                "read", f"{DOMAIN},{pattern}".replace("/", "!/"), attributes, query="?ignoreErrors=true"
            )
        except NotThere:
            # Some versions answer so where no MBean fits; where no broker is, `broker` says so.
            return []
        return list(self._converted(answer, kind))

    def _converted(self, answer: Any, kind: type[T]) -> list[T]:
        if not isinstance(answer, dict):
            raise self.rest.something_else()
        status = answer.get("status")
        if status == 404:
            return []
        if status == 403:
            raise _refused(self.rest, str(answer.get("error", "")))
        if status != 200:
            raise ConnectionFailed(
                f"{self.rest.title} cannot answer now ({answer.get('error', status)}).", "It is asked again."
            )
        if isinstance(at_s := answer.get("timestamp"), int):
            self.ahead_ms = at_s * 1_000 - time.time_ns() // 1_000_000
        found = []
        for attributes in (answer.get("value") or {}).values():
            # An MBean that went away meanwhile gives the error instead of its values.
            if isinstance(attributes, dict) and isinstance(attributes.get(_first(kind)), str):
                try:
                    found.append(msgspec.convert(attributes, kind, strict=False))
                except msgspec.ValidationError as error:
                    raise self.rest.something_else() from error
        return found


def _first(kind: type[Struct]) -> str:
    return msgspec.structs.fields(kind)[0].encode_name


def _refused(rest: Rest, said: str) -> InspectorError:
    return InspectorError(
        f"{rest.title} refuses to read an MBean ({said}).", "Allow reading in jolokia-access.xml."
    )
