"""Lines that a person types while something goes on: waiting for one can be given up at any time."""

from __future__ import annotations

import asyncio
import sys
from threading import Thread


async def line() -> str:
    """The next line of standard input without its end; raises EOFError at the end of it."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def put(text: str) -> None:
        if not answer.done():
            answer.set_result(text)

    def read() -> None:
        text = sys.stdin.readline()
        if not loop.is_closed():
            loop.call_soon_threadsafe(put, text)

    # A thread of the loop's own would be waited for at the end, until somebody types.
    Thread(target=read, name="standard input", daemon=True).start()
    if not (text := await answer):
        raise EOFError
    return text.rstrip("\r\n")
