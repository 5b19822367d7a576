from __future__ import annotations

import json as plain_json
from decimal import Decimal
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.encode import json
from inspector.encode.binary import CBOR, MESSAGE_PACK
from inspector.encode.coding import PackedCoding
from inspector.encode.misfit import Misfit
from inspector.encode.splice import same, spliced

names = st.text(max_size=5)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
)


def trees(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=12,
    )


documents = trees(leaves)
packed = trees(leaves | st.binary(max_size=8))


def spaced(value: Any, gaps: st.DataObject) -> str:
    """JSON with white space anywhere."""

    def gap() -> str:
        return gaps.draw(st.sampled_from(["", " ", "\n  ", "\t"]))

    if isinstance(value, dict):
        inner = ",".join(
            f"{gap()}{plain_json.dumps(name)}{gap()}:{gap()}{spaced(item, gaps)}{gap()}"
            for name, item in value.items()
        )
        return f"{{{inner or gap()}}}"
    if isinstance(value, list):
        return f"[{','.join(f'{gap()}{spaced(item, gaps)}{gap()}' for item in value) or gap()}]"
    return plain_json.dumps(value, ensure_ascii=gaps.draw(st.booleans()))


@settings(max_examples=25)
@given(documents, documents, st.data())
def test_spliced_json_says_the_new_document_and_is_the_same_bytes_for_the_same_one(
    old: Any, new: Any, gaps: st.DataObject
) -> None:
    data = (" " + spaced(old, gaps) + "\n").encode()
    before = json.parse(data)
    after = json.parse(json.write(new))
    assert spliced(data, json.JSON, before, before) == data
    assert same(json.parse(spliced(data, json.JSON, before, after)), after)


@settings(max_examples=25)
@given(st.dictionaries(names, documents, min_size=2, max_size=5), documents, st.data())
def test_one_field_of_json_is_changed_and_every_other_byte_stays(
    old: dict[str, Any], new: Any, gaps: st.DataObject
) -> None:
    data = spaced(old, gaps).encode()
    before = json.parse(data)
    name = gaps.draw(st.sampled_from(sorted(before)))
    begin, end = json.located(data, (name,))
    value = json.write(json.parse(json.write(new)))
    made = spliced(data, json.JSON, before, {**before, name: json.parse(value)})
    if not isinstance(new, (dict, list)) and not same(before[name], json.parse(value)):
        assert made == data[:begin] + value.encode() + data[end:]
    assert made.startswith(data[:begin])
    assert made.endswith(data[end:])


@settings(max_examples=25)
@given(packed, packed)
def test_spliced_messagepack_says_the_new_document(old: Any, new: Any) -> None:
    data = msgspec.msgpack.encode(old)
    assert spliced(data, MESSAGE_PACK, old, old) == data
    assert same(msgspec.msgpack.decode(spliced(data, MESSAGE_PACK, old, new)), new)


@settings(max_examples=25)
@given(packed, packed)
def test_spliced_cbor_says_the_new_document(old: Any, new: Any) -> None:
    data = cbor2.dumps(old)
    assert spliced(data, CBOR, old, old) == data
    assert same(cbor2.loads(spliced(data, CBOR, old, new)), new)


@pytest.mark.parametrize(
    ("data", "new", "wanted"),
    [
        ('{"price": 1.00, "n": 1e3}', '{"price": 1.00, "n": 2}', '{"price": 1.00, "n": 2}'),
        ('{"a":1,"b":2}', '{"a":1,"x":3,"b":2}', '{"a":1,"x":3,"b":2}'),
        ('{"a": 1, "b": 2}', '{"b": 2}', '{"b": 2}'),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', '{"b": 2, "a": 1}'),
        ('{\n  "a": 1\n}', '{"a": 1, "b": [1]}', '{\n  "a": 1,\n  "b": [1]\n}'),
        ('{"a": {"b": "\\u00e9", "c": 0}}', '{"a": {"b": "é", "c": 1}}', '{"a": {"b": "\\u00e9", "c": 1}}'),
        ('{"a":1,"a":2,"b":3}', '{"a":2,"b":4}', '{"a":1,"a":2,"b":4}'),
        ('{"a":1,"a":2,"b":3}', '{"a":5,"b":3}', '{"a":1,"a":5,"b":3}'),
        ('{"a":1,"a":2,"b":3}', '{"b":3}', '{"b":3}'),
        ("[1.0, 2.0,3.0]", "[2.0, 3.0]", "[2.0,3.0]"),
        ("[1.0, 2.0, 3.0]", "[1.0, 9, 2.0, 3.0]", "[1.0, 9, 2.0, 3.0]"),
        ("[]", "[1]", "[1]"),
        ("\ufeff{ }", '{"a":"\\ud800"}', '\ufeff{"a":"\\ud800"}'),
    ],
)
def test_what_is_not_changed_keeps_its_form(data: str, new: str, wanted: str) -> None:
    made = spliced(data.encode(), json.JSON, json.parse(data.encode()), json.parse(new))
    assert made.decode() == wanted


def test_forms_that_other_writers_chose_stay_in_messagepack() -> None:
    # A map of 16 bits for two entries, an integer in 64 bits, a float in 32.
    data = b"\xde\x00\x02" + b"\xa1a" + b"\xd3" + (7).to_bytes(8, "big") + b"\xa1b" + b"\xca?\x80\x00\x00"
    old = msgspec.msgpack.decode(data)
    assert spliced(data, MESSAGE_PACK, old, {**old, "b": 2}) == data[:-5] + b"\x02"
    assert spliced(data, MESSAGE_PACK, old, {"b": 1.0}) == b"\x81" + data[-7:]


def test_forms_that_other_writers_chose_stay_in_cbor() -> None:
    # A map without a count, a float in 16 bits, text in pieces.
    data = bytes.fromhex("d9d9f7bf6161f93c0061627f61786179ffff")
    old = PackedCoding("CBOR").document(data)
    assert old == {"a": 1.0, "b": "xy"}
    assert spliced(data, CBOR, old, {**old, "c": 1}) == data[:-1] + b"\x61c\x01\xff"
    assert spliced(data, CBOR, old, {**old, "a": 2}) == data[:6] + b"\x02" + data[9:]


def test_cbor_whose_parts_stand_for_each_other_is_not_changed() -> None:
    shared = [1]
    data = cbor2.dumps([shared, shared], value_sharing=True)
    with pytest.raises(Misfit, match="stand for other parts"):
        spliced(data, CBOR, cbor2.loads(data), [1])


@settings(max_examples=25)
@given(documents)
def test_what_is_written_for_people_is_read_as_the_same(document: Any) -> None:
    parsed = json.parse(json.write(document))
    assert same(json.parse(json.write(parsed, indent=2)), parsed)


def test_people_write_no_name_twice() -> None:
    with pytest.raises(Misfit, match="The name a occurs twice"):
        json.parse('[{"a": 1, "a": 2}]')


def test_numbers_keep_all_their_digits() -> None:
    text = "[1.10, 12345678901234567890.123456789, 1E-7, -0.0, 100000000000000000000000]"
    assert json.write(json.parse(text)) == text.replace(" ", "")
    assert json.parse("1.0") == Decimal("1.0")
    assert not same(json.parse("1.0"), json.parse("1.00"))


@pytest.mark.parametrize(
    ("text", "line", "column"), [('{"a": }', 1, 7), ('{\n "a": 1\n "b": 2}', 3, 2), ("[1,]", 1, 4)]
)
def test_where_a_text_is_no_json(text: str, line: int, column: int) -> None:
    with pytest.raises(Misfit) as caught:
        json.parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"line {line}, column {column}: it is no JSON")
