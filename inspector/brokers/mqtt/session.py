"""One connection to an MQTT broker: logging in, listening, publishing, noticing that it is gone.

paho's own thread serves the socket: asyncio cannot watch sockets by itself on Windows, where clients
made for it do not run. What arrives waits to be taken; to wake the event loop for it would cost more than
everything else.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from inspector.brokers.mqtt.messages import headers_of
from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.record import Headers
from inspector.trust import context_of

OPEN_S, ANSWER_S = 8.0, 5.0
KEEPALIVE_S = 20
NAME = "eventscope"
UNSUPPORTED_VERSION = 132
NOT_LET_IN = {134, 135, 138, 140}
"""Bad user or password, not authorised, banned, bad way to authenticate (MQTT 5, section 3.2.2.2). paho
gives the answers of MQTT 3.1.1 the same numbers."""
FAILED = 128
"""From this reason code on it is a refusal (MQTT 5, section 2.4)."""

Arrived = tuple[str, bytes, Headers]
"""Topic, payload and headers of a message."""


class Session:
    """One connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.lost = asyncio.Event()
        """Set when the connection is gone, or was never made."""
        self.lost.set()
        self.largest: int | None = None
        """Bytes of the largest packet that the broker takes, where it says so."""
        self._client: Client | None = None
        self._arrived: deque[Arrived] = deque()
        self._answers: dict[int, asyncio.Future[Any]] = {}

    @property
    def properties(self) -> bool:
        """Whether messages can have properties: MQTT 5."""
        return self._client is not None and self._client.protocol == MQTTv5

    async def open(self) -> None:
        """Connect to the first address that answers, and log in; what was open before is closed.

        Raises `ConnectionFailed` and `AccessRefused`.
        """
        await self.close()
        failure: InspectorError | None = None
        for host, port in self.connection.addresses:
            for protocol in (MQTTv5, MQTTv311):
                try:
                    code = await self._connected(host, port, protocol)
                except ConnectionFailed as error:
                    failure = error
                    break
                if code.value == UNSUPPORTED_VERSION and protocol == MQTTv5:
                    continue
                if code.value < FAILED:
                    return
                await self.close()
                if code.value in NOT_LET_IN:
                    raise AccessRefused(
                        f"{host}:{port} does not let this login in ({str(code).lower()}).",
                        "Check the user and the password.",
                    )
                failure = ConnectionFailed(f"{host}:{port} refuses the connection: {str(code).lower()}.")
                break
        raise failure or ConnectionFailed(f"{self.connection.server.address} speaks no MQTT 5 or 3.1.1.")

    async def _connected(self, host: str, port: int, protocol: int) -> ReasonCode:
        """The broker's answer to a login; the client stays open."""
        await self.close()
        loop = asyncio.get_running_loop()
        client = Client(
            CallbackAPIVersion.VERSION2,
            f"{NAME}-{uuid.uuid4().hex[:12]}",
            protocol=protocol,  # type: ignore[arg-type] # its constants are plain numbers
            reconnect_on_failure=False,
        )
        client.connect_timeout = OPEN_S / 2
        if self.connection.user is not None:
            client.username_pw_set(self.connection.user, self.connection.password)
        if self.connection.tls:
            client.tls_set_context(context_of(self.connection))
        answered: asyncio.Future[ReasonCode] = loop.create_future()

        def connected(_c: Client, _d: Any, _flags: ConnectFlags, code: ReasonCode, said: Any) -> None:
            self.largest = getattr(said, "MaximumPacketSize", None)
            _call(loop, _settle, answered, code)

        def gone(_c: Client, _d: Any, _flags: DisconnectFlags, code: ReasonCode, _said: Any) -> None:
            _call(loop, self._gone, client, answered, code)

        def acknowledged(_c: Client, _d: Any, number: int, code: Any, _said: Any) -> None:
            _call(loop, self._answered, number, code)

        client.on_connect = connected
        client.on_disconnect = gone
        client.on_subscribe = acknowledged
        client.on_publish = acknowledged
        arrived = self._arrived = deque()

        def arrive(_c: Client, _d: Any, message: MQTTMessage) -> None:
            # What a message says is taken at once: its properties weigh a hundred times as much as it does.
            arrived.append((message.topic, bytes(message.payload), headers_of(message)))

        client.on_message = arrive
        try:
            await asyncio.to_thread(client.connect, host, port, KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise _unreachable(host, port, error) from error
        self._client = client
        self.lost.clear()
        client.loop_start()
        try:
            async with asyncio.timeout(OPEN_S / 2):
                return await answered
        except TimeoutError:
            await self.close()
            raise ConnectionFailed(
                f"What listens on {host}:{port} does not answer as MQTT does.", "Check the port."
            ) from None

    def arrived(self) -> list[Arrived]:
        """What came since the last call, in its order."""
        return [self._arrived.popleft() for _ in range(len(self._arrived))]

    def _gone(self, client: Client, answered: asyncio.Future[ReasonCode], code: ReasonCode) -> None:
        if not answered.done():
            answered.set_result(code)
        if client is self._client:
            self.lost.set()
            for answer in self._answers.values():
                _settle(answer, None)
            self._answers.clear()

    def _answered(self, number: int, code: Any) -> None:
        if (answer := self._answers.pop(number, None)) is not None:
            _settle(answer, code)

    async def subscribe(self, patterns: Sequence[str]) -> list[str]:
        """Listen to these, each message once at most; gives those that are refused."""
        client = self._open_client()
        refused = []
        for pattern in patterns:
            result, number = client.subscribe(pattern, 0)
            (code,) = await self._answer(result, number) or (None,)
            if code is None or code.value >= FAILED:
                refused.append(pattern)
        return refused

    async def publish(self, topic: str, value: bytes, properties: Properties | None) -> ReasonCode:
        """Publish, and wait until the broker has it (quality of service 1)."""
        info = self._open_client().publish(topic, value, 1, properties=properties)
        code: ReasonCode = await self._answer(info.rc, info.mid)
        return code

    async def _answer(self, result: MQTTErrorCode, number: int | None) -> Any:
        if result is not MQTTErrorCode.MQTT_ERR_SUCCESS or number is None:
            raise self._away()
        # The answer is handed over on this loop, so it cannot have come yet.
        self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await self._answers[number]
        except TimeoutError:
            self._answers.pop(number, None)
            raise ConnectionFailed(f"{self.connection.server.address} gave no answer in time.") from None
        if answer is None:
            raise self._away()
        return answer

    def _open_client(self) -> Client:
        if self._client is None or self.lost.is_set():
            raise self._away()
        return self._client

    def _away(self) -> ConnectionFailed:
        return ConnectionFailed(f"The connection to {self.connection.server.address} is gone.")

    async def close(self) -> None:
        """Leave; safe to call twice."""
        client, self._client = self._client, None
        self.lost.set()
        if client is not None:
            client.disconnect()
            # It waits for paho's thread.
            await asyncio.to_thread(client.loop_stop)
            # paho closes its inner sockets when nothing refers to the client any more.
            client.on_connect = client.on_disconnect = client.on_message = None
            client.on_subscribe = client.on_publish = None
        for answer in self._answers.values():
            _settle(answer, None)
        self._answers.clear()


def _settle(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _call(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: Any) -> None:
    """On the loop, from paho's thread; a loop that has ended waits for nothing any more."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *arguments)


def _unreachable(host: str, port: int, error: OSError | ValueError) -> ConnectionFailed:
    if isinstance(error, ConnectionRefusedError):
        return ConnectionFailed(
            f"Nothing listens at {host}:{port}.", "Check the address, and that the broker runs."
        )
    return ConnectionFailed(f"{host}:{port} cannot be reached ({error}).", "Check the address and TLS.")
