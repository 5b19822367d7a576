"""A Kafka cluster: its brokers, its topics and their leaders, and requests to the right broker."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from inspector.brokers.kafka import reception
from inspector.brokers.kafka.security import Security, security_of
from inspector.brokers.kafka.wire import LoginRefused, NodeDown, Wire
from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed

log = logging.getLogger("eventscope.kafka")

CONNECT_TIMEOUT_S = 4.0
OPEN_TIMEOUT_S = 9.0
METADATA_TIMEOUT_S = 5.0
BOOTSTRAP = -1
"""The node that stands for whichever given address answers."""
Partition = tuple[str, int]
"""Topic and partition number."""


@dataclass(frozen=True)
class Topic:
    """A topic as the metadata describe it."""

    name: str
    id: bytes
    internal: bool
    leaders: dict[int, int] = field(hash=False)
    """Node by partition; -1 where there is none now."""


class Cluster:
    """Connections to the brokers of one cluster, opened when they are needed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.nodes: dict[int, tuple[str, int]] = {}
        self.topics: dict[str, Topic] = {}
        self.unreachable: dict[int, str] = {}
        """Brokers that did not answer when they were last asked, and how that showed."""
        self.generation = 0
        """Counts the metadata read."""
        self._wires: dict[tuple[int, str], Wire] = {}
        self._locks: dict[tuple[int, str], asyncio.Lock] = {}
        self._closed = False
        self.refused: AccessRefused | None = None
        """Why the password is not taken. From then on nobody is asked: repeating it can lock an account."""

    @cached_property
    def _security(self) -> Security:
        return security_of(self.connection)

    async def open(self) -> None:
        """Connect and read the metadata; raises `ConnectionFailed` or `AccessRefused` within ten seconds."""
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await self._open()
        except TimeoutError as error:
            raise ConnectionFailed(
                f"{self.connection.server.address} does not answer in time.",
                "Check the address, the network and its firewall.",
            ) from error

    async def _open(self) -> None:
        self._wires[BOOTSTRAP, "ask"] = await self._bootstrap(explained=True)
        try:
            await self.refresh()
        except NodeDown as error:
            methods = await self._login_wanted()
            if methods:
                raise reception.login_missing(self.connection.server.address, methods) from error
            raise ConnectionFailed(
                f"{error}, though it received the connection.", "Look into the broker's log for the reason."
            ) from error
        if not self.nodes:
            raise ConnectionFailed(
                f"{self.connection.server.address} names no brokers.",
                "Give the port of a broker, not of a controller.",
            )

    async def _login_wanted(self) -> list[str] | None:
        if self._security.method.mechanism is not None:
            return None
        tls = self._security.context()
        for host, port in self.connection.addresses:
            methods = await reception.login_wanted(host, port, tls)
            if methods:
                return methods
        return None

    async def refresh(self) -> None:
        """Read brokers and topics anew; raises `NodeDown` when no broker answers."""
        # Creating a topic that is asked for would leave a trace.
        body = {"Topics": None, "AllowAutoTopicCreation": False}
        failure = NodeDown(f"{self.connection.server.address} does not answer")
        for node in self._candidates():
            try:
                async with asyncio.timeout(METADATA_TIMEOUT_S):
                    answer = await self.request(node, "Metadata", body)
            except TimeoutError:
                continue
            except NodeDown as error:
                failure = error
                continue
            self._take(answer)
            return
        raise failure

    def _candidates(self) -> Iterable[int]:
        connected = [node for (node, _), wire in self._wires.items() if wire.open]
        others = [node for node in self.nodes if node not in connected]
        return dict.fromkeys([*connected, *others[:3], BOOTSTRAP])

    def _take(self, answer: dict[str, Any]) -> None:
        self.generation += 1
        self.nodes = {one["NodeId"]: (one["Host"], one["Port"]) for one in answer["Brokers"]}
        self.unreachable = {node: why for node, why in self.unreachable.items() if node in self.nodes}
        self.topics = {
            one["Name"]: Topic(
                one["Name"],
                one.get("TopicId", b""),
                one.get("IsInternal", False),
                {part["PartitionIndex"]: part["LeaderId"] for part in one["Partitions"]},
            )
            for one in answer["Topics"]
            if one["Name"] and one["Partitions"]
        }

    def leader(self, partition: Partition) -> int | None:
        """The node that leads a partition; None where there is none, or no such partition."""
        topic = self.topics.get(partition[0])
        node = topic.leaders.get(partition[1], -1) if topic else -1
        return node if node in self.nodes else None

    def by_leader(self, partitions: Iterable[Partition]) -> dict[int, list[Partition]]:
        """Partitions by the node that leads them; those without a leader are left out."""
        led: dict[int, list[Partition]] = {}
        for partition in partitions:
            node = self.leader(partition)
            if node is not None:
                led.setdefault(node, []).append(partition)
        return led

    async def request(self, node: int, api: str, body: dict[str, Any], line: str = "ask") -> dict[str, Any]:
        """Ask one broker. Requests on one `line` wait for each other, as Kafka answers them in order.

        Raises `NodeDown`, `inspector.errors.Unsupported` or `codec.CodecError`.
        """
        wire = await self._wire(node, line)
        try:
            return await wire.request(api, body)
        except NodeDown:
            await self._drop(node, line, wire)
            raise

    async def on_each(self, nodes: Iterable[int], work: Callable[[int], Awaitable[None]]) -> None:
        """Do something with each broker; raises `NodeDown` only when none of them answers.

        Those that do not answer are kept in `unreachable` until they do.
        """
        asked = list(nodes)
        answered = 0
        for node in asked:
            try:
                await work(node)
            except LoginRefused:
                raise
            except NodeDown as error:
                self.unreachable[node] = str(error)
                failure = error
            else:
                self.unreachable.pop(node, None)
                answered += 1
        if asked and not answered:
            raise failure

    async def version_of(self, node: int, api: str) -> int | None:
        """The version in which a broker would be asked; None where it does not offer the API."""
        return (await self._wire(node, "ask")).version_of(api)

    async def _wire(self, node: int, line: str) -> Wire:
        lock = self._locks.setdefault((node, line), asyncio.Lock())
        async with lock:
            wire = self._wires.get((node, line))
            if wire is not None and wire.open:
                return wire
            if wire is not None:
                await self._drop(node, line, wire)
            wire = await self._connect(node)
            if self._closed:
                await wire.close()
                raise NodeDown("The connection is closed")
            self._wires[node, line] = wire
            return wire

    async def _connect(self, node: int) -> Wire:
        if self._closed:
            raise NodeDown("The connection is closed")
        if self.refused is not None:
            raise LoginRefused(self.refused)
        # A lone broker is reached where it was found, whatever address it advertises: through a
        # forwarded port or out of a container the advertised one often leads nowhere.
        if node == BOOTSTRAP or (len(self.nodes) == 1 and node in self.nodes):
            return await self._bootstrap(explained=False)
        if node not in self.nodes:
            raise NodeDown(f"Broker {node} is not part of the cluster now")
        host, port = self.nodes[node]
        try:
            return await Wire.connect(host, port, self._security, CONNECT_TIMEOUT_S)
        except Exception as error:
            if refused := self._refusal(host, port, error):
                raise LoginRefused(refused) from error
            raise NodeDown(f"Broker {node} at {host}:{port} cannot be reached") from error

    async def _bootstrap(self, *, explained: bool) -> Wire:
        """A connection to the first given address that receives one."""
        security = self._security
        addresses = self.connection.addresses
        patience = max(1.0, CONNECT_TIMEOUT_S / len(addresses))
        failures: list[tuple[str, int, Exception]] = []
        refused: AccessRefused | None = None
        for host, port in addresses:
            try:
                return await Wire.connect(host, port, security, patience)
            except Exception as error:  # noqa: BLE001  whatever it was, `reception` names it
                log.debug("%s:%d: %r", host, port, error)
                failures.append((host, port, error))
                if refused := self._refusal(host, port, error):
                    break
        if not explained:
            if refused is not None:
                raise LoginRefused(refused) from failures[-1][2]
            told = (failure for _, _, failure in failures if isinstance(failure, ConnectionFailed))
            why = next((failure.message.rstrip(".") for failure in told), None)
            raise NodeDown(why or f"{self.connection.server.address} does not answer")
        # One that received the connection and refused it says more than one that does not answer.
        failures.sort(key=lambda one: isinstance(one[2], OSError) and not isinstance(one[2], ssl.SSLError))
        raise await reception.explain(*failures[0][:2], security, failures[0][2])

    def _refusal(self, host: str, port: int, error: Exception) -> AccessRefused | None:
        """Why a broker does not take this login. A token may be refused for its age, and the next not be."""
        refused = reception.refusal(host, port, self._security, error)
        if self._security.tokens is None:
            # Another connection that fails for another reason meanwhile does not take it back.
            self.refused = refused or self.refused
        return refused

    async def _drop(self, node: int, line: str, wire: Wire) -> None:
        if self._wires.get((node, line)) is wire:
            del self._wires[node, line]
        await wire.close()

    async def close(self) -> None:
        """End all connections."""
        self._closed = True
        for (node, line), wire in list(self._wires.items()):
            with suppress(NodeDown):
                await self._drop(node, line, wire)
