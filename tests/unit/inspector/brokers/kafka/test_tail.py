"""The tail against a cluster made by hand: places that the real one reaches only after an accident."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.base import Budget
from inspector.brokers.kafka.offsets import EARLIEST
from inspector.brokers.kafka.refusals import Refusals
from inspector.brokers.kafka.tail import Tail
from inspector.connection import parse
from inspector.observation import BatchRead, NotVisible, Observation, RecordsMissed, VisibleAgain

SERVER = ServerId("kafka", "x:9092")
CHANNEL = ChannelId(SERVER, ChannelKind.TOPIC, "t")
PLACE = ("t", 0)


def batch(base: int, count: int = 1, size: int = 1) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for offset in range(count):
        builder.append(offset, 1, None, b"x" * size, [])
    return base.to_bytes(8, "big") + bytes(builder.build())[8:]


class Done(Exception):
    """The script is at its end."""


class Cluster:
    """One partition on node 1, and a script of what its fetches answer."""

    def __init__(self, script: list[dict[str, Any]], first: int = 0, end: int = 0) -> None:
        self.nodes = {1: ("x", 9092)}
        self.generation = 0
        self.connection = parse("kafka://reader@x")
        self.asked: list[int | None] = []
        self.first, self.end = first, end
        self._script = iter(script)

    def restart(self, script: list[dict[str, Any]]) -> None:
        self._script = iter(script)

    def leader(self, partition: Any) -> int:
        return 1

    def by_leader(self, partitions: Any) -> dict[int, list[Any]]:
        return {1: list(partitions)}

    async def on_each(self, nodes: Any, work: Any) -> None:
        for node in nodes:
            await work(node)

    async def request(self, node: int, api: str, body: dict[str, Any], line: str = "ask") -> dict[str, Any]:
        if api == "ListOffsets":
            at = body["Topics"][0]["Partitions"][0]["Timestamp"]
            part = {
                "PartitionIndex": 0, "ErrorCode": 0, "Offset": self.first if at == EARLIEST else self.end,
            }  # fmt: skip
            return {"Topics": [{"Name": "t", "Partitions": [part]}]}
        parts = body["Topics"][0]["Partitions"] if body["Topics"] else []
        self.asked.append(parts[0]["FetchOffset"] if parts else None)
        for part in self._script:
            answer = {"PartitionIndex": 0, "ErrorCode": 0, "HighWatermark": self.end, "Records": None} | part
            return {
                "ErrorCode": 0, "SessionId": 0, "Responses": [{"Topic": "t", "Partitions": [answer]}],
            }  # fmt: skip
        raise Done


def answer(*batches: bytes, **fields: Any) -> dict[str, Any]:
    return {"Records": memoryview(b"".join(batches)), **fields}


def begin(cluster: Cluster, position: int, budget: int = 1_000_000) -> tuple[Tail, list[Observation]]:
    seen: list[Observation] = []

    async def emit(observations: list[Observation]) -> None:
        seen.extend(observations)

    refusals = Refusals(cluster.connection)
    tail = Tail(cluster, SERVER, Budget(budget), refusals, emit)  # type: ignore[arg-type]
    tail.follow({PLACE: position}, {PLACE: cluster.end})
    return tail, seen


async def play(cluster: Cluster, position: int, budget: int = 1_000_000) -> list[Observation]:
    """Run to the end of the script."""
    tail, seen = begin(cluster, position, budget)
    with pytest.raises(Done):
        await tail.run(1)
    return seen


async def play_until_paused(cluster: Cluster, position: int) -> tuple[Tail, list[Observation]]:
    """Run until nothing is left to be fetched."""
    tail, seen = begin(cluster, position)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(tail.run(1), 0.3)
    return tail, seen


def read(seen: list[Observation]) -> list[list[int] | int]:
    """The offsets of records that were read, and the number of those that were not."""
    return [
        one.batch.offsets if isinstance(one, BatchRead) else one.count
        for one in seen
        if isinstance(one, BatchRead | RecordsMissed)
    ]


async def test_a_batch_fetched_again_is_not_read_again() -> None:
    cluster = Cluster([answer(batch(0, 3)), answer(batch(0, 3), batch(3)), answer(batch(0, 3))], end=4)
    seen = await play(cluster, 1)
    assert read(seen) == [[1, 2], [3]]
    assert cluster.asked == [1, 3, 4, 4]


async def test_expired_records_are_counted() -> None:
    cluster = Cluster([answer(ErrorCode=1), answer(batch(30))], first=30, end=31)
    seen = await play(cluster, 10)
    assert read(seen) == [20, [30]]


async def test_a_log_that_became_shorter_is_read_from_its_end_once_the_topic_is_known_to_be_the_same() -> (
    None
):
    cluster = Cluster([answer(ErrorCode=1)], end=5)
    tail, seen = await play_until_paused(cluster, 9)
    assert tail.stale.is_set()
    tail.resume()
    cluster.restart([answer(ErrorCode=1), answer(batch(5))])
    with pytest.raises(Done):
        await tail.run(1)
    assert read(seen) == [[5]]


async def test_a_batch_that_cannot_be_read_is_told_counted_and_passed() -> None:
    broken = bytearray(batch(0, 2))
    broken[-1] ^= 1
    cluster = Cluster([answer(bytes(broken), batch(2))], end=3)
    seen = await play(cluster, 0)
    assert read(seen) == [[2], 2]
    (told,) = [one.unavailable for one in seen if isinstance(one, NotVisible)]
    assert told.why == "Batches on t cannot be read (the checksum is wrong)."


async def test_bytes_that_are_no_batches_do_not_stop_the_tail() -> None:
    cluster = Cluster([answer(b"\xff" * 100), answer(batch(7))], end=7)
    seen = await play(cluster, 0)
    assert read(seen) == [7, [7]]


async def test_a_refused_topic_is_told_and_taken_back() -> None:
    cluster = Cluster([answer(ErrorCode=29)], end=1)
    tail, seen = await play_until_paused(cluster, 0)
    (told,) = [one.unavailable for one in seen if isinstance(one, NotVisible)]
    assert told.why == "Kafka refuses this login Read on topic t."
    assert told.remedy.endswith("--allow-principal User:reader --operation Read --topic t")
    tail.resume()
    cluster.restart([answer(batch(0))])
    with pytest.raises(Done):
        await tail.run(1)
    assert [one.what for one in seen if isinstance(one, VisibleAgain)] == ["records"]
    assert read(seen) == [[0]]


async def test_a_flood_is_skipped_to_its_end_and_a_small_backlog_is_not() -> None:
    flood = Cluster([answer(batch(0, 10, 1_000)), answer(batch(500))], end=500)
    seen = await play(flood, 0, budget=4_000)
    assert read(seen) == [[*range(10)], 490, [500]]
    burst = Cluster([answer(batch(0, 10, 1_000)), answer(batch(10))], end=11)
    seen = await play(burst, 0, budget=4_000)
    assert read(seen) == [[*range(10)], [10]]


def test_the_newest_records_are_read_first_within_the_allowance() -> None:
    cluster = Cluster([])
    tail = Tail(cluster, SERVER, Budget(250_000), Refusals(cluster.connection), None)  # type: ignore[arg-type]
    many = {("t", number): 1_000 for number in range(100)}
    assert set(tail.backfill({}, many).values()) == {990}
    assert tail.backfill({PLACE: 0}, {PLACE: 1_000}) == {PLACE: 800}
    assert tail.backfill({PLACE: 950}, {PLACE: 1_000}) == {PLACE: 950}
    assert tail.backfill({PLACE: 7}, {PLACE: 7}) == {PLACE: 7}
