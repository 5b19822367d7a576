"""Where to connect: one URL, read once and checked, its password kept apart.

    kafka://host:port[,host:port]?registry=http://…&connect=http://…
    kafka+tls://user@host:port

A password inside the URL is accepted and never shown again: `str`, `repr` and every message carry the
redacted form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from graph.identity import ServerId
from inspector.errors import AddressError

DEFAULT_PORTS = {"kafka": 9092, "memory": 1}
"""The systems that can be connected to, with the port their brokers listen on by default. `memory` is a
broker inside the same process, for tests, and not offered to anybody."""


@dataclass(frozen=True)
class Connection:
    """A parsed address. The secret takes no part in equality, `str` or `repr`."""

    system: str
    addresses: tuple[tuple[str, int], ...]
    tls: bool = False
    user: str | None = None
    path: str = ""
    options: tuple[tuple[str, str], ...] = ()
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
        """The value of a query parameter; None where it is not given."""
        return dict(self.options).get(name)

    def __str__(self) -> str:
        login = f"{self.user}@" if self.user else ""
        scheme = f"{self.system}+tls" if self.tls else self.system
        path = f"/{self.path}" if self.path else ""
        query = "&".join(f"{name}={value}" for name, value in self.options)
        return f"{scheme}://{login}{','.join(self.bootstrap)}{path}{'?' + query if query else ''}"


def parse(url: str, password: str | None = None) -> Connection:
    """Read a URL; raises `AddressError` with what is wrong with it.

    A bare `host:port` is taken for Kafka. A password given apart wins over one in the URL.
    """
    text = url.strip()
    if not text:
        raise AddressError("The address is empty.", "Write one such as kafka://localhost:9092.")
    if "://" not in text:
        text = f"kafka://{text}"
    scheme, _, rest = text.partition("://")
    system, _, transport = scheme.lower().partition("+")
    if system not in DEFAULT_PORTS:
        known = ", ".join(f"{name}://" for name in DEFAULT_PORTS if name != "memory")
        raise AddressError(f"{scheme}:// is not known here.", f"An address starts with {known}.")
    if transport not in ("", "tls"):
        raise AddressError(f"{scheme}:// is not known here.", f"For TLS write {system}+tls://.")
    netloc, separator, tail = _split_authority(rest)
    login, _, hosts = netloc.rpartition("@")
    user, _, written = login.partition(":")
    parts = urlsplit(f"x://x{separator}{tail}")
    return Connection(
        system=system,
        addresses=tuple(_address(host, DEFAULT_PORTS[system]) for host in hosts.split(",")),
        tls=transport == "tls",
        user=unquote(user) or None,
        path=parts.path.strip("/"),
        options=tuple(parse_qsl(parts.query)),
        password=password or unquote(written) or None,
    )


def _split_authority(rest: str) -> tuple[str, str, str]:
    ends = [at for mark in "/?" if (at := rest.find(mark)) >= 0]
    if not ends:
        return rest, "", ""
    end = min(ends)
    return rest[:end], rest[end], rest[end + 1 :]


def _address(text: str, default_port: int) -> tuple[str, int]:
    host, port = text.strip(), str(default_port)
    if host.startswith("["):
        host, _, after = host[1:].partition("]")
        port = after.removeprefix(":") or port
    elif ":" in host:
        host, _, port = host.rpartition(":")
    if not host:
        raise AddressError(f"There is no host in {text!r}.", "Write one such as kafka://localhost:9092.")
    if not (port.isdigit() and 0 < int(port) < 65536):
        raise AddressError(f"{port!r} is not a port.", "A port is a number from 1 to 65535.")
    return host, int(port)
