"""One connection to a NATS server or cluster: logging in, asking its interfaces, noticing that it is gone.

nats-py folds repeated headers into one, and takes most of its time for them and for handing messages over:
`_Client` keeps the bytes of headers, and hands messages of an `Inbox` over as they are.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Self

import msgspec
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.record import Headers
from inspector.trust import context_of

OPEN_S, ANSWER_S = 8.0, 5.0
NAME = "eventscope"
_LINE = b"NATS/1.0"
_REFUSED = re.compile(r'permissions violation for publish to "(?P<subject>[^"]+)"', re.IGNORECASE)


class Refused(InspectorError):
    """The login may not use an interface; `subject` is what it lacks."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"NATS lets this login not publish to {subject}.", f"Allow it to publish to {subject}."
        )
        self.subject = subject


class JetStreamError(InspectorError):
    """JetStream answered with an error; `code` is its `err_code`."""

    def __init__(self, code: int, description: str, remedy: str = "") -> None:
        super().__init__(f"JetStream says: {description}.", remedy)
        self.code = code


Arrived = tuple[str, bytes, bytes]
"""Subject, data and the bytes of headers of a message."""


class RawHeaders(dict[str, str]):
    """The status that a server gives in headers, and the bytes of all of them as they came."""

    raw: bytes = b""


class _Client(Client):
    def __init__(self) -> None:
        super().__init__()
        self.takers: dict[int, Callable[[Arrived], None]] = {}
        """Who takes the messages of a subscription, by its number."""

    async def _process_headers(self, headers: Any) -> dict[str, str] | None:
        if not headers:
            return None
        plain = headers.startswith(_LINE + b"\r\n")
        kept = RawHeaders() if plain else RawHeaders(await super()._process_headers(headers) or {})
        kept.raw = bytes(headers)
        return kept

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        taker = self.takers.get(sid)
        if taker is None:
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            taker((bytes(subject).decode(), bytes(data), bytes(headers or b"")))


class Inbox:
    """A subject of one's own, or another that is listened to, and what came over it since one last looked."""

    def __init__(self, client: _Client, subject: str) -> None:
        self.subject = subject
        self._client = client
        self._subscription: Subscription | None = None
        self._arrived: list[Arrived] = []
        self._news = asyncio.Event()

    async def open(self, take: Callable[[Arrived], None] | None = None) -> Self:
        """Begin to listen; `take` gets each message at once instead of keeping it for `more`."""
        taker = take or self._keep

        async def early(message: Msg) -> None:  # what comes before the number is known
            taker((message.subject, message.data, raw_headers(message)))

        self._subscription = await self._client.subscribe(self.subject, cb=early)
        self._client.takers[self._subscription._id] = taker
        return self

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _keep(self, arrived: Arrived) -> None:
        self._arrived.append(arrived)
        self._news.set()

    async def more(self, wait_s: float) -> list[Arrived]:
        """What came since the last call; waits for the first of it, and raises `TimeoutError`."""
        async with asyncio.timeout(wait_s):
            await self._news.wait()
        self._news.clear()
        arrived, self._arrived = self._arrived, []
        return arrived

    async def close(self) -> None:
        """Listen no more."""
        if self._subscription is not None:
            self._client.takers.pop(self._subscription._id, None)
            with suppress(errors.Error, OSError):
                await self._subscription.unsubscribe()


def headers_of(raw: bytes) -> Headers:
    """Names and values in their order, from `NATS/1.0 CRLF name: value CRLF … CRLF` (ADR-4 of NATS)."""
    found: list[tuple[str, bytes | None]] = []
    for line in raw.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            found.append((name.decode("utf-8", "surrogateescape"), value.strip(b" \t")))
    return tuple(found)


def raw_headers(message: Msg) -> bytes:
    """The bytes of a message's headers; empty where it has none."""
    return getattr(message.headers, "raw", b"")


def is_status(raw: bytes) -> bool:
    """Whether headers are a word of the server: an end, an error, nobody there."""
    return raw[len(_LINE) : len(_LINE) + 1] == b" "


class Several(dict[str, str]):
    """Headers to be sent, with those that repeat: nats-py asks for nothing but `items`."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def items(self) -> Any:
        """All pairs, in their order."""
        return self._pairs


class Session:
    """A connection that is opened again by whoever notices that it is gone."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._client: _Client | None = None
        self._denied: set[str] = set()
        """Subjects that the server refused, in lower case: nats-py hands its sentence on so."""
        self._asked: dict[str, list[asyncio.Timeout]] = {}
        """How long answers are waited for, by subject."""

    @property
    def client(self) -> _Client:
        """The open connection; raises `ConnectionFailed` where there is none."""
        if self._client is None or not self._client.is_connected:
            raise ConnectionFailed(
                f"{self.connection.server.address} does not answer.", "Try again when it is back."
            )
        return self._client

    @property
    def max_payload(self) -> int:
        """Bytes that one message may have."""
        return self.client.max_payload

    def denied(self, subject: str) -> bool:
        """Whether the server refused this login to use a subject, as far as it has said so."""
        return subject.lower() in self._denied

    async def open(self) -> None:
        """Connect and log in; raises `ConnectionFailed` or `AccessRefused`."""
        await self.close()
        self._denied.clear()
        client, said = _Client(), list[str]()

        async def told(error: Exception) -> None:
            said.append(str(error))
            if (refused := _REFUSED.search(str(error))) is not None:
                denied = refused["subject"].lower()
                self._denied.add(denied)
                for limit in self._asked.get(denied, ()):
                    limit.reschedule(0)

        connection = self.connection
        options: dict[str, Any] = {}
        if connection.user is not None:
            options |= {"user": connection.user, "password": connection.password or ""}
        elif connection.password:
            options["token"] = connection.password
        if connection.option("creds"):
            options["user_credentials"] = connection.option("creds")
        if connection.option("nkey"):
            options["nkeys_seed"] = connection.option("nkey")
        if connection.tls:
            options["tls"] = context_of(connection)
        try:
            async with asyncio.timeout(OPEN_S):
                await client.connect(
                    [f"nats://{one}" for one in connection.bootstrap],
                    name=NAME,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=4,
                    error_cb=told,
                    **options,
                )
        except Exception as error:
            with suppress(Exception):
                await client.close()
            raise self._failure([*said, str(error)], error) from error
        self._client = client

    def _failure(self, said: list[str], error: Exception) -> InspectorError:
        address, everything = self.connection.server.address, " ".join(said).lower()
        if isinstance(error, InspectorError):
            return error
        if "authorization" in everything or "authentication" in everything or "nonce" in everything:
            who = (
                f"the login of {self.connection.user}"
                if self.connection.user
                else "a connection without a login"
            )
            return AccessRefused(f"{address} refused {who}.", "Check user and password, or the token.")
        if isinstance(error, FileNotFoundError | ValueError):
            return AccessRefused(f"The credentials cannot be read ({error}).", "Check creds= or nkey=.")
        if "info" in everything or "empty response" in everything or "parse" in everything:
            return ConnectionFailed(f"What listens at {address} is no NATS server.", "Check the port.")
        if "certificate" in everything or "ssl" in everything or "tls" in everything:
            return ConnectionFailed(
                f"No protected connection to {address} can be made ({said[-1]}).",
                "Check nats+tls:// and ca=.",
            )
        return ConnectionFailed(f"Nothing listens at {address}.", "Check the address, and that NATS runs.")

    async def ask(self, subject: str, question: object = None, wait_s: float = ANSWER_S) -> Any:
        """The JSON answer of an interface of the server; raises `Refused`, `ConnectionFailed`."""
        client = self.client
        payload = b"" if question is None else msgspec.json.encode(question)
        if self.denied(subject):
            raise Refused(subject)
        try:
            async with asyncio.timeout(wait_s) as limit:
                # A request that is refused gets no answer: the refusal comes by itself, and ends the wait.
                asked = self._asked.setdefault(subject.lower(), [])
                asked.append(limit)
                try:
                    answer = await client.request(subject, payload, timeout=wait_s)
                finally:
                    asked.remove(limit)
        except (errors.TimeoutError, errors.NoRespondersError, TimeoutError) as error:
            raise self._unanswered(subject, error) from error
        except (errors.Error, OSError) as error:
            raise ConnectionFailed(f"{self.connection.server.address} does not answer ({error}).") from error
        return _json(answer.data, subject)

    def _unanswered(self, subject: str, error: Exception) -> InspectorError:
        if self.denied(subject):
            return Refused(subject)
        if isinstance(error, errors.NoRespondersError):
            return JetStreamError(
                503, "it is not enabled for this account", "Enable it; core subjects are shown without it."
            )
        if self._client is None or not self._client.is_connected:
            return ConnectionFailed(f"{self.connection.server.address} does not answer.")
        return ConnectionFailed(f"{self.connection.server.address} gives no answer to {subject}.")

    async def jetstream(self, call: str, question: object = None) -> Any:
        """An answer of JetStream's own interface; raises `JetStreamError` too."""
        answer = await self.ask(f"$JS.API.{call}", {} if question is None else question)
        failure = answer.get("error")
        if failure is not None:
            raise JetStreamError(failure.get("err_code", 0), failure.get("description", "an error"))
        return answer

    def inbox(self, subject: str | None = None) -> Inbox:
        """Somewhere for answers to come to; with a subject, whatever comes over that."""
        return Inbox(self.client, subject or self.client.new_inbox())

    async def gather(self, subject: str, question: object, wait_s: float) -> list[Any]:
        """The answers of all servers that give one in time; raises `Refused` where it is not allowed."""
        found: list[Any] = []
        try:
            async with self.inbox() as inbox:
                await self.client.publish(subject, msgspec.json.encode(question), reply=inbox.subject)
                end = monotonic() + wait_s
                with suppress(TimeoutError):
                    while not self.denied(subject):
                        arrived = await inbox.more(max(0.0, end - monotonic()))
                        found += [_json(data, subject) for _, data, _ in arrived if data]
                        # One server is the most frequent case; others answer within moments of the first.
                        end = min(end, monotonic() + wait_s / 4)
        except (errors.Error, OSError) as error:
            raise ConnectionFailed(f"{self.connection.server.address} does not answer ({error}).") from error
        if not found and self.denied(subject):
            raise Refused(subject)
        return found

    async def ask_each(self, subject: str, questions: Sequence[object], wait_s: float) -> list[Any]:
        """The JSON answers to several questions at once, in their order; raises `ConnectionFailed`."""
        answers: dict[int, Any] = {}
        inbox = self.inbox(f"{self.client.new_inbox()}.*")
        await inbox.open()
        try:
            for number, question in enumerate(questions):
                reply = f"{inbox.subject[:-1]}{number}"
                await self.client.publish(subject, msgspec.json.encode(question), reply=reply)
            while len(answers) < len(questions):
                for place, data, _ in await inbox.more(wait_s):
                    answers[int(place.rpartition(".")[2])] = _json(data, subject)
        except (errors.Error, OSError, TimeoutError) as error:
            if self.denied(subject):
                raise Refused(subject) from error
            raise ConnectionFailed(
                f"{self.connection.server.address} gives no answer to {subject}."
            ) from error
        finally:
            await inbox.close()
        return [answers[number] for number in range(len(questions))]

    async def close(self) -> None:
        """End the connection; safe to call twice."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):  # the socket may be gone in any way
                await client.close()


def _json(data: bytes, subject: str) -> Any:
    try:
        answer = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InspectorError(f"The answer to {subject} cannot be read ({error}).") from error
    if not isinstance(answer, dict):
        raise InspectorError(f"The answer to {subject} is something else than expected.")
    return answer
