"""One TCP connection to one Kafka broker: the only place that leans on aiokafka's private names.

aiokafka's connection does the framing, the correlation of answers, ApiVersions and the login; messages are
ours (`codec`). It asks little of a request (aiokafka 0.14 `conn.py`, `send` and `_handle_frame`), and
hands us the answer's bytes, so that a malformed answer fails the caller and not the reader task.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, NamedTuple

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError, SaslAuthenticationFailed

from inspector.brokers.kafka import codec
from inspector.brokers.kafka.security import Security
from inspector.brokers.kafka.tokens import Tokens
from inspector.errors import AccessRefused, Unsupported

CLIENT_ID = "eventscope"
REQUEST_TIMEOUT_S = 10.0

CAPS = {"Fetch": 12, "Produce": 12, "OffsetFetch": 9}
"""Later versions name topics by id alone."""

# What aiokafka logs on a broken connection reaches us as an exception too, and is told from there.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)


class NodeDown(Exception):
    """A broker does not answer, or not any more."""


class LoginRefused(NodeDown):
    """It answers, and takes this login no more."""

    def __init__(self, refusal: AccessRefused) -> None:
        super().__init__(refusal.message.rstrip("."))
        self.refusal = refusal


class _Header(NamedTuple):
    correlation_id: int
    data: bytes = b""

    def encode(self) -> bytes:
        return self.data


class _Answer:
    @staticmethod
    def decode(frame: BytesIO) -> memoryview:
        return memoryview(frame.getvalue())[frame.tell() :]  # which copies nothing


CLOSE_S = 1.0
"""How long the other side may take to end a connection with us."""


class _Request:
    """A message in the shape that aiokafka's connection sends."""

    RESPONSE_TYPE = _Answer

    def __init__(self, message: codec.Message, body: bytes) -> None:
        self._message = message
        self._body = body

    def prepare(self, versions: object) -> _Request:
        return self

    def encode(self) -> bytes:
        return self._body

    def build_request_header(self, correlation_id: int, client_id: str) -> _Header:
        """Request header v1, or v2 with its empty tags in flexible versions."""
        name = client_id.encode()
        data = (
            self._message.api_key.to_bytes(2, "big")
            + self._message.version.to_bytes(2, "big")
            + correlation_id.to_bytes(4, "big")
            + len(name).to_bytes(2, "big")
            + name
        )
        return _Header(correlation_id, data + b"\0" if self._message.flexible else data)

    def parse_response_header(self, frame: BytesIO) -> _Header:
        """Response header v0, or v1 with tags in flexible versions."""
        correlation_id = int.from_bytes(frame.read(4), "big", signed=True)
        if self._message.flexible:
            frame.seek(codec.skip_tags(frame.getbuffer(), frame.tell()))
        return _Header(correlation_id)


class _Bearer:
    """Gives a token, and takes a refusal for one.

    A broker that refuses a token answers without an error code, with a text that says why (RFC 7628 §3.2.2);
    aiokafka's own authenticator takes that for a welcome.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._sent = False

    async def step(self, answer: bytes | None) -> tuple[bytes, bool] | None:
        if self._sent:
            if answer:
                raise SaslAuthenticationFailed(answer.decode("utf-8", "replace"))
            return None
        self._sent = True
        extensions = "".join(f"\x01{name}={value}" for name, value in self._tokens.extensions().items())
        return f"n,,\x01auth=Bearer {await self._tokens.token()}{extensions}\x01\x01".encode(), True


class _Connection(AIOKafkaConnection):  # type: ignore[misc]
    def authenticator_oauth(self) -> _Bearer:
        return _Bearer(self._sasl_oauth_token_provider)


@contextmanager
def _told_as_down(address: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise NodeDown(f"{address} does not answer") from error
    except (OSError, EOFError, KafkaError) as error:
        raise NodeDown(f"{address} broke the connection") from error


class Wire:
    """An open connection; `connect` makes one, and `close` must end it."""

    def __init__(self, connection: Any, address: str) -> None:
        self._connection = connection
        self._address = address

    @classmethod
    async def connect(cls, host: str, port: int, security: Security, timeout_s: float) -> Wire:
        """Open a connection and log in; raises what the network, TLS, aiokafka or `Tokens` raises."""
        if security.tokens is None:
            return await cls._connect(host, port, security, timeout_s)
        kept = security.tokens.held
        await security.tokens.token()
        try:
            return await cls._connect(host, port, security, timeout_s)
        except SaslAuthenticationFailed:
            security.tokens.forget()
            if not kept:
                raise
        # It was good when it was fetched; since then keys may have changed, or it was called back.
        await security.tokens.token()
        return await cls._connect(host, port, security, timeout_s)

    @classmethod
    async def _connect(cls, host: str, port: int, security: Security, timeout_s: float) -> Wire:
        connection = _Connection(
            host,
            port,
            client_id=CLIENT_ID,
            request_timeout_ms=int(REQUEST_TIMEOUT_S * 1000),
            ssl_context=security.context(),
            security_protocol=security.protocol,
            sasl_mechanism=security.method.mechanism,
            sasl_plain_username=security.user,
            sasl_plain_password=security.password,
            sasl_kerberos_service_name=security.connection.option("service") or "kafka",
            sasl_kerberos_domain_name=security.connection.option("domain"),
            sasl_oauth_token_provider=security.tokens,
        )
        wire = cls(connection, f"{host}:{port}")
        try:
            # `wait_for` would swallow a cancellation that comes as the connection stands (Python 3.11).
            async with asyncio.timeout(timeout_s):
                await connection.connect()
        except BaseException:
            await wire.close()
            raise
        return wire

    @property
    def open(self) -> bool:
        """Whether requests can be sent."""
        return bool(self._connection.connected())

    def version_of(self, api: str) -> int | None:
        """The newest version of an API that both sides know; None where there is none."""
        first, last = codec.versions(f"{api}Request")
        offered = self._connection._versions.get(codec.describe(f"{api}Request")["apiKey"])
        if offered is None:
            return None
        version = min(last, offered[1], CAPS.get(api, last))
        return version if version >= max(first, offered[0]) else None

    async def request(self, api: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask and wait for the answer.

        Raises `Unsupported` where the broker does not offer the API, `NodeDown` where it does not
        answer, `codec.CodecError` where the answer cannot be read.
        """
        version = self.version_of(api)
        if version is None:
            raise Unsupported(f"The broker at {self._address} does not offer {api}.")
        message = codec.message(f"{api}Request", version)
        request = _Request(message, message.encode(body))
        with _told_as_down(self._address):
            answer: memoryview = await self._connection.send(request)
        return codec.message(f"{api}Response", version).decode(answer)

    async def close(self) -> None:
        """End the connection and wait until the socket is closed, whoever began to close it."""
        protocol = self._connection._protocol
        closed = self._connection.close()
        if protocol is None:
            return
        try:
            await asyncio.wait([closed], timeout=CLOSE_S)
        finally:
            if not closed.done():
                # A peer that does not answer the end of TLS must not keep the socket.
                protocol._transport.abort()
                await asyncio.sleep(0)
