"""Why a cause is missing: what was captured of the channels it may lie on decides."""

from __future__ import annotations

from inspector.capture.level import Level
from inspector.store.coverage import Coverage, Covered, Missed
from inspector.trails.follow import follow
from inspector.traits import Traits
from tests.unit.inspector.trails.written import MS, Written, by, channel, graph

KNOWN = graph("orders > billing > bills", " > shop > orders")
MINUTE = 60_000.0


def why(records: Written, said: Traits, at_ms: float = 30 * MINUTE) -> str:
    row = records.add("bills", at_ms, said)
    trail = follow(records, KNOWN, row)
    assert trail is not None
    step = trail.step(row)
    assert step is not None
    assert step.missing is not None
    return step.missing.why


NAMED = Traits(by("billing"), event_id="b1", parent_id="gone")
COPIED = Traits(by("billing"), event_id="b1", origin="orders/0/5")


def test_nothing_of_the_channel_was_captured() -> None:
    assert "Nothing of orders was captured, where it may lie." in why(Written(), NAMED)
    assert why(Written(), COPIED) == "Nothing of partition 0 of orders was captured."


def test_it_was_sent_before_the_capture_began() -> None:
    records = Written()
    records.add("orders", 29.9 * MINUTE, Traits(by("shop"), event_id="o9"), offset=9)
    assert why(records, NAMED).startswith("It was sent before the capture began")
    assert why(records, COPIED) == "The capture of orders began after it."


def test_it_was_not_read_that_far_or_skipped() -> None:
    records = Written()
    records.add("orders", 0, offset=1)
    assert why(records, COPIED) == "orders was not read that far."
    records.add("orders", 1, offset=9)
    assert "it was skipped, or deleted" in why(records, COPIED)
    assert "it was skipped, or the id is that of something else" in why(records, NAMED)


def test_what_was_left_out_is_told_with_its_reason() -> None:
    records = Written()
    records.add("orders", 0, offset=1)
    records.add("orders", 1, offset=9)
    at = round(30 * MINUTE * MS)
    records.covered = Coverage((), (Missed(channel("orders"), 0, 1234, "the budget was used up", at, at),))
    for said in (NAMED, COPIED):
        assert "1,234 records of orders were left out about then: the budget was used up" in why(
            records, said
        )


def test_only_headers_of_batches_are_kept() -> None:
    records = Written()
    records.add("orders", 0, offset=1)
    records.covered = Coverage((Covered(channel("orders"), 0, 0, 100, Level.HEADERS_OF_BATCHES),))
    for said in (NAMED, COPIED):
        assert "Of orders only the headers of batches are kept." in why(records, said)


def test_nobody_knows_from_where_the_sender_receives() -> None:
    assert "from where its sender receives is not known" in why(
        Written(), Traits(by("stranger"), parent_id="x")
    )
    assert "not known to receive from any channel" in why(Written(), Traits(by("shop"), parent_id="x"))
