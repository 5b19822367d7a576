"""JetStream as its own interface describes it: streams, and those who read them.

https://docs.nats.io/reference/reference-protocols/nats_api_reference
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from inspector.brokers.nats.session import Session

AT_ONCE = 32
"""Streams asked about at the same time."""
NO_STREAM = 10059
NANOSECOND = 1_000_000_000


class Stream(Struct, frozen=True):
    """One stream, with how far it reaches now."""

    name: str
    subjects: tuple[str, ...]
    """Patterns of what it keeps; empty where it only copies others."""
    created: str
    first: int
    """Sequence of the oldest message."""
    last: int
    """Sequence of the newest one that ever was."""
    count: int
    several: bool
    """Whether messages of more than one subject may lie in it."""
    copies: tuple[tuple[str, bool], ...] = ()
    """Streams that it copies, and whether it is a mirror of them."""
    mean: float = 0.0
    """Bytes of a message, on average."""
    direct: bool = False
    """Whether messages may be had from any replica, many at once."""


class Reader(Struct, frozen=True):
    """One consumer of a stream, in the words of JetStream."""

    stream: str
    name: str
    filters: tuple[str, ...]
    """Patterns of what it receives; empty for all."""
    delivers_to: str
    """Where it pushes messages to; empty where clients fetch them."""
    queue: str
    delivered: int
    """Sequence of the newest message handed out."""
    pending: int
    """Messages that wait: not handed out yet, or not acknowledged."""
    waiting: int
    """Requests of clients for messages."""
    active_ns: int
    """When it handed out a message last; 0 for never."""
    lasting: bool
    """Whether it has a name that it keeps, and stays without clients."""


async def list_streams(session: Session) -> list[Stream]:
    """All streams of the account."""
    return [stream_of(each) for each in await _pages(session, "STREAM.LIST", "streams")]


async def list_readers(session: Session, streams: Sequence[str]) -> list[Reader]:
    """All consumers of some streams; those of a stream that is gone meanwhile are missing."""
    found: list[Reader] = []
    for at in range(0, len(streams), AT_ONCE):
        asked = (_pages(session, f"CONSUMER.LIST.{name}", "consumers") for name in streams[at : at + AT_ONCE])
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(answer, BaseException):
                if getattr(answer, "code", None) != NO_STREAM:
                    raise answer
                continue
            found += map(reader_of, answer)
    return found


async def count_subjects(session: Session, stream: str) -> dict[str, int]:
    """How many messages of each subject lie in a stream."""
    found: dict[str, int] = {}
    while True:
        question = {"subjects_filter": ">", "offset": len(found)}
        answer = await session.jetstream(f"STREAM.INFO.{stream}", question)
        page = answer["state"].get("subjects") or {}
        found |= page
        if not page or len(found) >= answer.get("total", 0):
            return found


async def _pages(session: Session, call: str, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        answer = await session.jetstream(call, {"offset": len(found)})
        page = answer.get(what) or []
        found += page
        if not page or len(found) >= answer.get("total", 0):
            return found


def stream_of(told: dict[str, Any]) -> Stream:
    """A stream as `STREAM.LIST` describes it."""
    config, state = told["config"], told["state"]
    subjects = tuple(config.get("subjects") or ())
    copies = [(config["mirror"]["name"], True)] if config.get("mirror") else []
    copies += [(source["name"], False) for source in config.get("sources") or ()]
    wide = len(subjects) != 1 or any(mark in subjects[0] for mark in "*>")
    return Stream(
        config["name"],
        subjects,
        told.get("created", ""),
        state["first_seq"],
        state["last_seq"],
        state["messages"],
        wide or bool(copies),
        tuple(copies),
        state.get("bytes", 0) / max(1, state["messages"]),
        bool(config.get("allow_direct")),
    )


def reader_of(told: dict[str, Any]) -> Reader:
    """A consumer as `CONSUMER.LIST` describes it."""
    config, delivered = told["config"], told.get("delivered") or {}
    filters = config.get("filter_subjects") or (
        [config["filter_subject"]] if config.get("filter_subject") else []
    )
    return Reader(
        told["stream_name"],
        config.get("durable_name") or told["name"],
        tuple(filters),
        config.get("deliver_subject", ""),
        config.get("deliver_group", ""),
        delivered.get("stream_seq", 0),
        told.get("num_pending", 0) + told.get("num_ack_pending", 0),
        told.get("num_waiting", 0),
        time_ns(delivered["last_active"]) if delivered.get("last_active") else 0,
        bool(config.get("durable_name")),
    )


def time_ns(text: str) -> int:
    """A time such as `2026-11-24T03:04:45.230723175Z`, in ns since 1970 UTC."""
    whole, _, rest = text.rstrip("Z").partition(".")
    seconds = datetime.fromisoformat(f"{whole}+00:00").timestamp()
    return int(seconds) * NANOSECOND + int(rest.ljust(9, "0")[:9] or 0)
