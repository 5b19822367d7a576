from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.base import Outgoing
from inspector.errors import ConnectionFailed, ReplayRefused
from inspector.observation import Observation
from inspector.record import Position, Record
from inspector.replay.journal import Journal
from inspector.replay.plan import REPLAY_HEADER, ReplayPlan, ReplayRequest
from inspector.replay.runner import run

SERVER = ServerId("kafka", "127.0.0.1:9092")
ORDERS = ChannelId(SERVER, ChannelKind.TOPIC, "orders")


class Shelf:
    """An adapter that keeps what is sent; the contract suite runs the real ones."""

    def __init__(self, server: ServerId = SERVER, failure: Exception | None = None) -> None:
        self.server = server
        self.failure = failure
        self.sent: list[Outgoing] = []

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def observe(self) -> AsyncIterator[Sequence[Observation]]:
        yield ()

    async def fetch(self, channel: ChannelId, position: Position) -> Record | None:
        return None

    async def send(self, outgoing: Outgoing) -> Position:
        if self.failure is not None:
            raise self.failure
        self.sent.append(outgoing)
        return Position(2, 40)


def plan(*, execute: bool = True, why_not: str = "", value: bytes | None = b"{}") -> ReplayPlan:
    request = ReplayRequest(ORDERS, Position(0, 17), ORDERS, None, value, (), execute, "breaker test")
    return ReplayPlan(request, SERVER, ((REPLAY_HEADER, b"r-1"),), (), (), (), 0, why_not)


@pytest.mark.parametrize("value", [None, b"", b"{}"])
async def test_the_record_is_sent_as_planned(value: bytes | None) -> None:
    shelf = Shelf()
    assert await run(plan(value=value), shelf, locked=False) == ("r-1", Position(2, 40))
    assert shelf.sent == [Outgoing(ORDERS, None, value, ((REPLAY_HEADER, b"r-1"),))]


@pytest.mark.parametrize("locked", [True, False])
async def test_a_dry_run_sends_nothing(locked: bool, tmp_path: Path) -> None:
    shelf, journal = Shelf(), tmp_path / "replays.jsonl"
    assert await run(plan(execute=False), shelf, locked=locked, journal=Journal(journal)) == ("r-1", None)
    assert shelf.sent == []
    assert not journal.exists()


@pytest.mark.parametrize(
    ("made", "server", "locked", "words"),
    [
        (plan(), SERVER, True, "read-only"),
        (plan(why_not="It would run away."), SERVER, False, "run away"),
        (plan(execute=False, why_not="It would run away."), SERVER, False, "run away"),
        (plan(), ServerId("kafka", "elsewhere:9092"), False, "Plan it again"),
    ],
)
async def test_what_must_not_run_is_refused_with_the_reason(
    made: ReplayPlan, server: ServerId, locked: bool, words: str
) -> None:
    shelf = Shelf(server)
    with pytest.raises(ReplayRefused, match=words):
        await run(made, shelf, locked=locked)
    assert shelf.sent == []


async def test_the_journal_tells_what_was_sent_and_what_is_unsure(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "replays.jsonl")
    await run(plan(), Shelf(), locked=False, journal=journal)
    with pytest.raises(ConnectionFailed):
        await run(plan(), Shelf(failure=ConnectionFailed("It is gone.")), locked=False, journal=journal)
    lines = [json.loads(line) for line in (tmp_path / "replays.jsonl").read_text().splitlines()]
    assert [line["state"] for line in lines] == ["sending", "sent", "sending", "unsure"]
    assert lines[1]["position"] == [2, 40]
    assert lines[1]["origin"] == "kafka://127.0.0.1:9092/topic/orders/0/17"
    assert lines[1]["forced"] == "breaker test"
    assert lines[3]["error"] == "It is gone."
