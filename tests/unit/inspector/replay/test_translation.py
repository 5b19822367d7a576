from __future__ import annotations

from itertools import product

import pytest

from inspector.replay.translation import KINDS, Subject, losses


@pytest.mark.parametrize(
    ("source", "target", "subjects"),
    [
        ("kafka", "kafka", []),
        ("kafka", "rabbitmq", ["key", "value", "headers", "partition", "order", "time"]),
        ("kafka", "nats", ["key", "value", "headers", "headers", "partition", "order", "time", "size"]),
        ("kafka", "pulsar", ["headers", "headers", "headers"]),
        ("rabbitmq", "kafka", ["order", "size"]),
        ("nats", "kafka", ["order"]),
        ("pulsar", "kafka", ["size"]),
    ],
)
def test_what_gets_lost_between_kinds(source: str, target: str, subjects: list[str]) -> None:
    assert [loss.subject for loss in losses(KINDS[source], KINDS[target])] == subjects


def test_every_pair_tells_its_losses_in_order_and_in_sentences() -> None:
    for source, target in product(KINDS.values(), repeat=2):
        found = losses(source, target)
        order = [list(Subject).index(loss.subject) for loss in found]
        assert order == sorted(order)
        assert all(loss.sentence.endswith(".") for loss in found)
