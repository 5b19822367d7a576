from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inspector.brokers.base import Outgoing, Taken
from inspector.errors import InspectorError
from inspector.record import Position
from inspector.replay.journal import Journals
from inspector.replay.request import Pace
from inspector.replay.run import Fortune, RunState
from tests import replays


@pytest.fixture(autouse=True)
def only_where_runs_are_taken(request: pytest.FixtureRequest) -> None:
    if "world" in request.fixturenames and not (world := request.getfixturevalue("world")).takes_runs:
        pytest.skip(f"{world.connection.system} takes no replays")


async def test_a_sender_keeps_bytes_order_and_positions(world: Any, connect: Any) -> None:
    channel = world.create("bulk", 3)
    adapter = await connect(world.connection)
    sender = adapter.sender()
    odd: list[tuple[bytes | None, bytes | None, Any]] = [
        (None, None, ()),
        (b"", b"", (("a", None), ("a", b""))),
        *((b"k%d" % (n % 7), b"%d" % n, ()) for n in range(200)),
    ]
    packed = await sender.pack([Outgoing(channel, *each) for each in odd])
    assert (packed.upto, packed.refused) == (len(odd), {})
    stamps = await sender.stamp(packed.parcels)
    assert [(stamp.partition, stamp.count) for stamp in stamps] == [
        (each.partition, len(each.places)) for each in packed.parcels
    ]
    assert [(await sender.settle(each)).taken for each in stamps] == [Taken.MISSING] * len(stamps)
    answers = await sender.deliver(packed.parcels)
    assert [answer.taken for answer in answers] == [Taken.SENT] * len(answers)
    for parcel, answer in zip(packed.parcels, answers, strict=True):
        for place, number in enumerate(parcel.places):
            record = await adapter.fetch(channel, Position(parcel.partition, answer.offset + place))
            assert (record.key, record.value, record.headers) == odd[number]


async def test_what_another_process_sent_is_found_and_taken_once(world: Any, connect: Any) -> None:
    channel = world.create("again", 1)
    adapter = await connect(world.connection)
    records = [Outgoing(channel, b"k", b"%d" % n) for n in range(5)]
    first = adapter.sender()
    packed = await first.pack(records)
    (stamp,) = await first.stamp(packed.parcels)
    (answer,) = await first.deliver(packed.parcels)
    second = adapter.sender()
    assert await second.settle(stamp) == answer
    second.go_on([(stamp, False)])  # as if nobody had looked
    again = await second.pack(records)
    assert await second.stamp(again.parcels) == [stamp]
    assert [each.taken for each in await second.deliver(again.parcels)] == [Taken.SENT]
    assert await adapter.fetch(channel, Position(0, 5)) is None


async def test_what_bars_sending_is_said(world: Any, connect: Any) -> None:
    channel = world.create("barred", 2)
    sender = (await connect(world.connection)).sender()
    packed = await sender.pack([Outgoing(channel, None, b"x", partition=9)])
    assert packed.parcels == []
    assert "has no partition 9" in str(packed.refused[0])


@pytest.mark.parametrize("pace", [Pace(), Pace(per_s=500.0), Pace(times=4.0)])
async def test_a_run_sends_each_record_once_in_order(
    world: Any, connect: Any, tmp_path: Path, pace: Pace
) -> None:
    target = world.create("run", 2)
    await connect(world.connection)
    origin = replays.capture(tmp_path / "c.evs", 200)
    journals = Journals(tmp_path / "runs")
    run = replays.begun(journals, tmp_path / "c.evs", target, pace)
    url = str(world.connection)
    ended = await replays.gone_on(journals, run, url)
    assert (ended.state, ended.sent, ended.left, ended.message) == (RunState.DONE, 200, 0, "")
    adapter = await connect(world.connection)
    fates = list(journals.fates(run))
    assert {fate.index for fate in fates} == set(range(200))
    newest: dict[bytes, int] = {}
    for fate in sorted(fates, key=lambda each: each.position or Position(-1, -1)):
        assert fate.fortune is Fortune.SENT
        record = await adapter.fetch(target, fate.position)
        number = int(record.value.partition(b" ")[0])
        assert (number // 4, number % 4) == (fate.origin.offset, fate.origin.partition)
        assert record.header("eventscope-replay-id") == run
        assert record.header("eventscope-replay-origin") == f"{origin}/{number % 4}/{number // 4}"
        assert newest.get(record.key, -1) < number
        newest[record.key] = number
    with pytest.raises(InspectorError, match="Nothing is left"):
        journals.resume(run)


def test_kills_at_random_moments_send_nothing_twice(kafka: str, tmp_path: Path) -> None:
    count = 30_000
    replays.capture(tmp_path / "c.evs", count)
    found = replays.killed(tmp_path / "runs", tmp_path / "c.evs", count, kafka, kills=6, seed=5)
    assert found.kills >= 2
    assert found.run.state is RunState.DONE
    assert found.counted == replays.Counted(missing=0, twice=0, disordered=0)
    assert found.fates == {"sent": count}
