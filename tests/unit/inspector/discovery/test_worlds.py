"""Small random worlds whose truth is known: whatever is claimed for certain must be true."""

from __future__ import annotations

import random
from typing import Any

from inspector.observation import RecordsSeen

APPS = ["billing", "checkout", "inventory", "shipping", "pricing", "refunds"]
TOPICS = ["orders", "payments", "stock-moves", "parcels", "prices"]
MODES = ["transactional", "idempotent", "headers", "nameless", "silent", "relay"]


def build(world: Any, seed: int) -> set[tuple[str, str, str]]:
    """Play a world, facts in any order; gives the edges that are really there."""
    rng = random.Random(seed)
    world.channels(*TOPICS)
    truth: set[tuple[str, str, str]] = set()
    facts: list[Any] = []
    originals: list[Any] = []

    def events(topic: str, source: str, producer_id: int, count: int) -> None:
        world.wait(0.01)
        made = tuple(
            world.record(
                topic,
                (("ce_source", source.encode()), ("ce_id", f"{source}{topic}{n}".encode())),
                producer_id,
            )
            for n in range(count)
        )
        originals.extend(made)
        facts.append(lambda: world.see(RecordsSeen(world.topic(topic), made)))

    for number, app in enumerate(rng.sample(APPS, rng.randint(1, len(APPS)))):
        producer_id = 1000 + number
        mode = rng.choice(MODES)
        if rng.random() < 0.7:
            for topic in rng.sample(TOPICS, rng.randint(1, 2)):
                truth.add((app, "receive", topic))
                clients = [rng.choice([f"{app}-consumer-1", "rdkafka", f"consumer-{app}-1"])]
                joined = rng.random() < 0.7
                facts.append(
                    (lambda topic=topic, clients=clients: world.group(app_of(clients), clients, topic))
                    if False
                    else _group(world, app, clients, topic, joined)
                )
        for topic in rng.sample(TOPICS, rng.randint(0, 2)):
            truth.add((app, "send", topic))
            count = rng.randint(1, 12)
            match mode:
                case "transactional":
                    facts.append(_transaction(world, f"{app}-tx-0", producer_id))
                    facts.append(_producer(world, producer_id, topic))
                case "idempotent":
                    facts.append(_producer(world, producer_id, topic))
                    events(topic, f"/{app}", producer_id, count)
                case "headers":
                    events(topic, f"/{app}", -1, count)
                case "nameless":
                    facts.append(_producer(world, producer_id, topic))
                case "silent":
                    facts.append(_records(world, topic, count))
                case "relay" if originals:
                    world.wait(0.01)
                    copied = [each for each in originals if each.channel.name != topic]
                    made = tuple(world.record(topic, each.headers, producer_id) for each in copied)
                    facts.append(_producer(world, producer_id, topic))
                    facts.append(_seen(world, topic, made))
                    truth.add((app, "send", topic))
    rng.shuffle(facts)
    for fact in facts:
        fact()
    return truth
