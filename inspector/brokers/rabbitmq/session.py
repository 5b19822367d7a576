"""Connections to RabbitMQ over AMQP 0-9-1, one for each virtual host: logging in, noticing that they end.

`aiormq` is the lower layer of aio-pika: it hands on properties and bodies as they came, where aio-pika
fills in what a message does not say.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import quote

import aiormq
from aiormq import exceptions
from aiormq.abc import AbstractChannel

from inspector.brokers.rabbitmq.names import DEFAULT_VHOST, OWN
from inspector.connection import Connection
from inspector.errors import AccessRefused, AddressError, ConnectionFailed, InspectorError, Unsupported
from inspector.rest import Rest
from inspector.trust import context_of

OPEN_S, CLOSE_S = 8.0, 2.0
MOST_FIREHOSE_S = 600
TURNS = 10
GUEST = "guest"
"""User and password of a fresh RabbitMQ, which only the server's own machine may use."""
MANAGEMENT_PORTS = {False: 15672, True: 15671}
"""Without and with TLS."""
VARIABLE = "EVENTSCOPE_MANAGEMENT_PASSWORD"
ERRORS = (exceptions.AMQPError, exceptions.ChannelInvalidStateError, OSError, TimeoutError, RuntimeError)
"""What aiormq raises where a connection or a channel ends, or an answer does not come."""


class Session:
    """Connections that are opened again by whoever notices that they are gone."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        # Whatever it complains of is raised too.
        logging.getLogger("aiormq").setLevel(logging.CRITICAL)
        self._open: dict[str, aiormq.Connection] = {}
        self._lock = asyncio.Lock()
        self.gone = asyncio.Event()
        """Set when a connection ended by itself."""

    @property
    def vhost(self) -> str | None:
        """The virtual host that the address names; None for all that the login may see."""
        return self.connection.path or None

    @property
    def firehose_s(self) -> int:
        """For how long the firehose is asked for; raises `AddressError` where that is no number."""
        given = self.connection.option("firehose") or "0"
        if not given.isdecimal() or int(given) > MOST_FIREHOSE_S:
            raise AddressError(
                f"firehose={given[:20]} is no number of seconds.", f"Write at most {MOST_FIREHOSE_S}."
            )
        return int(given)

    @property
    def alive(self) -> bool:
        """Whether there is a connection."""
        return not self.gone.is_set() and any(not each.is_closed for each in self._open.values())

    async def open(self) -> None:
        """Connect and log in; raises `ConnectionFailed` or `AccessRefused`."""
        await self.close()
        self.gone.clear()
        await self.amqp(self.vhost or DEFAULT_VHOST)

    async def version(self) -> str | None:
        """Of the broker, as it says itself."""
        connection = await self.amqp(self.vhost or DEFAULT_VHOST)
        said = connection.server_properties.get("version")
        return said if isinstance(said, str) else None

    async def amqp(self, vhost: str) -> aiormq.Connection:
        """The connection to a virtual host, made at the first call."""
        async with self._lock:
            known = self._open.get(vhost)
            if known is not None and not known.is_closed:
                return known
            if self.gone.is_set():
                raise self._silent()
            self._open[vhost] = made = await self._connected(vhost)
            made.closing.add_done_callback(lambda _: self._ended(vhost, made))
            return made

    def _ended(self, vhost: str, ended: aiormq.Connection) -> None:
        if self._open.get(vhost) is ended:
            self.gone.set()

    @asynccontextmanager
    async def channel(self, vhost: str, *, confirms: bool = False) -> AsyncIterator[AbstractChannel]:
        """A channel of its own for as long as the block takes; what goes wrong in it is told for people."""
        channel = await self.open_channel(vhost, confirms=confirms)
        try:
            yield channel
        except ERRORS as error:
            raise self.failure(error, vhost) from error
        finally:
            await close_channel(channel)

    async def open_channel(self, vhost: str, *, confirms: bool = False) -> AbstractChannel:
        """A channel that whoever asks for it closes."""
        connection = await self.amqp(vhost)
        try:
            return await connection.channel(publisher_confirms=confirms, timeout=OPEN_S)
        except ERRORS as error:
            raise self.failure(error, vhost) from error

    def failure(self, error: Exception, vhost: str) -> InspectorError:
        """An error of a channel as a sentence."""
        user = self.connection.user or GUEST
        if isinstance(error, exceptions.ChannelAccessRefused):
            return Refused(
                f"RabbitMQ does not let {user} do this in the virtual host {vhost}: {_said(error)}.",
                f"Allow it with rabbitmqctl set_permissions -p {vhost} {user}.",
            )
        if isinstance(error, exceptions.ChannelNotFoundEntity):
            return Gone(f"It is not there: {_said(error)}.")
        if isinstance(error, exceptions.AMQPChannelError):
            return Unsupported(f"RabbitMQ refuses it: {_said(error)}.")
        return self._silent()

    def _silent(self) -> ConnectionFailed:
        return ConnectionFailed(
            f"{self.connection.server.address} does not answer.", "Try again when it is back."
        )

    async def _connected(self, vhost: str) -> aiormq.Connection:
        connection = self.connection
        context = context_of(connection) if connection.tls else None
        user, password = connection.user or GUEST, connection.password
        password = GUEST if password is None and user == GUEST else password or ""
        failure: InspectorError | None = None
        for address in connection.bootstrap:
            made = aiormq.Connection(
                f"{'amqps' if context else 'amqp'}://{quote(user, safe='')}:{quote(password, safe='')}"
                f"@{address}/{quote(vhost, safe='')}?name={OWN}",
                context=context,
            )
            try:
                async with asyncio.timeout(OPEN_S):
                    await made.connect()
            except (*ERRORS, EOFError, ValueError) as error:
                with suppress(Exception):
                    await made.close()
                failure = self._refusal(error, user, vhost)
            else:
                return made
        assert failure is not None
        raise failure

    def _refusal(self, error: Exception, user: str, vhost: str) -> InspectorError:
        address, said = self.connection.server.address, str(error)
        if isinstance(error, exceptions.AuthenticationError | exceptions.ProbableAuthenticationError):
            local = f" {GUEST} may only come from the server's own machine." if user == GUEST else ""
            return AccessRefused(
                f"{address} refused the login of {user}.", f"Check user and password.{local}"
            )
        if "OpenOk" in said:  # aiormq's word for a virtual host that is refused or not there
            return AccessRefused(
                f"{address} has no virtual host {vhost} for {user}.",
                f"Check the end of the address, or rabbitmqctl set_permissions -p {vhost} {user}.",
            )
        if getattr(error, "errno", None) is None and isinstance(error, exceptions.AMQPError):
            return ConnectionFailed(f"What listens at {address} is no RabbitMQ.", "AMQP has port 5672.")
        if "certificate" in said.lower() or "ssl" in said.lower():
            return ConnectionFailed(
                f"No protected connection to {address} can be made ({said}).",
                "Check rabbitmq+tls:// and ca=.",
            )
        return ConnectionFailed(
            f"Nothing listens at {address}.", "Check the address, and that RabbitMQ runs."
        )

    def management(self) -> Rest:
        """The management interface; with the same login where its address names none."""
        connection = self.connection
        host = connection.addresses[0][0]
        host = f"[{host}]" if ":" in host else host
        scheme = "https" if connection.tls else "http"
        url = connection.option("management") or f"{scheme}://{host}:{MANAGEMENT_PORTS[connection.tls]}"
        scheme, separator, rest = url.partition("://")
        if separator and "@" not in rest.partition("/")[0]:
            user = connection.user or GUEST
            password = GUEST if user == GUEST and connection.password is None else connection.password
            login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
            url = f"{scheme}://{login}@{rest}"
        return Rest("the management interface of RabbitMQ", url, VARIABLE)

    async def close(self) -> None:
        """End all connections; safe to call twice."""
        open_, self._open = self._open, {}
        for each in open_.values():
            with suppress(Exception):  # the socket may be gone in any way
                async with asyncio.timeout(CLOSE_S):
                    await each.close()
        for _ in range(TURNS if open_ else 0):
            # What aiormq does in tasks of its own when a connection has ended.
            await asyncio.sleep(0)


class Gone(Unsupported):
    """What was asked for is not there."""


class Refused(InspectorError):
    """The login may not do it; connecting again does not help."""


def _said(error: Exception) -> str:
    """The broker's own words, such as `ACCESS_REFUSED - access to queue …`."""
    return str(error.args[-1] if error.args else error).strip(".")


async def close_channel(channel: AbstractChannel) -> None:
    """End a channel, in whatever state it is."""
    with suppress(Exception):
        async with asyncio.timeout(CLOSE_S):
            await channel.close()
