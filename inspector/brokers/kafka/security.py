"""How a connection is protected and which login it gives, from its address.

Options in the address: `sasl` (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), `ca`, `cert` and `key` (PEM files),
`verify=no` for a certificate that nobody vouches for.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True)
class Security:
    """What a connection to a broker is opened with."""

    tls: ssl.SSLContext | None
    user: str | None
    password: str
    mechanism: str | None

    @property
    def protocol(self) -> str:
        """Kafka's name for the combination."""
        transport = "SSL" if self.tls else "PLAINTEXT"
        return f"SASL_{transport}" if self.mechanism else transport

    def __repr__(self) -> str:
        return f"Security({self.protocol}, user={self.user!r})"


def security_of(connection: Connection) -> Security:
    """Read the options of an address; raises `ConnectionFailed` or `AccessRefused` for unfit ones."""
    mechanism = None
    if connection.user is not None:
        mechanism = (connection.option("sasl") or "PLAIN").upper()
        if mechanism not in MECHANISMS:
            raise AccessRefused(
                f"The login method {mechanism} is not known here.", f"Use one of {', '.join(MECHANISMS)}."
            )
        if connection.password is None:
            raise AccessRefused(
                f"There is no password for {connection.user}.",
                "Give it when asked, or in EVENTSCOPE_PASSWORD.",
            )
    elif connection.option("sasl"):
        raise AccessRefused("A login method is given but no user.", "Write the user before an @: user@host.")
    return Security(
        tls=_context(connection) if connection.tls else None,
        user=connection.user,
        password=connection.password or "",
        mechanism=mechanism,
    )


def _context(connection: Connection) -> ssl.SSLContext:
    ca, cert, key = (connection.option(name) for name in ("ca", "cert", "key"))
    try:
        context = ssl.create_default_context(cafile=ca)
        if cert:
            context.load_cert_chain(cert, key)
    except OSError as error:  # ssl.SSLError is one
        named = ", ".join(path for path in (ca, cert, key) if path)
        raise ConnectionFailed(
            f"The certificates in {named} cannot be read ({error.strerror or error}).",
            "Give PEM files in ca, cert and key.",
        ) from error
    if connection.option("verify") == "no":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
