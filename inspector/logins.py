"""Every way to log in, as data: for the address, the form and the adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """Something that a login needs besides user and secret; its name is that of a query parameter."""

    name: str
    title: str
    hint: str = ""
    required: bool = False
    file: bool = False


CA = Option("ca", "Authority of the broker", "PEM file; empty for a public one", file=True)
CERT = Option("cert", "Client certificate", "PEM file", required=True, file=True)
KEY = Option("key", "Its key", "PEM file; empty if the certificate has it", file=True)


@dataclass(frozen=True)
class Method:
    """A way to log in."""

    name: str
    """As `sasl=` has it in an address; the methods without SASL have names that nobody writes."""
    title: str
    user: str = ""
    """What its user is called; empty where it has none."""
    secret: str = ""
    """What its secret is called; empty where it has none."""
    options: tuple[Option, ...] = ()
    mechanism: str | None = None
    """What the broker is told; None without SASL."""


NONE = Method("NONE", "No login")
CERTIFICATE = Method("CERTIFICATE", "Client certificate (mTLS)", "", "Passphrase of the key", (CERT, KEY))
PLAIN = Method("PLAIN", "User and password (PLAIN)", "User", "Password", (), "PLAIN")
SCRAM_256 = Method("SCRAM-SHA-256", "SCRAM-SHA-256", "User", "Password", (), "SCRAM-SHA-256")
SCRAM_512 = Method("SCRAM-SHA-512", "SCRAM-SHA-512", "User", "Password", (), "SCRAM-SHA-512")
OAUTH = Method(
    "OAUTHBEARER",
    "OAuth 2.0 (client credentials)",
    "Client id",
    "Client secret",
    (
        Option("token_url", "Token endpoint", "https://login.example.com/oauth2/token", required=True),
        Option("scope", "Scope", "empty for the service's own choice"),
        Option("token_ca", "Authority of the endpoint", "PEM file; empty for a public one", file=True),
    ),
    "OAUTHBEARER",
)
KERBEROS = Method(
    "GSSAPI",
    "Kerberos",
    options=(
        Option("service", "Service name", "kafka"),
        Option("domain", "Host in the ticket", "the broker's"),
    ),
    mechanism="GSSAPI",
)
IAM = Method(
    "AWS_MSK_IAM",
    "AWS IAM",
    options=(
        Option("region", "Region", "as the broker's name says"),
        Option("profile", "AWS profile", "the default one"),
        Option("role", "Role to assume", "arn:aws:iam::123456789012:role/reader"),
    ),
    mechanism="OAUTHBEARER",
)
METHODS: Mapping[str, Method] = {
    each.name: each for each in (NONE, CERTIFICATE, PLAIN, SCRAM_256, SCRAM_512, OAUTH, KERBEROS, IAM)
}
SASL = tuple(name for name, method in METHODS.items() if method.mechanism)
"""What `sasl=` can be."""
ALIASES: Mapping[str, str] = {
    "KERBEROS": "GSSAPI",
    "IAM": "AWS_MSK_IAM",
    "OAUTH": "OAUTHBEARER",
    "SCRAM-256": "SCRAM-SHA-256",
    "SCRAM-512": "SCRAM-SHA-512",
}
