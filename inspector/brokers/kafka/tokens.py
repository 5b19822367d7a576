"""Bearer tokens for OAUTHBEARER: kept between connections, and replaced before they end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from aiokafka.abc import AbstractTokenProvider

RENEW_AT = 0.8
"""The part of its life after which a token is replaced."""


class Token(NamedTuple):
    """A bearer token and how many seconds it lives from now."""

    text: str
    lives_s: float

    def __repr__(self) -> str:
        return f"Token(lives {self.lives_s:.0f} s)"


class Tokens(AbstractTokenProvider):  # type: ignore[misc]
    """Gives the current token, and a new one well before that one ends."""

    def __init__(
        self,
        fetch: Callable[[], Token],
        extensions: dict[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._extensions = extensions or {}
        self._clock = clock
        self._lock = asyncio.Lock()
        self._text = ""
        self._renew_at = 0.0

    @property
    def held(self) -> bool:
        """Whether the next token is one that was given before."""
        return bool(self._text) and self._clock() < self._renew_at

    async def token(self) -> str:
        """A token that is good for a while; raises `ConnectionFailed` or `AccessRefused`."""
        async with self._lock:
            if not self.held:
                asked = self._clock()
                token = await asyncio.to_thread(self._fetch)
                self._text, self._renew_at = token.text, asked + RENEW_AT * token.lives_s
            return self._text

    def forget(self) -> None:
        """The broker did not take it: the next one must be new."""
        self._text = ""

    def extensions(self) -> dict[str, str]:
        """What is sent besides the token (KIP-342), such as the cluster at Confluent Cloud."""
        return self._extensions
