"""Tokens from an OAuth 2.0 token endpoint, by client credentials (RFC 6749 §4.4)."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import ssl
import urllib.parse
import urllib.request
from typing import Any

import msgspec

from inspector.brokers.kafka.tokens import Token, Tokens
from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed
from inspector.trust import trusting

FETCH_TIMEOUT_S = 5.0
LARGEST = 1_000_000
"""Bytes of an answer."""
ASSUMED_LIFE_S = 60.0
"""Where an endpoint does not say how long its tokens live."""
_EXTENSION = "extension."


class _Answer(msgspec.Struct):
    """What a token endpoint answers (RFC 6749 §5)."""

    access_token: str = ""
    expires_in: float | None = None
    error: str = ""


def tokens_from_endpoint(connection: Connection) -> Tokens:
    """The tokens of a client, with what the address adds as `extension.NAME`."""
    extensions = {
        name.removeprefix(_EXTENSION): value
        for name, value in connection.options
        if name.startswith(_EXTENSION)
    }
    return Tokens(lambda: _fetched(connection), extensions)


class _AsAnswered(urllib.request.HTTPErrorProcessor):
    """Every answer is read here: a redirection would take the secret elsewhere."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        return response

    https_response = http_response


def _fetched(connection: Connection) -> Token:
    url = connection.option("token_url") or ""
    host = urllib.parse.urlsplit(url).netloc
    form = {"grant_type": "client_credentials"}
    form |= {name: value for name in ("scope", "audience", "resource") if (value := connection.option(name))}
    headers = {"Accept": "application/json"}
    user, secret = connection.user or "", connection.password or ""
    if connection.option("token_auth") == "post":
        form |= {"client_id": user, "client_secret": secret}
    else:
        # RFC 6749 §2.3.1: both are form-encoded before they are joined.
        pair = ":".join(urllib.parse.quote_plus(each) for each in (user, secret))
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), headers)
    handlers = [_AsAnswered(), urllib.request.HTTPSHandler(context=trusting(connection.option("token_ca")))]
    if request.type == "http":  # on this computer, and no proxy is to see it
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=FETCH_TIMEOUT_S) as response:
            status, answer = response.status, _read(response.read(LARGEST))
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(host, error) from None
    if status != 200:
        raise _refused(host, user, status, answer)
    if not answer.access_token:
        raise ConnectionFailed(
            f"{host} answers, but not with a token.", "Check token_url; the service's documentation names it."
        )
    return Token(answer.access_token, answer.expires_in or ASSUMED_LIFE_S)


def _read(body: bytes) -> _Answer:
    try:
        return msgspec.json.decode(body, type=_Answer, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Answer()


def _refused(host: str, user: str, code: int, answer: _Answer) -> ConnectionFailed:
    # Descriptions are free text, and could repeat what was sent.
    known = re.fullmatch(r"[a-z_]{1,40}", answer.error)
    why = answer.error if known else f"status {code}"
    if code >= 500 or code == 429:
        return ConnectionFailed(f"{host} gives no token now ({why}).", "It is tried again.")
    if answer.error == "invalid_scope":
        return AccessRefused(f"{host} refuses the scope for {user}.", "Check scope= in the address.")
    if code in (400, 401, 403):
        return AccessRefused(
            f"{host} refuses the client {user} ({why}).",
            "Check client id and secret; some services want token_auth=post.",
        )
    return AccessRefused(f"{host} has no token endpoint there ({why}).", "Check token_url in the address.")


def _unreachable(host: str, error: Exception) -> ConnectionFailed:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return ConnectionFailed(
            f"The certificate of {host} is not trusted ({reason.verify_message}).",
            "Give its authority with token_ca=FILE.",
        )
    if isinstance(reason, socket.gaierror):
        return ConnectionFailed(f"The name {host} is not known.", "Check token_url, or the VPN.")
    if isinstance(reason, TimeoutError):
        return ConnectionFailed(
            f"{host} gives no token in time.", "Check token_url, the network and its proxy."
        )
    return ConnectionFailed(
        f"No token comes from {host} ({getattr(reason, 'strerror', None) or type(reason).__name__}).",
        "Check token_url, the network and its proxy.",
    )
