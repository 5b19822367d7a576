"""STOMP 1.2 (https://stomp.github.io/stomp-specification-1.2.html) over asyncio: frames, and one connection.

stomp.py reads in a thread of its own and hands every frame on there as a map; here frames come in the loop's
own thread, and their headers are read only when somebody asks for them.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

_ESCAPES = {"\\r": "\r", "\\n": "\n", "\\c": ":", "\\\\": "\\"}
_ESCAPED = re.compile(r"\\[rnc\\]")
_SPECIAL = re.compile(r"[\r\n:\\]")
_BACK = {plain: escaped for escaped, plain in _ESCAPES.items()}
_LENGTH = b"\ncontent-length:"
GREETINGS = (b"CONNECTED", b"ERROR")
"""How the first word of a server begins."""

Pairs = Iterable[tuple[str, str]]


class Failure(Exception):
    """The broker answered with an `ERROR` frame; its sentence."""


class NoStomp(Exception):
    """What answers speaks something else."""


class Frame:
    """One frame from the broker."""

    __slots__ = ("_head", "_headers", "body", "command")

    def __init__(self, head: bytes, body: bytes) -> None:
        self.command, _, self._head = head.partition(b"\n")
        self._headers: dict[str, str] | None = None
        self.body = body

    @property
    def headers(self) -> dict[str, str]:
        """By name; of those that repeat the first counts, as the specification says."""
        if self._headers is None:
            found: dict[str, str] = {}
            # From the last to the first, so that the first counts.
            for line in reversed(self._head.decode("utf-8", "surrogateescape").split("\n")):
                name, _, value = line.partition(":")
                if "\\" in line:
                    name, value = _plain(name), _plain(value)
                found[name] = value
            self._headers = found
        return self._headers


def _plain(text: str) -> str:
    if "\\\\" in text:
        return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)
    return text.replace("\\c", ":").replace("\\n", "\n").replace("\\r", "\r")


def _escaped(text: str) -> bytes:
    return _SPECIAL.sub(lambda found: _BACK[found[0]], text).encode("utf-8", "surrogateescape")


def frame_bytes(command: str, headers: Pairs, body: bytes = b"") -> bytes:
    """A frame as it is sent."""
    lines = [command.encode()]
    lines += [b"%s:%s" % (_escaped(name), _escaped(value)) for name, value in headers]
    return b"%s\n\n%s\0" % (b"\n".join(lines), body)


class Frames:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        self._rest = b""
        self._greeted = False

    def take(self, data: bytes) -> list[Frame]:
        """The frames that are whole now; raises `NoStomp` where there are none."""
        if self._rest:
            data = self._rest + data
        found: list[Frame] = []
        at, size = 0, len(data)
        while True:
            while at < size and data[at] in b"\r\n":  # between frames: a sign of life
                at += 1
            head_end = data.find(b"\n\n", at)
            if head_end < 0:
                windows = data.find(b"\n\r\n", at)
                if windows < 0:
                    break
                head_end, body_at = windows, windows + 3
            else:
                body_at = head_end + 2
            stated = data.find(_LENGTH, at, head_end)
            if stated >= 0:
                line_end = data.find(b"\n", stated + 1, head_end)
                text = data[stated + len(_LENGTH) : line_end if line_end > 0 else head_end]
                if not text.strip().isdigit():
                    raise NoStomp
                end = body_at + int(text)
                if end >= size:
                    break
            else:
                end = data.find(b"\0", body_at)
                if end < 0:
                    break
            found.append(Frame(data[at:head_end], data[body_at:end]))
            at = end + 1
        self._rest = data[at:]
        if found:
            self._greeted = True
        elif not self._greeted and not any(
            self._rest.startswith(word[: len(self._rest)]) for word in GREETINGS
        ):
            raise NoStomp
        return found


class Line(asyncio.Protocol):
    """One connection, logged in."""

    def __init__(self) -> None:
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._takers: dict[str, Callable[[Frame], None]] = {}
        self._receipts: dict[str, asyncio.Future[Any]] = {}
        self._numbers = count(1)
        self._connected: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self.closed = asyncio.Event()
        """Set when the connection has ended."""
        self.server = ""
        """What the broker says that it is, such as `ActiveMQ/6.1.7`."""
        self.sent = 0
        """Messages that were sent over it."""

    @classmethod
    async def open(cls, host: str, port: int, tls: ssl.SSLContext | None, headers: Pairs) -> Line:
        """Connect and log in.

        Raises `OSError`, `Failure` where the login is not taken, `NoStomp` where something else listens.
        """
        _, line = await asyncio.get_running_loop().create_connection(cls, host, port, ssl=tls)
        try:
            # CONNECT knows no escapes.
            text = "".join(f"{name}:{value}\n" for name, value in headers)
            line._write(f"CONNECT\naccept-version:1.2\nheart-beat:0,0\n{text}\n\0".encode())
            answer = await line._connected
            line.server = answer.headers.get("server", "")
        except BaseException:
            line.abort()
            raise
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand on every frame that is whole."""
        try:
            for frame in self._frames.take(data):
                self._take(frame)
        except NoStomp as error:
            self._fail(error)
            self.abort()

    def _take(self, frame: Frame) -> None:
        if frame.command == b"MESSAGE":
            taker = self._takers.get(frame.headers.get("subscription", ""))
            if taker is not None:
                taker(frame)
        elif frame.command == b"RECEIPT":
            self._answer(frame.headers.get("receipt-id", ""), None)
        elif frame.command == b"ERROR":
            lines = frame.body.decode("utf-8", "replace").splitlines()
            said = frame.headers.get("message") or (lines[0] if lines else "an error")
            failure = Failure(said)
            if not self._connected.done():
                self._connected.set_exception(failure)
            self._answer(frame.headers.get("receipt-id", ""), failure)
        elif frame.command == b"CONNECTED":
            if not self._connected.done():
                self._connected.set_result(frame)
        else:
            raise NoStomp

    def _answer(self, receipt: str, failure: Failure | None) -> None:
        waiting = self._receipts.pop(receipt, None)
        if waiting is None or waiting.done():
            return
        if failure is None:
            waiting.set_result(None)
        else:
            waiting.set_exception(failure)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits for an answer is told that none comes."""
        self._fail(exc or ConnectionResetError("the connection was closed"))
        self.closed.set()

    def _fail(self, error: Exception) -> None:
        waiting: list[asyncio.Future[Any]] = [self._connected, *self._receipts.values()]
        for each in waiting:
            if not each.done():
                each.set_exception(error)
                each.exception()  # nobody may be waiting
        self._receipts.clear()

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the connection was closed")
        self._transport.write(data)

    async def _confirmed(self, command: str, headers: Pairs, body: bytes = b"") -> None:
        """Raises `Failure` or `OSError`."""
        receipt = str(next(self._numbers))
        waiting = self._receipts[receipt] = asyncio.get_running_loop().create_future()
        self._write(frame_bytes(command, (*headers, ("receipt", receipt)), body))
        try:
            await waiting
        finally:
            self._receipts.pop(receipt, None)

    async def send(self, destination: str, headers: Pairs, body: bytes) -> int:
        """Send one message and wait until the broker has it; returns how many were sent then with it."""
        self.sent += 1
        number = self.sent
        await self._confirmed("SEND", (("destination", destination), *headers), body)
        return number

    async def subscribe(self, destination: str, headers: Pairs, taker: Callable[[Frame], None]) -> str:
        """Begin to receive; `taker` gets each message. Returns the name of the subscription."""
        name = str(next(self._numbers))
        self._takers[name] = taker
        try:
            await self._confirmed(
                "SUBSCRIBE", (("destination", destination), ("id", name), ("ack", "auto"), *headers)
            )
        except BaseException:
            del self._takers[name]
            raise
        return name

    async def unsubscribe(self, name: str) -> None:
        """Receive no more; safe where the connection is gone."""
        if self._takers.pop(name, None) is not None and not self.closed.is_set():
            await self._confirmed("UNSUBSCRIBE", (("id", name),))

    async def browse(self, queue: str, selector: str, most: int) -> tuple[list[Frame], bool]:
        """What lies in a queue, the oldest first, all of which stays there
        (https://activemq.apache.org/components/classic/documentation/stomp: `browser`).

        Returns messages, and whether there are more than `most`.
        """
        found: list[Frame] = []
        ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiting = f"browse-{next(self._numbers)}"
        self._receipts[waiting] = ended

        def take(frame: Frame) -> None:
            if ended.done():
                return
            if frame.headers.get("browser") == "end":
                ended.set_result(False)
            elif len(found) == most:
                ended.set_result(True)
            else:
                found.append(frame)

        asked = [("browser", "true"), *((("selector", selector),) if selector else ())]
        try:
            name = await self.subscribe(queue, asked, take)
            more = await ended
        finally:
            self._receipts.pop(waiting, None)
        await self.unsubscribe(name)
        return found, more

    async def close(self) -> None:
        """End the connection as a client should; safe to call twice."""
        if not self.closed.is_set() and self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame_bytes("DISCONNECT", ()))
            self._transport.close()
            await self.closed.wait()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()
