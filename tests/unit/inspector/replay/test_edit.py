from __future__ import annotations

import json as plain_json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ServerId
from inspector.decode.decoding import Decoding
from inspector.record import Record
from inspector.replay.choice import Choice
from inspector.replay.edit import (
    NO_EDITS,
    ORIGINAL_ID_HEADER,
    Edits,
    MaskField,
    NotEditable,
    SetBytes,
    SetField,
    SetHeaders,
    editing,
)
from inspector.replay.outgoing import making
from inspector.replay.request import Request, Target
from inspector.replay.rules import edits_of, patch_of, told
from inspector.traits import read
from tests.unit.inspector.encode.kept import SERVER, URL, decoding, record
from tests.unit.inspector.encode.test_body import AVRO, JSON_SCHEMA, VALUE, avro, framed

VALUE_JSON = b'{ "price": 1.00, "items": [{"sku": "a", "n": 1}, {"sku": "b"}], "id": "e-1" }'
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


def after(rules: list[str], one: Record, **how: Any) -> Record:
    return editing(edits_of(rules, "seed"), **how)(one)


@given(st.none() | st.binary(max_size=20), st.none() | st.binary(max_size=20))
def test_without_edits_a_record_is_the_very_same(key: bytes | None, value: bytes | None) -> None:
    one = record(value, key)
    assert editing(NO_EDITS)(one) is one
    assert editing(Edits((SetBytes("value", value), SetBytes("key", key))))(one) is one


@settings(max_examples=20)
@given(st.dictionaries(st.text("abc", min_size=1), documents, min_size=1, max_size=4), documents, st.data())
def test_a_field_set_and_set_back_is_the_same_bytes(
    value: dict[str, Any], new: Any, draw: st.DataObject
) -> None:
    one = record(plain_json.dumps(value).encode())
    name = draw.draw(st.sampled_from(sorted(value)))
    there = editing(Edits((SetField("value", name, plain_json.dumps(new)),)))(one)
    assert plain_json.loads(there.value or b"") == {**value, name: new}
    back = editing(Edits((SetField("value", name, plain_json.dumps(value[name])),)))(there)
    assert plain_json.loads(back.value or b"") == value
    twice = Edits((SetField("value", name, "0"), SetField("value", name, plain_json.dumps(value[name]))))
    assert plain_json.loads(editing(twice)(one).value or b"") == value


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        (["value.price=2"], VALUE_JSON.replace(b"1.00", b"2")),
        (["price=2"], VALUE_JSON.replace(b"1.00", b"2")),
        (["value.price=cheap"], VALUE_JSON.replace(b"1.00", b'"cheap"')),
        (['value.price="2"'], VALUE_JSON.replace(b"1.00", b'"2"')),
        (["value.items[*].sku=x"], VALUE_JSON.replace(b'"a"', b'"x"').replace(b'"b"', b'"x"')),
        (["value.items[-1].sku=x"], VALUE_JSON.replace(b'"b"', b'"x"')),
        (["mask value.items[*].n", "mask value.none.there"], VALUE_JSON.replace(b'"n": 1', b'"n": "***"')),
        (["remove value.items[0].n"], VALUE_JSON.replace(b', "n": 1', b"")),
        (["remove value.items[0]"], VALUE_JSON.replace(b'{"sku": "a", "n": 1}, ', b"")),
        (['value["a = b"]=1'], VALUE_JSON.replace(b'"e-1"', b'"e-1", "a = b": 1')),
        (["value=null"], None),
        (["value="], b""),
        (["value=base64:AP8="], b"\0\xff"),
        (['value={"a": 1.0}', "value.a=2"], b'{"a": 2}'),
        (["price=1.00"], VALUE_JSON),
    ],
)
def test_rules_change_what_they_name_and_nothing_else(rules: list[str], value: bytes | None) -> None:
    assert after(rules, record(VALUE_JSON)) == record(value)


def test_headers_keys_places_and_times_are_changed_by_rule() -> None:
    headers = (("a", b"1"), ("B", b"2"), ("a", None))
    one = record(b"{}", b"k", headers)
    assert after(["header.A=x"], one).headers == (("a", b"x"), ("B", b"2"))
    assert after(["header.c=null", "header.d="], one).headers == (*headers, ("c", None), ("d", b""))
    assert after(["drop header.A"], one).headers == (("B", b"2"),)
    assert after(["keep header.b", "keep header.c*"], one).headers == (("B", b"2"),)
    assert after(["key=null"], one).key is None
    assert after(["key="], one).key == b""
    edits = edits_of(["partition=7", "time=2026-01-01T00:00:00.000000005Z"], "s")
    moved = editing(edits)(one)
    assert (moved.position.partition, moved.timestamp_ns) == (7, 1_767_225_600_000_000_005)
    assert edits.keeps_partition
    assert edits.keeps_timestamp
    assert not NO_EDITS.keeps_partition


def test_a_patch_applies_as_a_whole_or_not_at_all() -> None:
    patch = patch_of('[{"op":"replace","path":"/items/0/sku","value":"x"},{"op":"remove","path":"/id"}]')
    wanted = VALUE_JSON.replace(b'"a"', b'"x"').replace(b', "id": "e-1"', b"")
    assert editing(Edits((patch,)))(record(VALUE_JSON)).value == wanted
    patch = patch_of('[{"op":"test","path":"/price","value":1},{"op":"remove","path":"/nothing"}]')
    with pytest.raises(NotEditable, match="nothing: there is no such field"):
        editing(Edits((patch,)))(record(VALUE_JSON))
    with pytest.raises(NotEditable, match="no JSON Patch"):
        patch_of('[{"op":"frobnicate","path":""}]')


def test_avro_is_edited_by_its_schema_and_refused_where_it_does_not_fit(tmp_path: Path) -> None:
    how = decoding(tmp_path, {5: AVRO})
    one = record(framed(5, avro(VALUE)))
    made = after(["value.lines[*].count=9", "value.at=2027-01-01T00:00:00Z"], one, decoding=how)
    said = how.value(made).value
    assert (said["lines"], said["at"].year) == ([{"sku": "a-1", "count": 9}], 2027)
    with pytest.raises(NotEditable, match=r"lines\[0\].count: it is a whole number"):
        after(["value.lines[0].count=many"], one, decoding=how)
    with pytest.raises(NotEditable) as caught:
        after(["value.id=1"], one, decoding=decoding(tmp_path / "none", {}))
    assert caught.value.missing == (5,)


def test_a_schema_is_held_against_what_an_edit_makes_worse_alone(tmp_path: Path) -> None:
    how = decoding(tmp_path, {7: JSON_SCHEMA})
    bad = record(framed(7, b'{"id": "x", "lines": []}'))
    assert after(["value.note=1"], bad, decoding=how).value == framed(
        7, b'{"id": "x", "lines": [], "note": 1}'
    )
    with pytest.raises(NotEditable, match=r"lines\[0\]: 'sku' is a required property"):
        after(["value.lines=[{}]", "drop header.x"], bad, decoding=how)


@pytest.mark.parametrize(
    "one",
    [
        record(VALUE_JSON, headers=(("ce_id", b"e-1"), ("ce_source", b"/a"), ("ce_type", b"t"))),
        record(b'{"specversion":"1.0","id":"e-1","source":"/a","type":"t","data":{"id":"e-1"}}'),
        record(b'{"eventId":"0190b5a4-3c1e-7a6b-8f00-1c2d3e4f5a6b","type":"t"}'),
        record(b"text", headers=(("correlation-id", b"e-1"), ("message-id", b"e-1"))),
    ],
    ids=["cloudevents-binary", "cloudevents", "json", "header"],
)
def test_a_new_id_stands_where_the_old_one_told_it_and_a_header_links_them(one: Record) -> None:
    old = read(one).event_id or ""
    made = after(["new-ids"], one)
    new = read(made).event_id
    assert new not in (None, old)
    assert made.header(ORIGINAL_ID_HEADER) == old
    assert after(["new-ids"], one) == made
    assert read(editing(edits_of(["new-ids"], "other"))(one)).event_id not in (new, "e-1")
    changed = [b"" if made.value == one.value else made.value, *(value for _, value in made.headers)]
    assert sum((value or b"").count(str(new).encode()) for value in changed) == 1
    assert (made.value or b"").replace(str(new).encode(), old.encode()) == one.value


def test_a_record_without_an_id_gets_none() -> None:
    one = record(b"plain")
    assert after(["new-ids"], one) is one


def test_a_value_that_was_not_captured_has_no_fields_and_can_be_given() -> None:
    one = msgspec.structs.replace(record(None), body_stored=False)
    with pytest.raises(NotEditable, match="was not captured"):
        after(["value.a=1"], one)
    given_one = after(["value=null"], one)
    assert given_one.body_stored
    assert after(["header.a=1"], one).body_stored is False


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("frobnicate", "is no change"),
        ("value.a[=1", "is no path"),
        ("partition=-1", "is no partition"),
        ("time=yesterday", "is no time"),
        ("drop x", "names no header"),
        ("key=base64:§", "no base64"),
    ],
)
def test_rules_that_are_none_say_so(rule: str, why: str) -> None:
    with pytest.raises(NotEditable, match=why):
        edits_of([rule], "s")


def test_edits_cross_the_link_and_can_be_told() -> None:
    rules = [
        "value.a=1", "remove value.b", "mask key[0]", "value=null", "header.x=base64:AP8=", "drop header.y*",
        "keep header.z", "partition=1", "time=2026-01-01T00:00:00Z", "new-ids",
    ]  # fmt: skip
    edits = edits_of(rules, "s")
    more = (patch_of('[{"op":"add","path":"/a","value":{"b":1.0}}]'), SetHeaders((("a", None),)))
    edits = Edits((*edits.steps, *more, MaskField("value", "c")))
    for form in (msgspec.json, msgspec.msgpack):
        assert form.decode(form.encode(edits), type=Edits) == edits
    assert [told(edit) for edit in edits.steps] == [
        "value.a becomes 1",
        "value.b is removed",
        "key[0] becomes ***",
        "the value becomes null, a tombstone",
        "header x becomes \0\ufffd",
        "headers y* are dropped",
        "all go to partition 1",
        "the time becomes 2026-01-01T00:00:00.000Z",
        "events get new ids, and a header tells the old one",
        "only headers z are kept",
        "the value is patched in 1 step",
        "the headers become a",
        "value.c becomes ***",
    ]


def test_a_schema_that_is_missing_is_asked_for_once_and_the_record_changed(tmp_path: Path) -> None:
    asked: list[int] = []

    class Slow(Decoding):
        """Its registry answers when it is asked, and keeps what it answered."""

        def fetch(self, server: ServerId, numbers: Iterable[int]) -> None:
            asked.extend(numbers)
            decoding(tmp_path, {5: AVRO})

    request = Request(Choice(source="x"), Target(SERVER), edits=edits_of(["value.id=9"], "s"))
    make = making(request, "r", Slow(registries={None: [URL]}, cache=tmp_path))
    for _ in range(2):
        assert make(record(framed(5, avro(VALUE)))).value == framed(5, avro({**VALUE, "id": 9}))
    with pytest.raises(NotEditable):
        make(record(framed(6, b"\xff\xfe")))
    with pytest.raises(NotEditable):
        make(record(framed(6, b"\xff\xfe")))
    assert asked == [5, 6]
