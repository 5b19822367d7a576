from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from gui.events.difference import MOST_FIELDS, Kind, compare, facts
from inspector.decode import decode
from inspector.record import Headers, Position, Record

CHANNEL = ChannelId(ServerId("kafka", "a:1"), ChannelKind.TOPIC, "orders")


def _facts(value: bytes | None, headers: Headers = (), **changes: object) -> dict[str, str]:
    record = Record(CHANNEL, Position(0, 1), 1, b"k", value, headers, **changes)  # type: ignore[arg-type]
    return facts(record, decode(record.value, record.headers).value)


def test_fields_that_came_went_and_changed_are_told() -> None:
    one = _facts(b'{"a": 1, "b": {"c": "x"}, "gone": null}', (("h", b"1"), ("h", b"2")))
    two = _facts(b'{"a": 2, "b": {"c": "x", "d": [1, 2]}}', (("h", b"1"),))
    kinds = {line.path: line.kind for line in compare([one, two])}
    assert {path: kind for path, kind in kinds.items() if kind is not Kind.SAME} == {
        "header.h (2)": Kind.GONE,
        "value.a": Kind.CHANGED,
        "value.b.d[0]": Kind.ADDED,
        "value.b.d[1]": Kind.ADDED,
        "value.gone": Kind.GONE,
    }


def test_null_empty_and_not_captured_are_three_things() -> None:
    said = [_facts(None)["value"], _facts(b"")["value"], _facts(None, body_stored=False)["value"]]
    assert len(set(said)) == 3
    assert said[2] == "not captured"


def test_a_huge_value_is_cut_and_says_so() -> None:
    many = b"[" + b",".join(b"1" for _ in range(MOST_FIELDS + 5)) + b"]"
    said = _facts(many)
    assert "More than" in said["more"]
    assert len(said) < MOST_FIELDS + 10


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True), min_size=1, max_size=4))
def test_every_field_is_there_once_and_the_first_events_order_holds(events: list[list[str]]) -> None:
    lines = compare([dict.fromkeys(each, "x") for each in events])
    paths = [line.path for line in lines]
    assert sorted(paths) == sorted({path for each in events for path in each})
    assert [path for path in paths if path in events[0]] == events[0]
    for line in lines:
        assert [text is not None for text in line.texts] == [line.path in each for each in events]
