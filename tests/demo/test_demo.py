"""The whole demo as the window starts it: the shop does as its scenario says, nothing outlives its owner."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import ConsumerGroupType
from confluent_kafka.admin import AdminClient

from inspector.demo.handle import DemoEvent, DemoOptions, DemoProcess, Step
from inspector.demo.shop.scenario import read_scenario
from inspector.demo.shop.truth import truth
from inspector.errors import DemoError

pytestmark = [pytest.mark.kafka, pytest.mark.end2end]

ROOT = Path(__file__).resolve().parents[2]
SEEN_LIMIT_S = 60.0
OWNER = """
import sys, time
from inspector.demo.handle import DemoProcess
demo = DemoProcess()
demo.wait_ready(60)
print(demo.pid, flush=True)
time.sleep(100)
"""


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo keeps its data, so that a test sees what is left of it.

    Its path is short: there are sockets in it, whose paths have 108 bytes at most (unix(7)).
    """
    folder = tmp_path_factory.mktemp("demo") / "with space"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.chdir(folder)
    return folder


class Reading:
    """What the topics hold, with the number of times each event's ancestry passed its topic."""

    def __init__(self) -> None:
        self.records: Counter[str] = Counter()
        self.laps: dict[str, Counter[int]] = defaultdict(Counter)
        self._passed: dict[bytes, Counter[str]] = {}

    def add(self, topic: str, headers: dict[str, bytes]) -> None:
        self.records[topic] += 1
        if event := headers.get("ce_id"):
            passed = Counter(self._passed.get(headers.get("ce_causationid", b""), ()))
            passed[topic] += 1
            self._passed[event] = passed
            self.laps[topic][passed[topic]] += 1

    def complete(self, written: set[str]) -> bool:
        """Whether everything was seen that the test is about."""
        return (
            written <= self.records.keys()
            and self.laps["stock.levels"][4] > 0
            and self.laps["promo.updates"][7] > 0
        )


async def test_the_shop_works_as_its_scenario_says(temporary: Path) -> None:
    shop = read_scenario().with_options()
    known = truth(shop)
    written = shop.topics.keys() - known.unused
    seen = Reading()
    events: list[DemoEvent] = []
    with DemoProcess(on_event=events.append) as demo:
        bootstrap = demo.wait_ready(60).removeprefix("kafka://")
        until = time.monotonic() + SEEN_LIMIT_S
        async with AIOKafkaConsumer(
            bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level="read_committed"
        ) as consumer:
            consumer.assign(
                [TopicPartition(n, p) for n, t in shop.topics.items() for p in range(t.partitions)]
            )
            while not seen.complete(set(written)) and time.monotonic() < until:
                for records in (await consumer.getmany(timeout_ms=300)).values():
                    for record in records:
                        seen.add(record.topic, dict(record.headers))
        admin = AdminClient({"bootstrap.servers": bootstrap})
        groups = admin.list_consumer_groups().result(10).valid
        order_service = admin.describe_consumer_groups(["order-service"])["order-service"].result(10)

    assert written == seen.records.keys()
    assert [e.event for e in events] == [Step.PROGRESS, Step.PROGRESS, Step.READY, Step.ENDED]

    # Pricing and stock: chains come round, and each time fewer do.
    stock = seen.laps["stock.levels"]
    assert stock[1] > stock[2] > stock[4] > 0
    # Promotions: each lap has at least the records of the one before, and they become more.
    promo = seen.laps["promo.updates"]
    assert promo[1] == next(a.wave.seeds for a in shop.applications if a.wave)
    assert all(promo[lap] <= promo[lap + 1] for lap in range(1, 6))
    assert promo[6] > promo[1]

    kinds = {group.group_id: group.type for group in groups}
    assert kinds.keys() == {a.group for a in shop.applications if a.group}
    assert [g for g, kind in kinds.items() if kind == ConsumerGroupType.CONSUMER] == ["notifications"]
    assert {member.client_id for member in order_service.members} == {"order-service-1", "order-service-2"}
    assert _left(temporary) == []


@pytest.mark.parametrize("victim", ["owner", "supervisor"])
def test_nothing_outlives_a_killed_process(victim: str, temporary: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)}
    ) as owner:
        try:
            assert owner.stdout is not None
            supervisor = int(owner.stdout.readline())
            family = psutil.Process(owner.pid).children(recursive=True)
            names = " ".join(process.name() for process in family)
            assert "java" in names
            assert len(family) > len(read_scenario().applications)
            os.kill(owner.pid if victim == "owner" else supervisor, signal.SIGKILL)
            gone, alive = psutil.wait_procs(family, timeout=10)
            assert [process.cmdline() for process in alive] == []
            assert len(gone) == len(family)
        finally:
            owner.kill()
    assert _left(temporary) == []


def _left(folder: Path) -> list[Path]:
    """The demo's folders that are still there after a while."""
    until = time.monotonic() + 3
    while list(folder.glob("eventscope*")) and time.monotonic() < until:
        time.sleep(0.05)
    return list(folder.glob("eventscope*"))


def test_it_ends_by_itself_and_when_told_to_while_it_starts(temporary: Path) -> None:
    events: list[DemoEvent] = []
    brief = DemoProcess(DemoOptions(seconds=0.7), events.append)
    with pytest.raises(DemoError, match="stopped before it was ready"):
        brief.wait_ready(20)
    brief.stop()
    assert events[-1].event is Step.ENDED

    begun = DemoProcess()
    family = psutil.Process(begun.pid).children(recursive=True)
    time.sleep(0.5)
    begun.stop()
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert _left(temporary) == []


def test_what_is_wrong_is_told_in_a_sentence(temporary: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            DemoProcess(DemoOptions(port=port)) as demo,
            pytest.raises(DemoError, match=f"Port {port} is in use"),
        ):
            demo.wait_ready(30)
    assert _left(temporary) == []


@pytest.mark.skipif(
    sys.platform == "win32" or sys.version_info >= (3, 14), reason="its sockets lie elsewhere there"
)
def test_a_folder_that_is_too_deep_for_sockets_is_told(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = temporary / ("deep" * 25)
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))
    with DemoProcess() as demo, pytest.raises(DemoError, match=r"AF_UNIX path too long.* Set TMPDIR"):
        demo.wait_ready(30)
    assert _left(deep) == []
