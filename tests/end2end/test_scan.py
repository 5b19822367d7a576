"""What `scan` finds on the demo's Kafka, against the shop's own scenario."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from inspector.demo.shop.scenario import read_scenario
from inspector.demo.shop.truth import Truth, truth

pytestmark = [pytest.mark.end2end, pytest.mark.kafka, pytest.mark.timeout(240)]

SURE = 0.6
"""From here on a claim must not be wrong."""


@pytest.fixture(scope="module")
def shop_truth() -> Truth:
    return truth(read_scenario().with_options(load=None, big_json=False))


@pytest.fixture(scope="module")
def found(shop: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "gui", "scan", shop, "--seconds", "50", "--format", "json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def periods(found: dict[str, Any], shop: str, shop_truth: Truth) -> dict[str, float]:
    """How long once round took in truth, in seconds, by the first topic of each loop.

    On a busy machine that is longer than the scenario has it.
    """
    seen: dict[bytes, tuple[str, int, bytes]] = {}
    """Topic, time and cause of each event."""
    settings = {
        "bootstrap.servers": shop.removeprefix("kafka://"),
        "group.id": "x",
        "enable.auto.commit": False,
    }
    reader = Consumer(settings)
    try:
        topics = {topic for loop in shop_truth.loops for topic in loop.topics}
        known = reader.list_topics(timeout=20).topics
        reader.assign([TopicPartition(name, part, 0) for name in topics for part in known[name].partitions])
        while records := reader.consume(5_000, timeout=1.0):
            for record in records:
                headers = dict(record.headers() or ())
                if event := headers.get("ce_id"):
                    cause = headers.get("ce_causationid", b"")
                    seen[event] = (record.topic(), record.timestamp()[1], cause)
            if len(records) < 100:  # what comes only now is no more than a part of what came before
                break
    finally:
        reader.close()
    taken: dict[str, list[float]] = {}
    for topic, at, cause in seen.values():
        while cause in seen:
            before, earlier, cause = seen[cause]
            if before == topic:
                taken.setdefault(topic, []).append((at - earlier) / 1e3)
                break
    return {loop.topics[0]: statistics.median(taken[loop.topics[0]]) for loop in shop_truth.loops}


def _operations(found: dict[str, Any], *, at_least: float = 0.0) -> set[tuple[str | None, str, str]]:
    names = {each["id"]: each["name"] for each in found["applications"]}
    channels = {each["id"]: each["name"] for each in found["channels"]}
    return {
        (names[each["application"]], each["action"], channels[each["channel"]])
        for each in found["operations"]
        if each["confidence"] >= at_least
    }


def test_every_operation_that_can_be_proved_is_found(found: dict[str, Any], shop_truth: Truth) -> None:
    provable = {(o.application, str(o.action), o.topic) for o in shop_truth.operations if o.proof}
    assert provable - _operations(found, at_least=SURE) == set()


def test_no_claim_about_a_named_application_is_wrong(found: dict[str, Any], shop_truth: Truth) -> None:
    true = {(o.application, str(o.action), o.topic) for o in shop_truth.operations}
    claimed = {each for each in _operations(found, at_least=SURE) if each[0] is not None}
    assert claimed - true == set()


def test_who_cannot_be_named_is_shown_all_the_same(found: dict[str, Any], shop_truth: Truth) -> None:
    unprovable = {o.topic for o in shop_truth.operations if not o.proof}
    unnamed = {topic for name, action, topic in _operations(found) if name is None and action == "send"}
    assert unnamed == unprovable


def test_every_visible_application_is_found_once_under_its_name(
    found: dict[str, Any], shop_truth: Truth
) -> None:
    names = [each["name"] for each in found["applications"] if each["name"] is not None]
    assert sorted(names) == sorted(each.name for each in shop_truth.applications if each.visible)


def test_both_loops_have_the_right_status(
    found: dict[str, Any], shop_truth: Truth, periods: dict[str, float]
) -> None:
    names = {each["id"]: each["name"] for each in (*found["applications"], *found["channels"])}
    loops = {frozenset(names[hop] for hop in each["hops"]): each for each in found["loops"]}
    expected = {frozenset((*each.topics, *each.applications)): each for each in shop_truth.loops}
    assert loops.keys() == expected.keys()
    for hops, loop in loops.items():
        assert loop["status"] == expected[hops].status
        assert loop["gain_low"] - 0.1 <= expected[hops].gain <= loop["gain_high"] + 0.1
        assert loop["period_ms"] == pytest.approx(periods[expected[hops].topics[0]] * 1000, rel=0.25)


def test_the_findings_name_what_is_odd(found: dict[str, Any], shop_truth: Truth) -> None:
    said = {(each["rule"], each["subject"].rsplit("/", 1)[-1]) for each in found["findings"]}
    for topic in shop_truth.unused:
        assert ("unused-channel", topic) in said
    for topic in shop_truth.unread:
        assert ("no-receiver", topic) in said
    assert ("generic-channel", "events") in said
    assert ("dead-letters", "payments.dlq") in said
    assert {rule for rule, _ in said} >= {"runaway-loop", "feedback-loop"}
