"""A listener of Kafka for each way to come in, the certificates for them, and a token endpoint."""

from __future__ import annotations

import base64
import datetime
import json
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

SECRET = "s3cret/with:odd@signs"
LISTENERS = {
    "TLS": "SSL",
    "MUTUAL": "SSL",
    "OTHERNAME": "SSL",
    "ENDED": "SSL",
    "LOGIN": "SASL_PLAINTEXT",
    "LOGINTLS": "SASL_SSL",
    "SHORT": "SASL_PLAINTEXT",
}
MECHANISMS = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER"
SHORT_MS = 1500


class Certificates:
    """An authority, what it signed, and another one; all good for this run only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._authority, self._stranger = trustme.CA(), trustme.CA()
        self.ca = self._write("ca.pem", self._authority.cert_pem.bytes())
        self.stranger = self._write("stranger.pem", self._stranger.cert_pem.bytes())
        self.broker = self._signed("broker", self._authority, "127.0.0.1", "localhost")
        self.other_name = self._signed("other", self._authority, "kafka.example")
        past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        self.ended = self._signed("ended", self._authority, "127.0.0.1", not_after=past)
        self.client = self._signed("client", self._authority, "shop@example")
        self.odd = self._signed(
            "odd",
            self._authority,
            "odd@example",
            common_name='two, "Ä" + <x>;=\\#1 ',
            organization_name=" Acme",
        )
        self.foreign = self._signed("foreign", self._stranger, "shop@example")
        self.locked_key = self._write("locked.key", self._key(self.client, b"opensesame"))

    def _write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def _signed(self, name: str, authority: trustme.CA, *names: str, **options: Any) -> Path:
        issued = authority.issue_cert(*names, **options)
        # Kafka reads PKCS 8 alone.
        key = _pkcs8(issued.private_key_pem.bytes())
        self._write(f"{name}.key", key)
        return self._write(f"{name}.pem", key + b"".join(blob.bytes() for blob in issued.cert_chain_pems))

    @staticmethod
    def _key(path: Path, passphrase: bytes) -> bytes:
        return _pkcs8(path.read_bytes(), passphrase)


def _pkcs8(pem: bytes, passphrase: bytes | None = None) -> bytes:
    end = pem.index(b"-----\n", pem.index(b"-----END")) + 6
    locked = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    key = load_pem_private_key(pem[:end], None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)


@dataclass
class TokenService:
    """A token endpoint: client credentials for one client, tokens that Kafka's unsecured validator takes."""

    lives_s: int = 300
    subject: str = "shop"
    asked: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    called_back: int = 0
    """Tokens, from now on, that no broker takes."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    def answer(self, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        form = dict(urllib.parse.parse_qsl(body.decode()))
        self.asked.append(form)
        if self.status != 200:
            return self.status, {"error": "temporarily_unavailable"}
        kind, _, pair = (headers["Authorization"] or " ").partition(" ")
        given = base64.b64decode(pair).decode() if kind == "Basic" else ""
        expected = ":".join(urllib.parse.quote_plus(one) for one in ("shop", SECRET))
        if given != expected and form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client", "error_description": f"not {given}"}
        if form.get("scope") == "elsewhere":
            return 302, {}
        if form.get("scope") == "nonsense":
            return 400, {"error": "invalid_scope"}
        now = int(time.time())
        claims = {"sub": self.subject, "iat": now, "exp": now + self.lives_s}
        if not self.subject:
            del claims["sub"]
        if self.called_back:
            self.called_back -= 1
            return 200, {"access_token": "x.y.z", "expires_in": self.lives_s}
        parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in
                 ({"alg": "none"}, claims)]  # fmt: skip
        return 200, {
            "access_token": ".".join([*parts, ""]),
            "expires_in": self.lives_s,
            "token_type": "Bearer",
        }
