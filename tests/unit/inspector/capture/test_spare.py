from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.capture import spare
from inspector.record import Position, Record
from inspector.store.block import GRAMS, KINDS
from inspector.store.writer import ENOUGH_RECORDS, CaptureWriter
from inspector.traits import NOTHING

CHANNEL = ChannelId(ServerId("kafka", "a:9092"), ChannelKind.TOPIC, "orders")
COUNT = ENOUGH_RECORDS + 100


def write(writer: CaptureWriter, start: int, count: int) -> None:
    some = [Record(CHANNEL, Position(0, n), n, b"k%d" % n, b"{}") for n in range(start, start + count)]
    writer.add(some, [NOTHING] * count)
    writer.flush()


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CaptureWriter]:
    monkeypatch.setattr(spare, "EVERY_S", 0.02)
    made = CaptureWriter.open(tmp_path / "made.evs")
    write(made, 0, COUNT)
    yield made
    made.close()


def indexes(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "made.evs")) as connection:
        found: int = connection.execute(
            "SELECT count(*) FROM part WHERE id % ? = ?", (KINDS, GRAMS)
        ).fetchone()[0]
    return found


async def beside(writer: CaptureWriter, until: Callable[[], bool], seconds: float) -> None:
    """What indexes runs while one record comes after the other, or none."""
    task = asyncio.get_running_loop().create_task(spare.index_forever(writer))
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_quiet_recording_is_indexed(writer: CaptureWriter, tmp_path: Path) -> None:
    asyncio.run(beside(writer, lambda: indexes(tmp_path) > 0, 20.0))
    assert indexes(tmp_path) == 1


def test_while_much_comes_there_is_no_time_for_it(
    writer: CaptureWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spare, "LITTLE_PER_S", 0)
    numbers = iter(range(COUNT, 1 << 20))

    def one_more() -> bool:
        write(writer, next(numbers), 1)
        return False

    asyncio.run(beside(writer, one_more, 0.5))
    assert indexes(tmp_path) == 0
