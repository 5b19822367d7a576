"""Why a connection was not received: one sentence for each thing that can answer instead of Kafka."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress

from aiokafka import errors as kafka

from inspector.brokers.kafka import codec
from inspector.brokers.kafka.security import Security
from inspector.errors import AccessRefused, ConnectionFailed
from inspector.logins import KERBEROS, METHODS, OAUTH

PROBE_TIMEOUT_S = 1.2
_HANDSHAKE = 17
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""An ApiVersions request, which every Kafka answers before any login."""
_NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
_NO_COMMON_TLS = ("NO_PROTOCOLS", "ALERT_PROTOCOL_VERSION", "ALERT_HANDSHAKE_FAILURE")
_ALERTS = (
    "CERTIFICATE_REQUIRED",
    "BAD_CERTIFICATE",
    "ALERT_CERTIFICATE_",
    "ALERT_UNKNOWN_CA",
    "ACCESS_DENIED",
)
"""What a server says of the client's certificate (RFC 8446 §6.2, in OpenSSL's words)."""
_NOT_YET, _EXPIRED, _OTHER_NAME = 9, 10, (62, 64)
"""`X509_V_ERR_…` of OpenSSL's x509_vfy.h."""


async def explain(host: str, port: int, security: Security, error: BaseException) -> ConnectionFailed:
    """The sentence for a connection attempt that ended in `error`; may look once more what answers there."""
    at = f"{host}:{port}"
    if isinstance(error, ConnectionFailed):
        return error
    if isinstance(error, socket.gaierror):
        return ConnectionFailed(f"The name {host} is not known.", "Check how it is written, or the VPN.")
    if isinstance(error, ConnectionRefusedError):
        return ConnectionFailed(f"Nothing listens at {at}.", "Start the broker, or check the port.")
    unsupported = isinstance(error, kafka.UnsupportedSaslMechanismError)
    methods = await login_wanted(host, port, security.context()) if unsupported else None
    refused = refusal(host, port, security, error, methods or ())
    if refused is not None:
        return refused
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(at, security, error)
    if isinstance(error, ssl.SSLError) and any(word in (error.reason or "") for word in _NO_COMMON_TLS):
        return _no_common_tls(at, error)
    if security.encrypted and await _alerted(host, port, security):
        return _unwelcome(at, security)
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
    if not security.encrypted and await _speaks_tls(host, port):
        return ConnectionFailed(
            f"{at} speaks TLS, and the address asks for a plain connection.", "Write kafka+tls:// in front."
        )
    if security.encrypted and _is_kafka(heard):
        return ConnectionFailed(
            f"{at} does not speak TLS, and the address asks for it.", "Write kafka:// in front, without +tls."
        )
    if heard is None:
        return ConnectionFailed(f"Something listens at {at} and says nothing.", check)
    if isinstance(error, ssl.SSLError) and error.reason not in _NOT_TLS:
        return _no_common_tls(at, error)
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


def login_missing(at: str, methods: Sequence[str]) -> AccessRefused:
    """The sentence for a listener that wants a login, by the methods that it offers."""
    known = [METHODS[name] for name in methods if name in METHODS]
    by_user = [method.name for method in known if method.user]
    if by_user:
        hint = f"Write the user before an @ in the address, and ?sasl={by_user[0]} at its end."
    elif known:
        hint = f"Write ?sasl={known[0].name} at the end of the address."
    else:
        hint = f"It offers {', '.join(methods)}, which Eventscope does not know; use another listener."
    return AccessRefused(f"{at} wants a login.", hint)


def refusal(
    host: str, port: int, security: Security, error: BaseException, methods: Sequence[str] = ()
) -> AccessRefused | None:
    """The sentence where a broker takes this login neither now nor later; None where that is not sure.

    `methods` are those that it offers, where that is known.
    """
    at, method = f"{host}:{port}", security.method
    if isinstance(error, AccessRefused):
        return error
    if isinstance(error, kafka.UnsupportedSaslMechanismError):
        hint = (
            f"Write ?sasl={' or '.join(methods)} in the address." if methods else "Ask who runs the broker."
        )
        return AccessRefused(f"{at} does not offer the login method {method.mechanism}.", hint)
    if isinstance(error, kafka.IllegalSaslStateError):
        return AccessRefused(
            f"{at} takes no login.", "Leave the user out of the address, or use another port."
        )
    if isinstance(error, kafka.SaslAuthenticationFailed):
        if method.user and method is not OAUTH:
            return AccessRefused(
                f"{at} refused the login of {security.user}.",
                "Check user, password and ?sasl= in the address.",
            )
        who = f" of {security.user}" if security.user else ""
        return AccessRefused(
            f"{at} refused the {method.title} login{who}.", "Ask who runs the broker which identity it takes."
        )
    if method is KERBEROS and type(error).__module__.startswith("gssapi"):
        return AccessRefused(
            f"Kerberos gives no ticket for {at}.", "Log in with kinit, and check service= and domain=."
        )
    proof = isinstance(error, (ValueError, KeyError)) and not isinstance(error, ssl.SSLError)
    if method.name.startswith("SCRAM") and proof:
        return AccessRefused(
            f"{at} could not prove that it knows the password of {security.user}.",
            "Make sure that it is the broker you mean before you log in there.",
        )
    reason = next((each.reason for each in _causes(error) if isinstance(each, ssl.SSLError)), None)
    if reason and any(word in reason for word in _ALERTS):
        return _unwelcome(at, security)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _unwelcome(at: str, security: Security) -> AccessRefused:
    cert = security.connection.option("cert")
    if cert is None:
        return AccessRefused(
            f"{at} wants a certificate from whoever connects.", "Give yours with ?cert=FILE&key=FILE."
        )
    return AccessRefused(
        f"{at} does not take the certificate in {cert}.",
        "Check that it has not ended, and that its authority is one that the broker trusts.",
    )


def _untrusted(at: str, security: Security, error: ssl.SSLCertVerificationError) -> ConnectionFailed:
    why, ca = error.verify_message or error.reason or "no reason given", security.connection.option("ca")
    if error.verify_code == _EXPIRED:
        return ConnectionFailed(
            f"The certificate of {at} has ended.", "Whoever runs the broker has to renew it."
        )
    if error.verify_code == _NOT_YET:
        return ConnectionFailed(
            f"The certificate of {at} is not good yet.", "Check the clock of this computer and of the broker."
        )
    if error.verify_code in _OTHER_NAME:
        return ConnectionFailed(
            f"The certificate of {at} is for another name ({why}).",
            "Write the name that it is for, or ask who runs the broker to add this one.",
        )
    if ca:
        return ConnectionFailed(
            f"The certificate of {at} is not trusted by {ca} ({why}).",
            "Give the authority that signed it with ?ca=FILE.",
        )
    return ConnectionFailed(
        f"The certificate of {at} is not trusted ({why}).", "Give its authority with ?ca=FILE in the address."
    )


def _no_common_tls(at: str, error: ssl.SSLError) -> ConnectionFailed:
    return ConnectionFailed(
        f"{at} and this program found no common TLS ({error.reason or error}).",
        "Check the certificates and the broker's ssl settings.",
    )


async def _alerted(host: str, port: int, security: Security) -> bool:
    """Whether a broker that received nothing yet complains about the certificate, or the lack of one.

    In TLS 1.3 it does so after the handshake is over for the client, and what the client sent by then can
    hide the complaint.
    """
    writer = None
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port, ssl=security.context())
            await reader.read(1)
    except ssl.SSLError as error:
        return any(word in (error.reason or "") for word in _ALERTS)
    except (OSError, EOFError):  # TimeoutError is one
        return False
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
    return False


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
