"""How long a record waited, where the capture shows how long its application works when nothing waits."""

from __future__ import annotations

from inspector.causes.waits import IDLE_NEEDED
from inspector.trails.follow import follow
from inspector.traits import Traits
from tests.unit.inspector.trails.written import MS, Written, by, graph

KNOWN = graph("orders > billing > bills", " > shop > orders")
WORK = 50


def busy(quiet: int) -> tuple[Written, int]:
    """Some orders that find billing idle, then three at once; the row of the last bill."""
    records = Written()
    arrivals = [number * 1_000 for number in range(quiet)] + [quiet * 1_000] * 3
    free, last = 0, 0
    for number, at in enumerate(arrivals):
        records.add("orders", at, Traits(by("shop"), "Order", f"o{number}"))
        free = max(free, at) + WORK
        last = records.add("bills", free, Traits(by("billing"), "Bill", f"b{number}", f"o{number}"))
    return records, last


def test_what_a_hop_took_longer_than_the_work_was_waiting() -> None:
    records, last = busy(IDLE_NEEDED + 2)
    trail = follow(records, KNOWN, last)
    assert trail is not None
    step = trail.step(last)
    assert step is not None
    assert step.latency_ns == 3 * WORK * MS
    assert step.wait_ns == 2 * WORK * MS


def test_too_few_that_found_it_idle_tell_nothing() -> None:
    records, last = busy(IDLE_NEEDED - 4)
    trail = follow(records, KNOWN, last)
    assert trail is not None
    assert all(step.wait_ns is None for step in trail.steps)


def test_where_records_are_missing_nothing_is_told() -> None:
    records, last = busy(40)
    del records.pairs[4:44:4]  # every other order of the first twenty
    trail = follow(records, KNOWN, last - 10)
    assert trail is not None
    assert all(step.wait_ns is None for step in trail.steps)
