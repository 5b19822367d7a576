"""Tells another program by HTTP: posts JSON, in the order given, and again where nobody answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from inspector.errors import AddressError
from inspector.tasks import TaskGroup

TIMEOUT_S = 5.0
"""For one answer, from the first look-up of a name to the last byte."""
RETRY_S = 10.0
WAITING = 100
"""Messages that wait at most; above it the oldest are dropped."""
_LATER = (408, 429, 500, 502, 503, 504)


class Webhook:
    """One address, posted to inside `async with`; what waits at its end is tried once more.

    Args:
        url: may hold a login, or a secret in its path or query: only its host is ever shown.
        complain: is told in one sentence when it does not take what it is given, once until it does again.
        retry_s: pause after an attempt that nobody answered.
    """

    def __init__(self, url: str, complain: Callable[[str], object], retry_s: float = RETRY_S) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            (parts.hostname or "").encode("idna")  # what no name server can be asked for
        except ValueError:
            usable = False
        if not usable:
            raise AddressError(
                "The address of the webhook is not one of a web server.", "Write https://host/…."
            )
        self.shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._url = url
        self._complain = complain
        self._retry_s = retry_s
        self._waiting: deque[dict[str, Any]] = deque(maxlen=WAITING)
        self._news = asyncio.Event()
        self._posting = asyncio.Lock()
        self._tasks = TaskGroup()
        self._answers = True

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        self._tasks.spawn(self._work(), "webhook")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._posting:  # so that nothing is cut off half-way and posted twice
            await self._tasks.close()
        while self._waiting and await self._settled():
            continue
        await self._session.close()

    def put(self, message: dict[str, Any]) -> None:
        """Post it as soon as it can be."""
        self._waiting.append(message)
        self._news.set()

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                async with self._posting:
                    settled = await self._settled()
                if not settled:
                    await asyncio.sleep(self._retry_s)

    async def _settled(self) -> bool:
        """Whether the oldest message was taken or refused for good, and so waits no more."""
        message = self._waiting[0]
        settled = await self._post(message)
        if settled:
            with suppress(ValueError):  # dropped meanwhile, as too many wait
                self._waiting.remove(message)
        return settled

    async def _post(self, message: dict[str, Any]) -> bool:
        try:
            async with self._session.post(self._url, json=message, allow_redirects=False) as answer:
                status = answer.status
        except aiohttp.ClientSSLError:
            self._told(
                f"No secure connection to the webhook at {self.shown} can be made. Check its port and its "
                "certificate. It is tried again."
            )
            return False
        except (TimeoutError, aiohttp.ClientError):
            self._told(f"The webhook at {self.shown} does not answer. It is tried again.")
            return False
        if status < 300:
            self._answers = True
            return True
        later = status in _LATER
        self._told(
            f"The webhook at {self.shown} answers with HTTP {status}."
            + (" It is tried again." if later else " Check its address.")
        )
        return not later

    def _told(self, sentence: str) -> None:
        if self._answers:
            self._complain(sentence)
        self._answers = False
