"""Masks: what they hide is nowhere in what is left, and the rest is as it was."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.capture.masked_json import ANY, ANYWHERE, json_path
from inspector.capture.masks import MASK, NO_MASKS, Mask, Masks
from inspector.errors import InspectorError
from inspector.record import Headers, Position, Record, RecordBatch

SERVER = ServerId("kafka", "broker:9092")


def record(
    value: bytes | None, key: bytes | None = None, headers: Headers = (), channel: str = "orders"
) -> Record:
    return Record(ChannelId(SERVER, ChannelKind.TOPIC, channel), Position(0, 7), 1, key, value, headers)


def masked(value: bytes | None, *masks: Mask) -> bytes | None:
    return Masks.of(masks).record(record(value)).value


def test_without_masks_a_record_is_itself() -> None:
    one = record(b'{"a": 1}', b"k", (("h", None),))
    assert not NO_MASKS.any
    assert Masks.of([]) is NO_MASKS
    assert NO_MASKS.record(one) is one


def test_paths_find_their_places_and_leave_other_bytes_alone() -> None:
    value = b'{"id": 123456789012345678901, "sum": 1.50, "to": {"email": "a@b", "n": null}, "email": [1, 2]}'
    assert masked(value, Mask(path="$..email")) == (
        b'{"id":123456789012345678901,"sum":1.50,"to":{"email":"***","n":null},"email":"***"}'
    )
    assert masked(value, Mask(path="$.email")) == (
        b'{"id":123456789012345678901,"sum":1.50,"to":{"email": "a@b", "n": null},"email":"***"}'
    )
    rows = b'[{"p": 1}, {"p": 2}, {"p": 3}]'
    assert masked(rows, Mask(path="$[*].p")) == b'[{"p":"***"},{"p":"***"},{"p":"***"}]'
    assert masked(rows, Mask(path="$[-1].p")) == b'[{"p": 1},{"p": 2},{"p":"***"}]'
    assert masked(rows, Mask(path="$.p")) == rows
    assert masked(b'{"a b": 1}', Mask(path="$['a b']")) == b'{"a b":"***"}'
    assert masked(b'{"": 1}', Mask(path="$['']")) == b'{"":"***"}'


def test_a_value_in_which_the_place_cannot_be_found_is_masked_as_a_whole() -> None:
    for value in (b"email: a@b", b"\x80\x81", b'{"email": "a@b"', b'{"a": NaN, "email": 1}', b"[" * 100_000):
        assert masked(value, Mask(path="$.email")) == MASK
    assert masked(b'\0\0\0\0\x07{"email":"a@b"}', Mask(path="$.email")) == b'\0\0\0\0\x07{"email":"***"}'
    assert masked(b"\0\0\0\0\x07avro a@b", Mask(path="$.email")) == MASK
    assert masked(None, Mask(path="$.email")) is None
    assert masked(b"", Mask(path="$.email")) == b""


def test_a_name_that_stands_twice_is_masked_twice() -> None:
    assert b"a@b" not in (masked(b'{"email": "a@b", "email": 1}', Mask(path="$.email")) or b"")


def test_patterns_match_what_is_meant_however_json_writes_it() -> None:
    card = Mask(pattern=r"\b\d{16}\b")
    assert masked(b'{"t":"\\u0031234567812345678"}', card) == b'{"t":"***"}'
    assert masked(b'{"t":1234567812345678,"u":12}', card) == b'{"t":"***","u":12}'
    assert masked(b'{"1234567812345678":1}', card) == b'{"***":1}'
    assert masked(b"<t>1234567812345678</t>", card) == b"<t>***</t>"

    one = Masks.of([card]).record(record(None, b"1234567812345678", (("a", b"x 1234567812345678"),)))
    assert (one.key, one.headers) == (b"***", (("a", b"x ***"),))


def test_headers_and_keys() -> None:
    headers: Headers = (("Authorization", b"Bearer x"), ("auth", None), ("AUTH-2", b""), ("x", b"y"))
    one = Masks.of([Mask(header="auth*"), Mask(key=True)]).record(record(b"v", b"k", headers))
    assert one.headers == (("Authorization", MASK), ("auth", None), ("AUTH-2", b""), ("x", b"y"))
    assert (one.key, one.value) == (MASK, b"v")


def test_a_mask_holds_on_its_channels_alone() -> None:
    masks = Masks.of([Mask(key=True, channels="pay*")])
    assert (masks.on("payments"), masks.on("orders")) == (True, False)
    assert masks.record(record(None, b"k")).key == b"k"
    assert masks.record(record(None, b"k", channel="payments")).key == MASK


def test_a_batch_is_masked_as_its_records_are() -> None:
    masks = Masks.of([Mask(path="$.a"), Mask(header="h")])
    records = [record(b'{"a":1}', b"k", (("h", b"v"),)), record(None), record(b"no json")]
    batch = RecordBatch(
        records[0].channel,
        0,
        [7, 7, 7],
        [1, 1, 1],
        [one.key for one in records],
        [one.value for one in records],
        [one.headers for one in records],
    )
    after = masks.batch(batch)
    assert [after.record(i) for i in range(3)] == [masks.record(one) for one in records]
    without = msgspec.structs.replace(batch, values=None)
    assert masks.batch(without).values is None


@pytest.mark.parametrize(
    "mask",
    [
        Mask(),
        Mask(header="a", key=True),
        Mask(path="a.b"),
        Mask(path="$"),
        Mask(path="$.."),
        Mask(pattern="("),
        Mask(pattern="a*"),
        Mask(key=True, channels=""),
    ],
)
def test_a_mask_that_cannot_be_followed_is_refused(mask: Mask) -> None:
    with pytest.raises(InspectorError):
        Masks.of([mask])


def test_paths() -> None:
    assert json_path("$.a[0]['b c'].*[*]..d") == ("a", 0, "b c", ANY, ANY, ANYWHERE, "d")


_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def _plainly(value: Any) -> Any:
    """What `$..a` leaves, worked out on the decoded value."""
    if isinstance(value, dict):
        return {name: "***" if name == "a" else _plainly(each) for name, each in value.items()}
    return [_plainly(each) for each in value] if isinstance(value, list) else value


@settings(deadline=None, max_examples=60)
@given(_values)
def test_any_depth_against_the_decoded_value(value: Any) -> None:
    after = masked(msgspec.json.encode(value), Mask(path="$..a"))
    assert msgspec.json.decode(after or b"") == _plainly(value)
