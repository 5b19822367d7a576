"""Messages of a stream as records: read one by one or many at once, without a consumer that it would keep.

`$JS.API.STREAM.MSG.GET` and `$JS.API.DIRECT.GET` only look (ADR-31 of NATS): nothing is delivered or
acknowledged, and a stream that drops what its consumers have taken drops nothing because of it.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import msgspec
from nats import errors

from inspector.brokers.nats.places import Places
from inspector.brokers.nats.session import JetStreamError, Session, headers_of, is_status
from inspector.brokers.nats.streams import Stream, time_ns
from inspector.errors import ConnectionFailed
from inspector.record import Headers, Position, Record

AT_ONCE = 500
"""Messages asked for at the same time where they come one by one."""
NO_MESSAGE = 10037
BATCH_S = 5.0
ADDED = ("Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp", "Nats-Num-Pending",
         "Nats-Last-Sequence", "Nats-UpTo-Sequence")  # fmt: skip
"""What the server puts behind a message's own headers when it is had directly."""


async def one_message(session: Session, places: Places, stream: Stream, sequence: int) -> Record | None:
    """The message of a sequence; None where it lies there no more."""
    try:
        answer = await session.jetstream(f"STREAM.MSG.GET.{stream.name}", {"seq": sequence})
    except JetStreamError as error:
        if error.code == NO_MESSAGE:
            return None
        raise
    return _stored(places, stream, answer["message"])


async def sequence_at(session: Session, stream: Stream, since_ns: int) -> int:
    """The sequence of the first message that is not from before a time; the one after the last if none is."""
    low, high = stream.first, stream.last + 1
    while low < high:
        middle = (low + high) // 2
        question = {"seq": middle, "next_by_subj": ">"}
        try:
            message = (await session.jetstream(f"STREAM.MSG.GET.{stream.name}", question))["message"]
        except JetStreamError as error:
            if error.code != NO_MESSAGE:
                raise
            high = middle
            continue
        if time_ns(message["time"]) < since_ns:
            low = message["seq"] + 1
        else:
            high = middle
    return low


async def messages(
    session: Session, places: Places, stream: Stream, first: int, end: int, most_bytes: int
) -> tuple[list[Record], int]:
    """Messages from `first` on and before `end`, in order, and the sequence to go on from.

    At most about `most_bytes` of them; messages that were deleted are left out.
    """
    if stream.direct and _batches(session):
        return await _together(session, places, stream, first, end, most_bytes)
    end = min(end, first + AT_ONCE)
    answers = await session.ask_each(
        f"$JS.API.STREAM.MSG.GET.{stream.name}", [{"seq": at} for at in range(first, end)], BATCH_S
    )
    return [_stored(places, stream, each["message"]) for each in answers if "message" in each], end


def _batches(session: Session) -> bool:
    """Whether the server gives many messages at once: from 2.11 on."""
    version = session.client.connected_server_version
    return (version.major, version.minor) >= (2, 11)


async def _together(
    session: Session, places: Places, stream: Stream, first: int, end: int, most_bytes: int
) -> tuple[list[Record], int]:
    found: list[Record] = []
    question = {
        "seq": first,
        "next_by_subj": ">",
        "batch": min(1_000, end - first),
        "max_bytes": max(most_bytes, 1),
    }
    try:
        async with session.inbox() as inbox:
            call = f"$JS.API.DIRECT.GET.{stream.name}"
            await session.client.publish(call, msgspec.json.encode(question), reply=inbox.subject)
            ended = False
            while not ended:
                for _, data, raw in await inbox.more(BATCH_S):
                    ended = not data and is_status(raw)  # 204 ends a batch, 404 is none left
                    if not ended:
                        found.append(_direct(places, stream, data, raw))
    except TimeoutError as error:
        raise ConnectionFailed(f"Stream {stream.name} gives no messages.", "It is asked again.") from error
    except (errors.Error, OSError) as error:
        raise ConnectionFailed(f"{stream.name} cannot be read ({error}).") from error
    while found and found[-1].position.offset >= end:
        found.pop()
    return found, found[-1].position.offset + 1 if found else end


def _stored(places: Places, stream: Stream, message: dict[str, Any]) -> Record:
    headers = headers_of(b64decode(message["hdrs"])) if message.get("hdrs") else ()
    value = b64decode(message.get("data") or "")
    return record_of(
        places, stream, message["subject"], message["seq"], time_ns(message["time"]), value, headers
    )


def _direct(places: Places, stream: Stream, data: bytes, raw: bytes) -> Record:
    headers = headers_of(raw)
    own = len(headers)
    while own and headers[own - 1][0] in ADDED:
        own -= 1
    said = {name: (value or b"").decode() for name, value in headers[own:]}
    at_ns, sequence = time_ns(said["Nats-Time-Stamp"]), int(said["Nats-Sequence"])
    return record_of(places, stream, said["Nats-Subject"], sequence, at_ns, data, headers[:own])


def record_of(
    places: Places, stream: Stream, subject: str, sequence: int, at_ns: int, value: bytes, headers: Headers
) -> Record:
    """A message as a record. NATS has no keys: the subject stands there, which patterns would lose."""
    channel = places.channel(stream, subject)
    return Record(
        channel, Position(0, sequence), at_ns, subject.encode(), value, headers, log_append_time=True
    )
