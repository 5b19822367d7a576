"""A connection to ActiveMQ over STOMP, and its management interface: logging in, noticing that it is gone."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from typing import Self
from urllib.parse import quote

from inspector.brokers.activemq.stomp import Failure, Line, NoStomp
from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.rest import Rest
from inspector.trust import context_of

OPEN_S, CLOSE_S = 8.0, 2.0
OWN = "eventscope-"
"""How the client ids of our own connections begin."""
VARIABLE = "EVENTSCOPE_JOLOKIA_PASSWORD"
CONSOLE = "http://{host}:8161/api/jolokia"
"""Where ActiveMQ's own web console answers."""


class Refused(InspectorError):
    """The login may not do it; connecting again does not help."""


class Jolokia(Rest):
    """The management interface of ActiveMQ."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        # ActiveMQ's own configuration refuses whoever does not say where it comes from (jolokia-access.xml).
        self._session.headers["Origin"] = self.url
        return self


class Session:
    """A connection that is opened again by whoever notices that it is gone."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.client_id = ""
        """What this connection calls itself."""
        self._line: Line | None = None

    @property
    def line(self) -> Line:
        """The open connection; raises `ConnectionFailed` where there is none."""
        if self._line is None or self._line.closed.is_set():
            raise self.silent()
        return self._line

    def silent(self) -> ConnectionFailed:
        """That nobody answers any more."""
        return ConnectionFailed(
            f"{self.connection.server.address} does not answer.", "Try again when it is back."
        )

    async def open(self) -> None:
        """Connect and log in; raises `ConnectionFailed` or `AccessRefused`."""
        await self.close()
        connection = self.connection
        tls = context_of(connection) if connection.tls else None
        self.client_id = f"{OWN}{uuid.uuid4().hex[:8]}"
        headers = [("host", connection.addresses[0][0]), ("client-id", self.client_id)]
        if connection.user is not None:
            headers += [("login", connection.user), ("passcode", connection.password or "")]
        failure: InspectorError | None = None
        for host, port in connection.addresses:
            try:
                async with asyncio.timeout(OPEN_S):
                    line = await Line.open(host, port, tls, headers)
            except (OSError, Failure, NoStomp, TimeoutError) as error:
                failure = self._failure(error, f"{host}:{port}")
                if isinstance(failure, AccessRefused):
                    raise failure from error
                continue
            if "artemis" in line.server.lower():
                line.abort()
                raise ConnectionFailed(
                    f"What listens at {host}:{port} is ActiveMQ Artemis, and only Classic can be read.",
                    "Give the address of an ActiveMQ Classic.",
                )
            self._line = line
            return
        assert failure is not None
        raise failure

    def _failure(self, error: Exception, address: str) -> InspectorError:
        said = str(error)
        if isinstance(error, Failure):
            user = self.connection.user
            who = f"the login of {user}" if user else "a connection without a login"
            return AccessRefused(f"{address} refused {who}.", "Check user and password.")
        if isinstance(error, NoStomp | TimeoutError):
            return ConnectionFailed(
                f"What listens at {address} does not speak STOMP.",
                "Give the port of the stomp connector in activemq.xml, 61613 by default.",
            )
        if "certificate" in said.lower() or "ssl" in said.lower():
            return ConnectionFailed(
                f"No protected connection to {address} can be made ({said}).",
                "Check activemq+tls:// and ca=.",
            )
        if isinstance(error, ConnectionResetError):
            return ConnectionFailed(
                f"What listens at {address} ended the connection.",
                "Check the port: that of the stomp connector in activemq.xml, 61613 by default.",
            )
        return ConnectionFailed(
            f"Nothing listens at {address}.",
            "Check the address, and that activemq.xml has a transportConnector for stomp://.",
        )

    def jolokia(self) -> Jolokia:
        """The management interface; with the same login where its address names none."""
        connection = self.connection
        host = connection.addresses[0][0]
        url = connection.option("jolokia") or CONSOLE.format(host=f"[{host}]" if ":" in host else host)
        scheme, separator, rest = url.partition("://")
        if separator and connection.user and "@" not in rest.partition("/")[0]:
            password = f":{quote(connection.password, safe='')}" if connection.password else ""
            url = f"{scheme}://{quote(connection.user, safe='')}{password}@{rest}"
        return Jolokia("the management interface of ActiveMQ", url, VARIABLE)

    async def close(self) -> None:
        """End the connection; safe to call twice."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await line.close()
            line.abort()
