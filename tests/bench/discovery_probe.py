"""One measurement in a process of its own: `python -m tests.bench.discovery_probe PART BOOTSTRAP`."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Generator

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from graph.identity import Action
from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.looks import Looks
from inspector.brokers.kafka.refusals import Refusals
from inspector.connection import parse
from inspector.engine import Engine
from inspector.engine_process import collect_seldom
from inspector.link import Connect, Gauges, Report, Stop
from tests.bench.crowd import GROUPS, SENDERS, TOPICS

SETTLE_S, MEASURED_S = 25.0, 30.0
ROUNDS = 5


async def first(bootstrap: str) -> dict[str, float]:
    """Seconds from the command to connect until the graph has its parts."""
    reached: dict[str, float] = {}
    engine = Engine(None, _ignore)
    running = asyncio.get_running_loop().create_task(engine.run())
    began = time.perf_counter()
    engine.commands.put_nowait(Connect(f"kafka://{bootstrap}"))
    while len(reached) < 4 and time.perf_counter() - began < 60:
        await asyncio.sleep(0.02)
        graph = engine.graph
        actions = [key.action for key in graph.operations]
        parts = {
            "graph": bool(graph.operations) and len(graph.channels) >= TOPICS,
            "channels": len(graph.channels) >= TOPICS,
            "groups": actions.count(Action.RECEIVE) >= 2 * GROUPS,
            "producers": actions.count(Action.SEND) >= TOPICS * len(SENDERS),
        }
        for part, there in parts.items():
            if there:
                reached.setdefault(part, time.perf_counter() - began)
    engine.commands.put_nowait(Stop())
    await running
    return {part: reached.get(part, float("nan")) for part in ("graph", "channels", "groups", "producers")}


async def steady_round(bootstrap: str) -> dict[str, dict[str, float]]:
    """Wall and CPU seconds of every look, once the cluster is known."""
    cluster = Cluster(parse(f"kafka://{bootstrap}"))
    await cluster.open()
    looks = Looks(cluster, set(), Refusals(cluster.connection))
    found = {}
    for name in ("offsets", "groups", "producers", "transactions"):
        found[name] = await _timed(getattr(looks, name))
    found["metadata"] = await _timed(cluster.refresh)
    await cluster.close()
    return found


async def _timed(look: Callable[[], Awaitable[object]]) -> dict[str, float]:
    walls, cpus = [], []
    await look()
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        await look()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {"wall_s": statistics.median(walls), "cpu_s": statistics.median(cpus), "times": ROUNDS}


async def steady(bootstrap: str) -> dict[str, float]:
    """The share of a core that looks take, and the whole engine, once everything is known."""
    gauges: list[Gauges] = []

    async def deliver(reports: list[Report]) -> None:
        gauges.extend(report for report in reports if isinstance(report, Gauges))

    spent = 0.0

    def counted(look: Callable[[Looks], Awaitable[object]]) -> Callable[[Looks], Awaitable[object]]:
        async def run(looks: Looks) -> object:
            return await _Counting(look(looks), add)

        return run

    def add(seconds: float) -> None:
        nonlocal spent
        spent += seconds

    for name in ("offsets", "groups", "producers", "transactions"):
        setattr(Looks, name, counted(getattr(Looks, name)))
    engine = Engine(None, deliver)
    running = asyncio.get_running_loop().create_task(engine.run())
    engine.commands.put_nowait(Connect(f"kafka://{bootstrap}"))
    await asyncio.sleep(SETTLE_S)
    spent, cpu, began = 0.0, time.process_time(), time.perf_counter()
    gauges.clear()
    await asyncio.sleep(MEASURED_S)
    wall = time.perf_counter() - began
    cpu = time.process_time() - cpu
    looked = spent
    engine.commands.put_nowait(Stop())
    await running
    return {
        "discovery_cpu": looked / wall,
        "engine_cpu": cpu / wall,
        "written_per_s": statistics.median(each.records_per_s for each in gauges),
        "read_mb_per_s": statistics.median(each.read_bytes_per_s for each in gauges) / 1e6,
    }


class _Counting(Awaitable[object]):
    """Awaits something and adds up the CPU time of its own steps, not of what runs in between."""

    def __init__(self, work: Awaitable[object], add: Callable[[float], None]) -> None:
        self._steps = work.__await__()
        self._add = add

    def __await__(self) -> Generator[object, object, object]:
        value: object = None
        while True:
            began = time.thread_time()
            try:
                waited = self._steps.send(value)
            except StopIteration as done:
                return done.value
            finally:
                self._add(time.thread_time() - began)
            value = yield waited


async def usual(bootstrap: str) -> dict[str, float]:
    """The same facts, but for producers, by the admin client that most tools use."""
    wall, cpu = time.perf_counter(), time.process_time()
    admin = AdminClient({"bootstrap.servers": bootstrap})
    topics = admin.list_topics(timeout=60).topics
    partitions = [TopicPartition(name, number) for name, each in topics.items() for number in each.partitions]
    for done in admin.list_offsets({one: OffsetSpec.latest() for one in partitions}).values():
        done.result(60)
    groups = [each.group_id for each in admin.list_consumer_groups().result(60).valid]
    for done in admin.describe_consumer_groups(groups).values():
        done.result(60)
    for group in groups:
        asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        for done in asked.values():
            done.result(60)
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


async def _ignore(_reports: list[Report]) -> None:
    return


PARTS = {"first": first, "round": steady_round, "steady": steady, "usual": usual}

if __name__ == "__main__":
    collect_seldom()
    sys.stdout.write(json.dumps(asyncio.run(PARTS[sys.argv[1]](sys.argv[2]))))
