"""Small random worlds whose truth is known: whatever is claimed for certain must be true."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.evidence import CERTAIN
from inspector.observation import RecordsSeen
from inspector.record import Record

APPS = ["billing", "checkout", "inventory", "shipping", "pricing", "refunds"]
TOPICS = ["orders", "payments", "stock-moves", "parcels", "prices"]
Edge = tuple[str, str, str]


class Script:
    """Facts of a world, to be told in any order, and the edges that are really there."""

    def __init__(self, world: Any, rng: random.Random) -> None:
        self.world = world
        self.rng = rng
        self.facts: list[Callable[[], None]] = []
        self.truth: set[Edge] = set()
        self.originals: list[Record] = []

    def receives(self, app: str, topic: str) -> None:
        self.truth.add((app, "receive", topic))
        client = self.rng.choice([f"{app}-consumer-1", "rdkafka", f"consumer-{app}-1", "kafka-lib"])
        if self.rng.random() < 0.7:
            self.facts.append(partial(self.world.group, app, [client], topic))
        else:
            self.facts.append(partial(self.world.commit, app, topic, 5))

    def sends(self, app: str, producer_id: int, topic: str, mode: str) -> None:
        self.truth.add((app, "send", topic))
        if mode in ("transactional", "idempotent", "nameless", "relay"):
            self.facts.append(partial(self.world.producer, producer_id, topic))
        if mode == "transactional":
            self.facts.append(partial(self.world.transaction, f"{app}-tx-0", producer_id))
        written_by = producer_id if mode != "headers" else -1
        if mode in ("idempotent", "headers"):
            self.events(app, topic, written_by, self.rng.randint(1, 12))
        elif mode == "relay":
            copied = [each.headers for each in self.originals if each.channel.name != topic]
            self.world.wait(0.01)
            self.tell(topic, [self.world.record(topic, headers, producer_id) for headers in copied])

    def events(self, app: str, topic: str, producer_id: int, count: int) -> None:
        self.world.wait(0.01)
        headers = [
            (("ce_source", f"/{app}".encode()), ("ce_id", f"{app}-{topic}-{number}".encode()))
            for number in range(count)
        ]
        made = [self.world.record(topic, each, producer_id) for each in headers]
        self.originals += made
        self.tell(topic, made)

    def tell(self, topic: str, made: list[Record]) -> None:
        self.facts.append(partial(self.world.see, RecordsSeen(self.world.topic(topic), tuple(made))))


def play(world: Any, seed: int) -> set[Edge]:
    rng = random.Random(seed)
    world.channels(*TOPICS)
    script = Script(world, rng)
    for number, app in enumerate(rng.sample(APPS, rng.randint(1, len(APPS)))):
        mode = rng.choice(["transactional", "idempotent", "headers", "nameless", "relay"])
        for topic in rng.sample(TOPICS, rng.randint(0, 2)):
            script.receives(app, topic)
        for topic in rng.sample(TOPICS, rng.randint(0, 2)):
            script.sends(app, 1000 + number, topic, mode)
    rng.shuffle(script.facts)
    for fact in script.facts:
        fact()
    return script.truth


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_no_certain_claim_is_wrong(new_world: Callable[[], Any], seed: int) -> None:
    world = new_world()
    truth = play(world, seed)
    graph = world.graph()
    for operation in graph.operations.values():
        application = graph.applications[operation.id.application]
        edge = (operation.id.application.key, str(operation.id.action), operation.id.channel.name)
        if application.name is None:
            # An unnamed producer is right as long as somebody sends there.
            assert any(known[1:] == edge[1:] for known in truth)
        elif operation.confidence >= CERTAIN:
            assert edge in truth
    receives = {edge for edge in truth if edge[1] == "receive"}
    assert {edge for edge in world.edges() if edge[1] == "receive"} == receives
