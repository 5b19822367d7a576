"""How a connection is protected and which login it gives, from its address.

Options in the address: `sasl` and what its method needs (`inspector.logins`), `ca`, `cert` and `key` (PEM
files), `verify=no` for a certificate that nobody vouches for.
"""

from __future__ import annotations

import importlib.util
import ssl
from dataclasses import dataclass
from pathlib import Path

from inspector.brokers.kafka.msk import tokens_signed
from inspector.brokers.kafka.oauth import tokens_from_endpoint
from inspector.brokers.kafka.tokens import Tokens
from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed
from inspector.logins import CERTIFICATE, IAM, KERBEROS, OAUTH, Method
from inspector.secrets import encrypted
from inspector.trust import trusting


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
        return _context(self.connection) if self.encrypted else None

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


def _context(connection: Connection) -> ssl.SSLContext:
    cert, key = connection.option("cert"), connection.option("key")
    context = trusting(connection.option("ca"))
    if cert:
        passphrase = (connection.password or "") if connection.method is CERTIFICATE else ""
        try:
            # Without a passphrase OpenSSL would ask for one on the terminal.
            context.load_cert_chain(cert, key, passphrase)
        except ssl.SSLError as error:
            raise _unfit(cert, key, passphrase, error) from error
        except OSError as error:
            raise ConnectionFailed(
                f"The certificate in {cert}{f' or its key in {key}' if key else ''} cannot be read "
                f"({error.strerror or error}).",
                "Give PEM files.",
            ) from error
    if connection.option("verify") == "no":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _unfit(cert: str, key: str | None, passphrase: str, error: ssl.SSLError) -> ConnectionFailed:
    if error.reason == "KEY_VALUES_MISMATCH":
        return ConnectionFailed(
            f"The key in {key or cert} is not that of {cert}.", "Give the two that belong together."
        )
    if encrypted(Path(key or cert)):
        if passphrase:
            return AccessRefused(f"The passphrase does not open the key in {key or cert}.", "Give it again.")
        return AccessRefused(
            f"The key in {key or cert} is under a passphrase.",
            "Give it as the password, or where a user's password is needed too, use a key without one.",
        )
    return ConnectionFailed(
        f"{cert} and its key cannot be used ({error.reason or error}).", "Give PEM files, the key with key=."
    )
