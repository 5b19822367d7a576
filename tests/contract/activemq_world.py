"""A real ActiveMQ, and what other programs do with it: each channel is a queue."""

from __future__ import annotations

import json
import threading
import urllib.parse
import urllib.request
import uuid
from collections.abc import Sequence
from typing import Any

import stomp

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.activemq.messages import MESSAGE_ID
from inspector.connection import parse
from inspector.demo.servers.activemq import ActiveMQServer
from inspector.record import Headers


class Listener(stomp.ConnectionListener):  # type: ignore[misc] # it has no types
    """Keeps what comes."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.news = threading.Event()

    def on_message(self, frame: Any) -> None:
        self.frames.append(frame)
        self.news.set()

    def on_receipt(self, frame: Any) -> None:
        self.news.set()


class _Kept(tuple[Any, ...]):
    """Headers as they were written: the id of a message, which the broker gave it, is beside them."""

    __slots__ = ()
    __hash__ = tuple.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and tuple(self) == tuple(
            pair for pair in other if pair[0] not in (MESSAGE_ID, "jms.persistent")
        )


class ActiveMQWorld:
    first = 0
    partitions = False
    takes_runs = False
    keeps = True
    group = None
    missing = "There is no queue"

    def __init__(self, server: ActiveMQServer) -> None:
        self.server = server
        self.connection = parse(server.url)
        self.prefix = f"t{uuid.uuid4().hex[:6]}-"
        self._clients: dict[str, tuple[Any, Listener]] = {}

    def client(self, name: str = "somebody") -> tuple[Any, Listener]:
        """The connection of another program, and what came over it."""
        known = self._clients.get(name)
        if known is None or not known[0].is_connected():
            connection = stomp.Connection12(
                [("127.0.0.1", self.server.port)], auto_content_length=False, reconnect_attempts_max=1
            )
            listener = Listener()
            connection.set_listener("", listener)
            connection.connect(wait=True, headers={"client-id": name})
            self._clients[name] = connection, listener
        return self._clients[name]

    def manage(self, operation: str, *arguments: str, bean: str = "") -> Any:
        """What an operation, or an attribute, of the broker's MBean gives."""
        name = f"org.apache.activemq:type=Broker,brokerName={self.server.name}{bean}"
        path = "/".join(urllib.parse.quote(each, safe="") for each in (name, operation, *arguments))
        kind = "exec" if operation[0].islower() else "read"
        with urllib.request.urlopen(f"{self.server.jolokia}/{kind}/{path}", timeout=10) as answer:
            return json.load(answer).get("value")

    def kept(self, key: bytes | None, value: bytes | None, headers: Headers, channel: ChannelId) -> Any:
        """What is left of a record here: no key, no null, one header of each name."""
        first: dict[str, bytes] = {}
        for name, text in headers:
            first.setdefault(name, text or b"")
        body = value or b""
        binary = _binary(body)
        pairs = [*first.items(), *([("jms.body", b"bytes")] if binary else [])]
        return None, body, _Kept(sorted(pairs))

    def create(self, name: str, partitions: int = 1) -> ChannelId:
        full = name if name.startswith(self.prefix) else self.prefix + name
        self.manage("addQueue", full)
        return ChannelId(self.connection.server, ChannelKind.QUEUE, full)

    def delete(self, channel: ChannelId) -> None:
        self.manage("removeQueue", channel.name)

    def write(
        self,
        channel: ChannelId,
        records: Sequence[tuple[bytes | None, bytes | None, Headers]],
        partition: int = 0,
        client: str = "somebody",
    ) -> None:
        connection, listener = self.client(client)
        for _, value, headers in records:
            first: dict[str, str] = {}
            for name, text in headers:
                first.setdefault(name, (text or b"").decode())
            body = value or b""
            if _binary(body):
                first["content-length"] = str(len(body))
            connection.send(
                f"/{channel.kind}/{channel.name}",
                body if _binary(body) else body.decode(),
                headers={**first, "persistent": "true"},
            )
        listener.news.clear()
        connection.send("/topic/ready", "", receipt=uuid.uuid4().hex)
        assert listener.news.wait(20)

    def receive(self, group: str, client_id: str, channel: ChannelId) -> None:
        """Be handed the first message, which stays until it is acknowledged, and stay."""
        connection, listener = self.client(client_id)
        listener.news.clear()
        # No more than one is handed out before it is acknowledged.
        connection.subscribe(
            f"/queue/{channel.name}", id="1", ack="client", headers={"activemq.prefetchSize": "1"}
        )
        assert listener.news.wait(20)

    def groups(self) -> dict[str, Any]:
        """Of each queue: what lies there, what was handed out, acknowledged, and by how many."""
        found = {}
        for one in self.manage("Queues"):
            name = one["objectName"].partition("destinationName=")[2].partition(",")[0]
            bean = f",destinationType=Queue,destinationName={name}"
            asked = ("QueueSize", "InFlightCount", "DequeueCount", "ExpiredCount", "ForwardCount")
            found[name] = tuple(self.manage(each, bean=bean) for each in asked)
        return found

    def stop(self) -> None:
        self.server.kill()

    def start(self) -> None:
        self.server.start()

    def close(self) -> None:
        for connection, _ in self._clients.values():
            if connection.is_connected():
                connection.disconnect()


def _binary(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return b"\0" in body
