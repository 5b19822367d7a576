from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from graph.identity import ChannelId
from inspector.brokers.memory import MemoryBroker
from inspector.replay.journal import Journals
from inspector.replay.request import Pace
from inspector.replay.run import Fortune, Run, RunState
from tests import replays


class Shop:
    def __init__(self, folder: Path, pace: Pace, count: int = 1_000) -> None:
        self.broker = MemoryBroker(f"running-{uuid4().hex[:8]}")
        self.target: ChannelId = self.broker.create_channel("shadow", partitions=2)
        self.journals = Journals(folder / "runs")
        replays.capture(folder / "c.evs", count)
        self.run = replays.begun(self.journals, folder / "c.evs", self.target, pace)
        self.told: list[Run] = []

    async def go_on(self, stop_at: int | None = None) -> Run:
        def tell(run: Run) -> None:
            self.told.append(run)
            if stop_at is not None and run.sent >= stop_at:
                self.broker.stop()

        return await replays.gone_on(self.journals, self.run, self.broker.url, tell)

    @property
    def numbers(self) -> list[int]:
        logs = self.broker.channels[self.target].logs
        return sorted(int((each.value or b"").partition(b" ")[0]) for log in logs for each in log.records)


async def test_what_is_unsure_stays_in_flight_and_is_settled_later(tmp_path: Path) -> None:
    shop = Shop(tmp_path, Pace(per_s=1_500.0))
    stopped = await shop.go_on(stop_at=1)
    assert (stopped.state, stopped.doubtful) == (RunState.STOPPED, 0)
    assert "does not answer" in stopped.message
    assert 0 < stopped.sent < 1_000
    assert stopped.flying > 0
    fates = [fate.fortune for fate in shop.journals.fates(shop.run)]
    assert (fates.count(Fortune.SENT), fates.count(Fortune.DOUBTFUL)) == (stopped.sent, stopped.flying)
    shop.broker.start()
    done = await shop.go_on()
    assert (done.state, done.sent, done.flying) == (RunState.DONE, 1_000, 0)
    assert shop.numbers == list(range(1_000))


async def test_what_was_deleted_meanwhile_is_in_doubt_and_not_sent_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path, Pace(per_s=1_500.0))
    stopped = await shop.go_on(stop_at=1)
    shop.broker.start()
    with shop.broker.lock:
        for partition, log in enumerate(shop.broker.channels[shop.target].logs):
            shop.broker.write(shop.target, b"-1 x", partition=partition)
            shop.broker.expire(shop.target, partition, log.end)
    done = await shop.go_on()
    assert (done.state, done.doubtful) == (RunState.DONE, stopped.flying)
    assert done.sent + done.doubtful == 1_000
    doubtful = [fate for fate in shop.journals.fates(shop.run) if fate.fortune is Fortune.DOUBTFUL]
    assert len(doubtful) == stopped.flying
    assert all("deleted" in fate.why for fate in doubtful)


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.95])
async def test_a_journal_that_was_cut_short_goes_on(tmp_path: Path, keep: float) -> None:
    shop = Shop(tmp_path, Pace())
    await shop.go_on()
    journal = shop.journals.place(shop.run) / "journal"
    whole = journal.read_bytes()
    journal.write_bytes(whole[: int(len(whole) * keep)])
    assert shop.journals.run("last").state is RunState.CUT_OFF
    done = await shop.go_on()
    assert (done.state, done.sent) == (RunState.DONE, 1_000)
