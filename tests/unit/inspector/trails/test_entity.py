"""The history of a key: order, state, tombstones, what could not be read, and what was not captured."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from inspector.capture.level import Level
from inspector.store.coverage import Coverage, Covered, Missed
from inspector.trails.entity import LARGEST, Entity, history, versions
from inspector.trails.state import Deed, Folding
from inspector.traits import Traits
from tests.unit.inspector.trails.written import Written, channel

KEY = b"ord-1"


def event(records: Written, name: str, at_ms: float, body: Any, **facts: Any) -> int:
    """One more event of the key."""
    value = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return records.add(name, at_ms, Traits(type=f"{name}.type"), key=KEY, value=value, **facts)


def read(records: Written, **options: Any) -> Entity:
    found = history(records, KEY, **options)
    assert found is not None
    return found


def test_events_of_all_channels_in_the_order_of_time() -> None:
    records = Written()
    event(records, "bills", 20, {"paid": True})
    event(records, "orders", 0, {"order": 1, "paid": False})
    records.add("orders", 5, key=b"ord-2")
    entity = read(records)
    assert [each.row for each in entity.events] == [1, 0]
    first, second = versions(entity)
    assert first.state == {"order": 1, "paid": False}
    assert second.state == {"order": 1, "paid": True}
    assert [(each.path, each.deed) for each in second.changes] == [("paid", Deed.CHANGED)]
    assert [each.deed for each in first.changes] == [Deed.ADDED, Deed.ADDED]
    (only,) = versions(entity, channels=[channel("bills")])
    assert only.state == {"paid": True}
    apart = versions(entity, Folding.PER_TYPE)[-1]
    assert apart.state == {"orders.type": {"order": 1, "paid": False}, "bills.type": {"paid": True}}


def test_a_tombstone_empties_the_state() -> None:
    records = Written()
    event(records, "orders", 0, {"a": 1})
    event(records, "orders", 1, None)
    event(records, "orders", 2, {"b": 2})
    made = versions(read(records))
    assert [each.state for each in made] == [{"a": 1}, None, {"b": 2}]
    assert made[1].event.tombstone
    assert [(each.path, each.deed) for each in made[1].changes] == [("a", Deed.REMOVED)]


def test_what_was_not_kept_is_no_tombstone_and_what_has_no_fields_changes_nothing() -> None:
    records = Written()
    event(records, "orders", 0, {"a": 1})
    event(records, "orders", 1, None, body_stored=False)
    event(records, "orders", 2, b"plain words")
    event(records, "orders", 3, b'{"a": "' + b"x" * LARGEST + b'"}')
    made = versions(read(records))
    assert [each.state for each in made] == [{"a": 1}] * 4
    assert not made[1].event.tombstone
    assert "not captured" in made[1].event.unread
    assert "has no fields" in made[2].event.unread
    assert "too large" in made[3].event.unread


def test_gaps_where_offsets_were_not_read() -> None:
    records, orders = Written(), channel("orders")
    for offset in (0, 3, 20, 21):
        event(records, "orders", offset, {"at": offset}, offset=offset)
    event(records, "orders", 30, {"at": 30}, offset=99, partition=1)
    assert not read(records).coverage_known
    ranges = (
        Covered(orders, 0, 0, 5, Level.EVERYTHING),
        Covered(orders, 0, 15, 40, Level.EVERYTHING),
        Covered(orders, 1, 0, 100, Level.EVERYTHING),
    )
    records.covered = Coverage(ranges, (Missed(orders, 0, 10, "the budget was used up", 0, 1),))
    entity = read(records)
    assert entity.coverage_known
    gaps = [each.gap for each in entity.events]
    assert gaps == [
        "",
        "",
        "10 records of orders between were not read: the budget was used up. Some may have this key.",
        "",
        "",
    ]
    records.covered = Coverage((Covered(orders, 0, 0, 40, Level.HEADERS_OF_BATCHES),))
    assert "not all keys were captured" in read(records).events[2].gap


def test_of_very_many_the_newest_are_folded_and_the_others_counted() -> None:
    records = Written()
    for number in range(30):
        event(records, "orders", number, {"n": number})
    entity = read(records, most=10)
    assert (len(entity.events), entity.earlier) == (10, 20)
    assert [each.value["n"] for each in entity.events] == list(range(20, 30))
    assert history(records, KEY, stop=lambda: True) is None
    assert read(Written()).events == ()


def test_masked_values_are_masked_in_the_state() -> None:
    records = Written()
    event(records, "orders", 0, {"card": 4111})
    entity = read(records, mask=lambda record: replace(record, value=b'{"card": "***"}'))
    assert versions(entity)[0].state == {"card": "***"}
