"""Asks programs that answer HTTP with JSON, within bounded time and size."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

import aiohttp
import orjson

from inspector.errors import AccessRefused, ConnectionFailed, InspectorError, Unsupported
from inspector.secrets import SERVICE

TIMEOUT_S = 5.0
"""For one answer, from the first look-up of a name to the last byte."""
LARGEST = 32 * 1024 * 1024
"""Bytes of an answer."""
_ABSENT = (404, 410)
_BUSY = (409, 429, 500, 502, 503, 504)


class NotThere(Unsupported):
    """Nothing is at that path: it is another service, or one that does not have what was asked for."""


class Rest:
    """One service, asked inside `async with`; reads, but for `put`.

    Args:
        name: what people call it inside a sentence, such as `the schema registry`.
        url: its address, which may name a user, and a password that is never shown.
        variable: the environment variable that holds its password where the address has none; the keyring
            is asked after that.
    """

    def __init__(self, name: str, url: str, variable: str) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise Unsupported(f"The address of {name} is not one of a web server.", "Write http://host:port.")
        self.name = name
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._variable = variable
        self._asked = False
        host = parts.netloc.rpartition("@")[2]
        self.url = f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
        """Without a login."""

    @property
    def title(self) -> str:
        """`Kafka Connect at http://host:8083`."""
        return f"{self.name[0].upper()}{self.name[1:]} at {self.url}"

    async def __aenter__(self) -> Self:
        headers = {"Accept": "application/json"}
        if self._user is not None:  # RFC 7617
            login = f"{self._user}:{await self._secret(self._user)}"
            headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
        self._session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, *path: str, query: str = "") -> Any:
        """The JSON at a path, given by its unquoted parts.

        Raises `ConnectionFailed` when nobody answers or not now, `AccessRefused` when the login is not let
        in, and `Unsupported` when what answers is something else.
        """
        return await self._ask("GET", path, query)

    async def put(self, *path: str, body: dict[str, Any]) -> None:
        """Set what is at a path; raises as `get` does."""
        await self._ask("PUT", path, "", body)

    async def _ask(
        self, method: str, path: tuple[str, ...], query: str, body: dict[str, Any] | None = None
    ) -> Any:
        where = "/".join(("", *(quote(part, safe="") for part in path))) + query
        try:
            async with self._session.request(
                method, self.url + where, json=body, allow_redirects=False
            ) as answer:
                if body is not None and answer.status in (201, 204):
                    return None
                if answer.status != 200:
                    raise self._refused(answer.status)
                return orjson.loads(await self._body(answer))
        except (TimeoutError, aiohttp.ClientConnectionError) as error:
            raise ConnectionFailed(
                f"{self.title} does not answer.", f"Check that it runs and {self._address}."
            ) from error
        except (aiohttp.ClientError, ValueError) as error:
            raise self.something_else() from error

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in answer.content.iter_chunked(65_536):
            body += chunk
            if len(body) > LARGEST:
                raise self.something_else()
        return bytes(body)

    def _refused(self, status: int) -> InspectorError:
        if status in (401, 403):
            if self._user is None:
                return AccessRefused(
                    f"{self.title} wants a login.", "Write the user before an @: http://user@host:port."
                )
            return AccessRefused(
                f"{self.title} refuses the login of {self._user}.",
                f"Check the password in {self._variable} or the keyring, and what {self._user} may read; "
                "then connect again.",
            )
        if status in _BUSY:
            return ConnectionFailed(f"{self.title} cannot answer now (HTTP {status}).", "It is asked again.")
        return self.something_else(NotThere if status in _ABSENT else Unsupported)

    def something_else(self, kind: type[Unsupported] = Unsupported) -> Unsupported:
        """What to raise where the answer is not that of this service."""
        return kind(
            f"What answers at {self.url} is something else than {self.name}.", f"Check {self._address}."
        )

    @property
    def _address(self) -> str:
        return "the address, or take it out of that of the server"

    async def _secret(self, user: str) -> str:
        found = self._password or os.environ.get(self._variable)
        if not found and not self._asked:
            import keyring  # takes a while to load, and few need it

            # Once: a question of the keyring that nobody answers holds a thread for as long.
            self._asked = True
            # Keyrings raise kinds of their own.
            with suppress(Exception):
                found = await asyncio.to_thread(keyring.get_password, SERVICE, f"{user}@{self.url}")
            self._password = found
        if not found:
            raise AccessRefused(
                f"There is no password for {user} at {self.url}.",
                f"Put it into {self._variable}, or into the keyring under {SERVICE} and {user}@{self.url}.",
            )
        return found
