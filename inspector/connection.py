"""Where to connect: one URL, read once and checked, its password kept apart.

    kafka://host:port[,host:port]?registry=http://…&connect=http://…
    kafka+tls://user@host:port?sasl=SCRAM-SHA-512&ca=FILE
    kafka://host?preset=confluent

A password inside the URL is accepted and never shown again: `str`, `repr` and every message carry the
redacted form. What Kafka's own tools are given is read too: a list of `host:port`, and the names of
listeners as in `SASL_SSL://host:port`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from graph.identity import ServerId
from inspector.errors import AddressError
from inspector.logins import ALIASES, CERTIFICATE, IAM, METHODS, NONE, OAUTH, PLAIN, SASL, Method
from inspector.presets import PRESETS, Preset

DEFAULT_PORTS = {"kafka": 9092, "nats": 4222, "rabbitmq": 5672, "activemq": 61613, "mqtt": 1883, "memory": 1}
"""The systems that can be connected to, with the port their brokers listen on by default. `memory` is a
broker inside the same process, for tests, and not offered to anybody."""
TITLES = {
    "kafka": "Kafka",
    "rabbitmq": "RabbitMQ",
    "activemq": "ActiveMQ",
    "pulsar": "Pulsar",
    "nats": "NATS",
    "mqtt": "MQTT",
}
"""What people call the systems that are offered to them."""
TLS_PORTS = {"mqtt": 8883, "rabbitmq": 5671}
"""Where a port of its own is usual for TLS."""

LISTENERS = {"plaintext": "kafka", "ssl": "kafka+tls", "sasl_plaintext": "kafka", "sasl_ssl": "kafka+tls"}
"""Kafka's names for listeners, as its tools and the consoles of its vendors write them before an address."""
SECRETS = ("password", "client_secret", "token")
"""Query parameters that are taken for the password."""
NEED_TLS = (CERTIFICATE, IAM)
TLS_OPTIONS = ("ca", "cert", "key", "verify")
_LOGIN = re.compile(r"(://[^/@:,]*):.*@", re.DOTALL)
_PLAIN_HOSTS = re.compile(r"[\w.\-\[\],;\s]*(:\d+)?([,;\s]+[\w.\-\[\]]+(:\d+)?)*")


@dataclass(frozen=True)
class Connection:
    """A parsed address. The secret takes no part in equality, `str` or `repr`."""

    system: str
    addresses: tuple[tuple[str, int], ...]
    tls: bool = False
    user: str | None = None
    path: str = ""
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    password: str | None = field(default=None, repr=False, compare=False)

    @property
    def bootstrap(self) -> list[str]:
        """`host:port` of each address; IPv6 hosts in brackets."""
        return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.addresses]

    @property
    def server(self) -> ServerId:
        """The id of the server behind this connection."""
        return ServerId(self.system, ",".join(self.bootstrap))

    def option(self, name: str) -> str | None:
        """The value of a query parameter; None where it is not given or empty."""
        return dict(self.options).get(name) or None

    @property
    def preset(self) -> Preset | None:
        """The service that the address names."""
        return PRESETS.get(self.option("preset") or "")

    @property
    def method(self) -> Method:
        """How it logs in: as `sasl` says, or as what is given suggests; an empty `cert` announces one."""
        if name := self.option("sasl"):
            return METHODS.get(_method_name(name), NONE)
        if self.option("token_url"):
            return OAUTH
        offered = self.preset.methods if self.preset else (NONE, PLAIN, CERTIFICATE)
        if self.user is not None:
            return next((each for each in offered if each.user), offered[0])
        if "cert" in dict(self.options) and CERTIFICATE in offered:
            return CERTIFICATE
        return offered[0]

    def written(self, *, with_secrets: bool = False, hosts: str = "") -> str:
        """The URL without its password; that of a registry in its query is left out unless asked for."""
        login = f"{quote(self.user, safe='$@+=., ')}@" if self.user else ""
        scheme = f"{self.system}+tls" if self.tls else self.system
        path = f"/{quote(self.path, safe='')}" if self.path else ""
        shown = ((name, value if with_secrets else _redacted(value)) for name, value in self.options)
        query = "&".join(f"{quote(name)}={quote(value, safe='/:,@$*=~[]?;')}" for name, value in shown)
        hosts = hosts or ",".join(self.bootstrap)
        return f"{scheme}://{login}{hosts}{path}{'?' + query if query else ''}"

    def __str__(self) -> str:
        return self.written()


@dataclass(frozen=True)
class Draft:
    """An address that may be unfinished: what it says so far, and its hosts as they were typed."""

    connection: Connection
    hosts: str

    def checked(self) -> Connection:
        """The finished address; raises `AddressError`, and `Incomplete` where something is missing."""
        made = _as_kafka(self.connection) if self.connection.system == "kafka" else self.connection
        usual = {**DEFAULT_PORTS, **TLS_PORTS} if made.tls else DEFAULT_PORTS
        port = made.preset.port_for(made.method) if made.preset else usual[made.system]
        hosts = re.split(r"\s*[,;]\s*|\s+", self.hosts.strip())
        made = replace(made, addresses=tuple(_address(host, port) for host in hosts))
        return _complete(made) if made.system == "kafka" else made


class Incomplete(AddressError):
    """The address lacks something; `field` is the query parameter, or `user`."""

    def __init__(self, field: str, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.field = field


def parse(url: str, password: str | None = None) -> Connection:
    """Read a URL; raises `AddressError` with what is wrong with it.

    A bare `host:port` is taken for Kafka. A password given apart wins over one in the URL.
    """
    made = draft(url).checked()
    return replace(made, password=password or made.password)


def draft(url: str) -> Draft:
    """Read a URL as far as it goes; raises `AddressError` where its beginning is not known."""
    text = url.strip().removeprefix("bootstrap.servers=")
    if not text:
        raise AddressError("The address is empty.", "Write one such as kafka://localhost:9092.")
    if "://" not in text.partition("?")[0]:
        text = f"kafka://{text}"
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    if not re.fullmatch(r"[\w+.-]+", scheme):
        raise AddressError("The address cannot be read.", "Write one such as kafka://localhost:9092.")
    if scheme in LISTENERS:
        rest = re.sub(rf"(?i)(?<=[,;\s]){scheme}://", "", rest)
        scheme = LISTENERS[scheme]
    system, _, transport = scheme.partition("+")
    if system not in DEFAULT_PORTS:
        known = ", ".join(f"{name}://" for name in DEFAULT_PORTS if name != "memory")
        raise AddressError(f"{scheme}:// is not known here.", f"An address starts with {known}.")
    if transport not in ("", "tls"):
        raise AddressError(f"{scheme}:// is not known here.", f"For TLS write {system}+tls://.")
    netloc, separator, tail = _split_authority(rest)
    login, _, hosts = netloc.rpartition("@")
    path = tail.partition("?")[0] if separator == "/" else ""
    if "@" in path or ("@" in tail and not login and not _PLAIN_HOSTS.fullmatch(hosts)):
        # What was taken for the host may be half of a password, which no message may show.
        raise AddressError(
            "The login in this address holds a character that ends it, such as / or ?.",
            "Leave the password out; it is asked for.",
        )
    user, _, written = login.partition(":")
    parts = urlsplit(f"x://x{separator}{tail}")
    query = parse_qsl(parts.query, keep_blank_values=True)
    written = next((value for name, value in query if name in SECRETS), "") or unquote(written)
    made = Connection(
        system=system,
        addresses=(),
        tls=transport == "tls",
        user=unquote(user) or None,
        path=unquote(parts.path.strip("/")),
        options=tuple((name, value) for name, value in query if name not in SECRETS),
        password=written or None,
    )
    return Draft(made, hosts)


def _redacted(value: str) -> str:
    """Web addresses, several joined by commas, without the passwords in them."""
    return ",".join(_LOGIN.sub(r"\1@", part) for part in re.split(r",(?=\w+://)", value))


def _split_authority(rest: str) -> tuple[str, str, str]:
    ends = [at for mark in "/?" if (at := rest.find(mark)) >= 0]
    if not ends:
        return rest, "", ""
    end = min(ends)
    return rest[:end], rest[end], rest[end + 1 :]


def _address(text: str, default_port: int | None) -> tuple[str, int]:
    host, port = text, ""
    if host.startswith("["):
        host, _, after = host[1:].partition("]")
        port = after.removeprefix(":")
    elif ":" in host:
        host, _, port = host.rpartition(":")
    if not host:
        raise AddressError("There is no host in the address.", "Write one such as kafka://localhost:9092.")
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise AddressError(f"{host[:80]!r} is no host name.", "Check its dots and its length.") from error
    if not port and default_port is None:
        raise AddressError(
            f"There is no port after {host}.", "This service gives each cluster a port of its own."
        )
    port = port or str(default_port)
    if not (re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65536):
        raise AddressError(f"{port[:40]!r} is not a port.", "A port is a number from 1 to 65535.")
    return host, int(port)


# What Kafka takes in the query


def _method_name(written: str) -> str:
    name = written.upper().replace("_", "-").replace("SHA256", "SHA-256").replace("SHA512", "SHA-512")
    name = name.replace("AWS-MSK-IAM", "AWS_MSK_IAM")
    return ALIASES.get(name, name)


def _as_kafka(made: Connection) -> Connection:
    """With what its preset brings along; raises `AddressError` where login and TLS cannot be as written."""
    wanted, sasl = made.option("preset"), made.option("sasl")
    if wanted and wanted not in PRESETS:
        raise AddressError(f"The service {wanted} is not known here.", f"Known are {', '.join(PRESETS)}.")
    if sasl and _method_name(sasl) not in SASL:
        raise AddressError(f"The login method {sasl} is not known here.", f"Use one of {', '.join(SASL)}.")
    if made.preset:
        user = made.user or (made.preset.user if made.method is PLAIN else None)
        made = replace(made, tls=True, user=user)
    method = made.method
    if made.path:
        raise AddressError(
            "A Kafka address ends after its port.", "Further brokers follow a comma, options a question mark."
        )
    if made.user and not method.user:
        raise AddressError(f"{method.title} takes no user.", "Leave it out of the address.")
    if not made.tls and (given := next((name for name in TLS_OPTIONS if made.option(name)), None)):
        raise AddressError(f"{given}= is for TLS.", "Write kafka+tls:// in front.")
    if method in NEED_TLS and not made.tls:
        raise AddressError(f"{method.title} needs TLS.", "Write kafka+tls:// in front.")
    if made.option("verify") not in (None, "yes", "no"):
        raise AddressError("verify= is yes or no.", "Leave it out to have certificates checked.")
    if token_url := made.option("token_url"):
        _check_token_url(token_url)
    return made


def _check_token_url(text: str) -> None:
    try:
        url = urlsplit(text)
        host, _port = url.hostname, url.port
        (host or "").encode("idna")
    except ValueError:  # UnicodeError is one
        host = None
    if not host or "@" in url.netloc:
        raise AddressError("token_url= is no web address.", "Write one such as https://host/oauth2/token.")
    if url.scheme != "https" and host not in ("localhost", "127.0.0.1", "::1"):
        raise AddressError(
            f"The secret would cross the network unprotected to {host}.", "Write token_url=https://…"
        )


def _complete(made: Connection) -> Connection:
    method = made.method
    if method.user and not made.user:
        name = _lower(made.preset.word(method.user) if made.preset else method.user)
        raise Incomplete("user", f"There is no {name} for this login.", "Write it before an @: name@host.")
    for option in method.options:
        if option.required and not made.option(option.name):
            name = _lower(option.title)
            raise Incomplete(option.name, f"The {name} is missing.", f"Write {option.name}=… in the address.")
    return made


def _lower(title: str) -> str:
    return title if title[:2].isupper() else title[0].lower() + title[1:]
