"""Why a connection was not received: one sentence for each thing that can answer instead of Kafka."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextlib import suppress

from aiokafka import errors as kafka

from inspector.brokers.kafka import codec
from inspector.brokers.kafka.security import MECHANISMS, Security
from inspector.errors import AccessRefused, ConnectionFailed

PROBE_TIMEOUT_S = 1.2
_HANDSHAKE = 17
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""An ApiVersions request, which every Kafka answers before any login."""
_NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")


async def explain(host: str, port: int, security: Security, error: BaseException) -> ConnectionFailed:
    """The sentence for a connection attempt that ended in `error`; may look once more what answers there."""
    at = f"{host}:{port}"
    if isinstance(error, socket.gaierror):
        return ConnectionFailed(f"The name {host} is not known.", "Check how it is written, or the VPN.")
    if isinstance(error, ConnectionRefusedError):
        return ConnectionFailed(f"Nothing listens at {at}.", "Start the broker, or check the port.")
    refusal = _refusal(at, security, error)
    if refusal is not None:
        return refusal
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionFailed(
            f"The certificate of {at} is not trusted ({error.verify_message or error.reason}).",
            "Give its authority with ?ca=FILE in the address.",
        )
    try:
        heard = await _exchange(host, port, _API_VERSIONS, None)
        if heard is None:
            # A web server waits for the end of a line before it says anything.
            heard = await _exchange(host, port, b"GET / HTTP/1.0\r\n\r\n", None)
    except TimeoutError:
        return ConnectionFailed(f"{at} does not answer.", "Check the address, the network and its firewall.")
    check = "Check that this is the port of a Kafka broker."
    if heard is not None and heard.startswith(b"HTTP/"):
        return ConnectionFailed(
            f"A web server answers at {at}, not Kafka.", "Give the port of the broker, often 9092."
        )
    if security.tls is None and await _speaks_tls(host, port):
        return ConnectionFailed(
            f"{at} speaks TLS, and the address asks for a plain connection.", "Write kafka+tls:// in front."
        )
    if security.tls is not None and _is_kafka(heard):
        return ConnectionFailed(
            f"{at} does not speak TLS, and the address asks for it.", "Write kafka:// in front, without +tls."
        )
    if heard is None:
        return ConnectionFailed(f"Something listens at {at} and says nothing.", check)
    if isinstance(error, ssl.SSLError) and error.reason not in _NOT_TLS:
        return ConnectionFailed(
            f"{at} and this program found no common TLS ({error.reason or error}).",
            "Check the certificates and the broker's ssl settings.",
        )
    if heard == b"":
        return ConnectionFailed(f"{at} closes the connection at once.", check)
    return ConnectionFailed(f"What answers at {at} is not Kafka.", check)


async def login_wanted(host: str, port: int, tls: ssl.SSLContext | None) -> list[str] | None:
    """The login methods of a listener; None where it takes no login.

    A listener without SASL refuses SaslHandshake, one with it lists its methods when asked for an
    unknown one (KIP-43).
    """
    handshake = codec.message("SaslHandshakeRequest", 1)
    body = handshake.encode({"Mechanism": "?"})
    frame = struct.pack(">ihhih", 10 + len(body), _HANDSHAKE, 1, 1, -1) + body
    try:
        answer = await _exchange(host, port, frame, tls)
    except TimeoutError:
        return None
    if answer is None or len(answer) < 8:
        return None
    with suppress(codec.CodecError):
        methods: list[str] = codec.message("SaslHandshakeResponse", 1).decode(answer[8:])["Mechanisms"]
        return methods or None
    return None


def _refusal(at: str, security: Security, error: BaseException) -> AccessRefused | None:
    if isinstance(error, kafka.UnsupportedSaslMechanismError):
        _, _, offered = str(error).rpartition(":")
        named = [name for name in MECHANISMS if f"'{name}'" in offered or f"{name}" in offered.split()]
        hint = f"Write ?sasl={named[0]} at the end of the address." if named else "Ask who runs the broker."
        return AccessRefused(f"{at} does not offer the login method {security.mechanism}.", hint)
    if isinstance(error, kafka.IllegalSaslStateError):
        return AccessRefused(
            f"{at} takes no login.", "Leave the user out of the address, or use another port."
        )
    if isinstance(error, kafka.SaslAuthenticationFailed):
        return AccessRefused(
            f"{at} refused the login of {security.user}.", "Check user, password and ?sasl= in the address."
        )
    return None


async def _exchange(host: str, port: int, request: bytes, tls: ssl.SSLContext | None) -> bytes | None:
    """What is said to a request, None for silence; `TimeoutError` where nobody takes the connection."""
    writer = None
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port, ssl=tls)
            writer.write(request)
            return await reader.read(65536)
    except TimeoutError:
        if writer is None:
            raise
        return None
    except OSError:
        return b""
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _is_kafka(heard: bytes | None) -> bool:
    """Whether these bytes begin with a frame that answers request 1."""
    if heard is None or len(heard) < 8:
        return False
    size, correlation_id = struct.unpack_from(">ii", heard)
    return bool(0 < size < 65536 and correlation_id == 1)


async def _speaks_tls(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLError as error:
        # A server that wants a certificate of ours speaks TLS as well.
        return error.reason not in _NOT_TLS
    except (OSError, EOFError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
