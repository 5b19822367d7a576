"""How a connection is protected and which login it gives, from its address.

Options in the address: `sasl` and what its method needs (`inspector.logins`), `ca`, `cert` and `key` (PEM
files), `verify=no` for a certificate that nobody vouches for.
"""

from __future__ import annotations

import importlib.util
import ssl
from dataclasses import dataclass

from inspector.brokers.kafka.msk import tokens_signed
from inspector.brokers.kafka.oauth import tokens_from_endpoint
from inspector.brokers.kafka.tokens import Tokens
from inspector.connection import Connection
from inspector.errors import AccessRefused
from inspector.logins import IAM, KERBEROS, OAUTH, Method
from inspector.trust import context_of


@dataclass(frozen=True)
class Security:
    """What connections to the brokers of one cluster are opened with; keeps the token between them."""

    connection: Connection
    tokens: Tokens | None = None

    @property
    def method(self) -> Method:
        """The way to log in."""
        return self.connection.method

    @property
    def user(self) -> str | None:
        """Who logs in; None where the login has no name here."""
        return self.connection.user

    @property
    def password(self) -> str:
        """The secret; empty where there is none."""
        return self.connection.password or ""

    @property
    def encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return self.connection.tls

    @property
    def protocol(self) -> str:
        """Kafka's name for the combination."""
        transport = "SSL" if self.encrypted else "PLAINTEXT"
        return f"SASL_{transport}" if self.method.mechanism else transport

    def context(self) -> ssl.SSLContext | None:
        """TLS with the certificates as the files have them now; None without TLS.

        Raises `ConnectionFailed` where a file cannot be read.
        """
        return context_of(self.connection) if self.encrypted else None

    def __repr__(self) -> str:
        return f"Security({self.protocol}, user={self.user!r})"


def security_of(connection: Connection) -> Security:
    """Read an address; raises `AccessRefused` where something is missing that the login needs."""
    method = connection.method
    if method.user and connection.password is None:
        raise AccessRefused(
            f"There is no password for {connection.user}.", "Give it when asked, or in EVENTSCOPE_PASSWORD."
        )
    if method is KERBEROS and importlib.util.find_spec("gssapi") is None:
        raise AccessRefused(
            "A login by Kerberos needs a package that is not installed.",
            "Run pip install 'eventscope[kerberos]', with the Kerberos library of the system.",
        )
    if method is IAM:
        return Security(connection, tokens_signed(connection))
    return Security(connection, tokens_from_endpoint(connection) if method is OAUTH else None)
