"""Forwarders keep the headers of what they forward: who wrote a copy is never its named sender."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.evidence import LIKELY
from graph.identity import Action, ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.discovery.digest import COPY, Digester
from inspector.observation import RecordsSeen
from inspector.record import Headers, Position, Record
from inspector.traits import read

SERVER = ServerId("kafka", "broker:9092")
SHOP = Alias("source", "/shop")
SECOND = 1_000_000_000


def topic(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def record(channel: str, event: object, at: float, producer_id: int = -1, source: str = "/shop") -> Record:
    headers: Headers = (("ce_source", source.encode()), ("ce_id", f"e{event}".encode()))
    return Record(
        topic(channel), Position(0, 0), int(at * SECOND), None, b"x", headers, producer_id=producer_id
    )


class Tally:
    """Net counts of records with a named sender, by channel, producer id and sender."""

    def __init__(self) -> None:
        self.digester = Digester()
        self.named: dict[tuple[str, int, str], int] = {}

    def tell(self, *records: Record) -> None:
        digest = self.digester.digest(
            RecordsSeen(records[0].channel, records), [read(each) for each in records]
        )
        for row in digest.rows:
            if row.sender is not None:
                self._add((digest.channel.name, row.producer_id, row.sender.value), row.count)
        for (channel, producer_id, sender), count in digest.withdrawn.items():
            self._add((channel.name, producer_id, sender.value), -count)

    def _add(self, key: tuple[str, int, str], count: int) -> None:
        self.named[key] = self.named.get(key, 0) + count
        assert self.named[key] >= 0
        if not self.named[key]:
            del self.named[key]


@pytest.mark.parametrize("first", ["original", "copy"])
def test_a_relay_of_one_sender_is_none_whichever_is_read_first(first: str) -> None:
    tally = Tally()
    originals = [record("orders", number, number, 7) for number in range(20)]
    copies = [record("audit", number, number + 0.05, 9) for number in range(20)]
    for told in (originals, copies) if first == "original" else (copies, originals):
        tally.tell(*told)
    assert tally.named == {("orders", 7, "/shop"): 20}


def test_a_copy_that_keeps_its_timestamp_is_told_by_having_nothing_of_its_own() -> None:
    tally = Tally()
    for number in range(40):
        tally.tell(record("orders", number, number, 7))
        if number % 4 == 0:  # what Kafka Streams lets through
            tally.tell(record("large-orders", number, number, 9))
    assert set(tally.named) == {("orders", 7, "/shop")}
    assert tally.named["orders", 7, "/shop"] >= 30


def test_of_two_equal_channels_with_equal_timestamps_neither_is_the_senders() -> None:
    tally = Tally()
    for number in range(10):
        tally.tell(record("a", number, number, 7))
        tally.tell(record("b", number, number, 9))
    assert tally.named == {}


def test_one_program_may_write_an_event_twice() -> None:
    tally = Tally()
    for number in range(10):
        tally.tell(record("a", number, number, 7), record("a", number, number, 7))
        tally.tell(record("b", number, number + 0.1, 7))
    assert tally.named == {("a", 7, "/shop"): 20, ("b", 7, "/shop"): 10}


def test_who_mostly_copies_is_not_believed_for_the_rest() -> None:
    """Some originals were not read, so that their copies look like originals."""
    tally = Tally()
    for number in range(100):
        if number % 10 == 0:
            tally.tell(record("orders", number, number, 7))
        tally.tell(record("audit", number, number + 0.05, 9))
    assert set(tally.named) == {("orders", 7, "/shop")}


def test_a_record_sent_back_to_where_it_failed_is_no_dead_letter(world: Any) -> None:
    world.channels("orders")
    headers = (
        ("kafka_dlt-original-topic", b"orders"),
        ("kafka_dlt-original-partition", bytes(4)),
        ("kafka_dlt-original-offset", bytes(8)),
        ("kafka_dlt-original-consumer-group", b"billing"),
    )
    world.records("orders", 6, headers)
    assert not any(edge[0] == "billing" for edge in world.edges())
    assert not world.graph().routes


def test_names_in_bodies_are_hints_where_nothing_names_a_sender() -> None:
    digester = Digester()
    plain = Record(topic("orders"), Position(0, 0), 1, None, b'{"source": "web"}')
    own = Record(topic("orders"), Position(0, 1), 1, None, b'{"source": "eventscope"}')
    named = Record(topic("orders"), Position(0, 2), 1, None, b'{"source": "web"}', (("service", b"shop"),))
    told = (plain, plain, own, named)
    digest = digester.digest(RecordsSeen(topic("orders"), told), [read(each) for each in told])
    assert digest.hints == {(-1, Alias("source", "web")): 2}


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.discovery.digest.REMEMBERED", 50)
    digester = Digester()
    told = tuple(record("orders", number, number, number) for number in range(80))
    digester.digest(RecordsSeen(topic("orders"), told), [read(each) for each in told])
    assert len(digester._events) == len(digester._writers) == 50


def test_copies_are_rows_of_their_own() -> None:
    digester = Digester()
    for name, at in (("orders", 1), ("audit", 2)):
        one = record(name, 1, at, 9 if name == "audit" else 7)
        (row,) = digester.digest(RecordsSeen(one.channel, (one,)), [read(one)]).rows
    assert (row.sender, row.convention, row.count) == (None, COPY, 1)


def _forwarding(rng: random.Random) -> tuple[list[tuple[str, int, float, str, int]], set[tuple[str, int]]]:
    """Records (topic, producer id, seconds, source, event) of some sources and of forwarders behind them,
    with the topics and ids of the forwarders.
    """
    records: list[tuple[str, int, float, str, int]] = []
    relays: set[tuple[str, int]] = set()
    for number in range(rng.randint(1, 3)):
        source, producer_id = f"/app-{'abc'[number]}", rng.choice([-1, 100 + number])
        mine = [
            (f"t{number}", producer_id, rng.uniform(0, 50), source, event)
            for event in range(rng.randint(5, 40))
        ]
        records += mine
        behind = mine
        for hop in range(rng.randint(0, 2)):
            name, relay_id = f"t{number}-{hop}", rng.choice([-1, 200 + 10 * number + hop])
            delay, share = rng.uniform(0.002, 2), rng.choice([1.0, 0.3])
            behind = [
                (name, relay_id, at + delay, source, event)
                for _, _, at, _, event in behind
                if rng.random() < share
            ]
            records += behind
            relays.add((name, relay_id))
    return records, relays


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_no_forwarder_is_ever_likely_to_be_the_sender(new_world: Callable[[], Any], seed: int) -> None:
    rng = random.Random(seed)
    told, relays = _forwarding(rng)
    world = new_world()
    world.channels(*{each[0] for each in told})
    made = [record(name, event, at, producer_id, source) for name, producer_id, at, source, event in told]
    chunks: dict[str, list[Record]] = {}
    for one in (
        rng.sample(made, len(made))
        if rng.random() < 0.5
        else sorted(made, key=lambda each: each.timestamp_ns)
    ):
        chunk = chunks.setdefault(one.channel.name, [])
        chunk.append(one)
        if rng.random() < 0.3:
            world.see(RecordsSeen(one.channel, tuple(chunks.pop(one.channel.name))))
    for chunk in chunks.values():
        world.see(RecordsSeen(chunk[0].channel, tuple(chunk)))

    graph = world.graph()
    forwarded = {name for name, _ in relays}
    for key, operation in graph.operations.items():
        if key.action is Action.SEND and key.channel.name in forwarded and operation.confidence >= LIKELY:
            assert graph.applications[key.application].name is None
    for name in {each[0] for each in told} - forwarded:
        senders = [key for key in graph.operations if key.channel.name == name]
        assert any(graph.applications[key.application].name is not None for key in senders)
