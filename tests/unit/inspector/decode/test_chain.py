from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.decode import Decoded, decode
from inspector.record import Headers

EVENT = b'{"specversion": "1.0", "id": "1", "source": "/billing", "type": "order.paid", "data": {"total": 7}}'
FRAMED = b"\x00\x00\x00\x00\x0c"


def zipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def says(media_type: str) -> Headers:
    return (("Content-Type", media_type.encode()),)


@pytest.mark.parametrize(
    ("data", "encoding", "value"),
    [
        (None, "null", None),
        (b"", "empty", ""),
        (b"null", "JSON", None),
        (b'{"a": [1, 2.5, true, null, "x"]}', "JSON", {"a": [1, 2.5, True, None, "x"]}),
        (EVENT, "CloudEvents 1.0", json.loads(EVENT)),
        (b'{"specversion": 1}', "JSON", {"specversion": 1}),
        (FRAMED + b'{"a": 1}', "JSON with schema 12", {"a": 1}),
        (FRAMED + b"\x02\x06abc", "binary", FRAMED + b"\x02\x06abc"),
        (msgspec.msgpack.encode({"a": [1, b"\0"]}), "MessagePack", {"a": [1, b"\0"]}),
        (b"<order id='1'><total>7</total></order>", "XML", {"order": {"@id": "1", "total": "7"}}),
        ("<a>é</a>".encode("utf-16"), "XML", {"a": "é"}),
        (b"hello", "text", "hello"),
        ("Grüße\n".encode(), "text", "Grüße\n"),
        ("Grüße".encode("utf-16"), "UTF-16 text", "Grüße"),
        (b"0123", "text", "0123"),
        (b"\x00\x01\xff", "binary", b"\x00\x01\xff"),
        (zipped(b'{"a": 1}'), "gzip, then JSON", {"a": 1}),
        (zipped(b"one, ") + zipped(b"two"), "gzip, then text", "one, two"),
        (zstandard.compress(zipped(b"x")), "zstd, then gzip, then text", "x"),
        (zipped(b""), "gzip, then empty", ""),
    ],
)
def test_what_bytes_are_read_as(data: bytes | None, encoding: str, value: object) -> None:
    decoded = decode(data)
    assert (decoded.encoding, decoded.value, decoded.problem) == (encoding, value, "")
    *declined, took = decoded.attempts
    assert took.reason == "" or "then" in encoding
    assert all(attempt.reason for attempt in declined) or "then" in encoding


@pytest.mark.parametrize(
    ("data", "media_type", "encoding", "value"),
    [
        ("Grüße".encode("cp1252"), "text/plain; charset=windows-1252", "windows-1252 text", "Grüße"),
        ("Grüße".encode("utf-32"), "text/plain", "UTF-32 text", "Grüße"),
        (base64.b64encode(b'{"a": 1, "b": "xyz"}'), "text/plain", "base64, then JSON", {"a": 1, "b": "xyz"}),
        (base64.b64encode(zipped(b"hello hello")), "", "base64, then gzip, then text", "hello hello"),
        (base64.b64encode(b"any other bytes"), "", "text", base64.b64encode(b"any other bytes").decode()),
        (b"[" + EVENT + b"," + EVENT + b"]", "", "CloudEvents 1.0 batch of 2", [json.loads(EVENT)] * 2),
    ],
)
def test_text_in_other_clothes(data: bytes, media_type: str, encoding: str, value: object) -> None:
    decoded = decode(data, says(media_type))
    assert (decoded.encoding, decoded.value, decoded.problem) == (encoding, value, "")


def reason(decoded: Decoded, decoder: str) -> str:
    return next(attempt.reason for attempt in decoded.attempts if attempt.decoder == decoder)


def test_each_decoder_says_why_it_declined() -> None:
    decoded = decode(FRAMED + b"\x02\xff")
    assert reason(decoded, "schema registry") == (
        "as a schema registry's it would have schema 12, and no registry is known;"
        " write ?registry=http://host:8081 behind the address of the server,"
        " or name a folder of schemas in the project"
    )
    assert reason(decoded, "JSON") == "it is not UTF-8 from byte 6 on"
    assert reason(decoded, "text") == "it is not UTF-8 from byte 6 on"
    assert reason(decoded, "MessagePack") == "it does not begin with a map or an array"
    assert reason(decode(b"a\0b"), "text") == "it holds control characters"
    assert reason(decode(b"\x92\x01"), "MessagePack") == "input data was truncated"
    assert reason(decode(b"<a><b></a>"), "XML") == "mismatched tag in line 1, column 9"
    assert reason(decode(b'{"specversion": "1.0", "id": "1"}'), "CloudEvents") == "there is no source"


@pytest.mark.parametrize(
    ("data", "media_type", "problem"),
    [
        (
            b'{"customer": "x" "y"}',
            "application/json",
            "The content-type header says application/json, and the value is not JSON: unexpected character",
        ),
        ('{"é": 1,, }'.encode(), "application/json; charset=utf-8", "at byte 9"),
        (b"hello", '"application/json"', "says application/json, and the value is not JSON"),
        (b"hello", "application/vnd.shop+json", "says application/vnd.shop+json, and the value is not JSON"),
        (b"{}", "application/cloudevents+json", "the value is not CloudEvents: there is no specversion."),
        (b"{}", "text/xml", "the value is not XML: it does not begin with <."),
        (
            b"{}",
            "application/msgpack",
            "the value is not MessagePack: it does not begin with a map or an array.",
        ),
        (b"\xff\0", "text/plain", "says text/plain, which these bytes cannot be read as here."),
        (b"\xff\0", "avro/binary", "says avro/binary, which these bytes cannot be read as here."),
        (b"{}", "avro/binary", ""),
        (b"{}", "text/plain", ""),
        (b"{}", "application/octet-stream", ""),
        (b"\xff\0", "application/octet-stream", ""),
        (zipped(b"{}"), "application/json", ""),
        (
            zipped(b"[1, x]"),
            "application/json",
            "the value is not JSON: unexpected character at byte 4.",
        ),
    ],
)
def test_a_value_that_is_not_what_its_header_says(data: bytes, media_type: str, problem: str) -> None:
    decoded = decode(data, says(media_type))
    assert problem in decoded.problem
    assert bool(problem) == bool(decoded.problem)
    assert decoded.value is not None


def test_the_byte_of_the_fault_is_exact() -> None:
    decoded = decode(b'{"customer": "x" "y"}', says("application/json"))
    assert decoded.problem.endswith("at byte 17.")
    assert decoded.value == '{"customer": "x" "y"}'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("-9223372036854775809", -9223372036854775809),
        ("0.12345678901234567890123", Decimal("0.12345678901234567890123")),
        ("12345678901234567.5", Decimal("12345678901234567.5")),
        ("0.1", 0.1),
        ("1" * 5000, Decimal("1" * 5000)),
        ("1e400", Decimal("1e400")),
    ],
)
def test_no_number_loses_digits(text: str, value: object) -> None:
    for written, expected in ((text, value), (f'{{"a": {text}}}', {"a": value})):
        decoded = decode(written.encode())
        assert decoded.value == expected
        assert type(decoded.value) is type(expected)


def test_a_name_that_occurs_twice_is_said() -> None:
    decoded = decode(b'[{"id": 1, "a": 0, "id": 2}]')
    assert decoded.value == [{"id": 2, "a": 0}]
    assert decoded.problem.startswith("The name “id” occurs 2 times in one object.")


def test_what_is_almost_json_is_shown_with_a_sentence() -> None:
    decoded = decode(b'{"x": NaN, "y": -Infinity}')
    assert math.isnan(decoded.value["x"])
    assert decoded.value["y"] == -math.inf
    assert "NaN or Infinity" in decoded.problem
    assert "byte order mark" in decode(b"\xef\xbb\xbf{}").problem


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_nesting_ends_in_text(opening: bytes) -> None:
    deep = opening * 100_000
    assert decode(deep).encoding == "text"
    assert decode(deep + b"NaN").encoding == "text"
    assert decode(b"\x91" * 100_000).encoding == "binary"


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_bombs_are_not_unpacked(name: str) -> None:
    compress: Callable[[bytes], bytes] = gzip.compress if name == "gzip" else zstandard.compress
    bomb = compress(b"\0" * (40 << 20))
    assert len(bomb) < 50_000
    decoded = decode(bomb)
    assert decoded.encoding == "binary"
    assert reason(decoded, name) == "it unpacks to more than 32 MB"
    nested = b"x"
    for _ in range(5):
        nested = compress(nested)
    assert decode(nested).encoding == ", then ".join([name] * 3 + ["binary"])


@pytest.mark.parametrize("data", [zipped(b"hello")[:-3], zipped(b"hello") + b"more", b"\x1f\x8b\x00\x00"])
def test_spoilt_gzip_is_bytes(data: bytes) -> None:
    decoded = decode(data)
    assert decoded.value == data
    assert reason(decoded, "gzip")


def test_spoilt_zstd_is_bytes() -> None:
    for data in (zstandard.compress(b"hello" * 99)[:-3], b"\x28\xb5\x2f\xfd\xff\xff"):
        assert decode(data).value == data


def test_document_types_and_entities_are_never_opened() -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    outside = b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
    for document in (laughs, outside):
        decoded = decode(document)
        assert decoded.value == document.decode()
        assert reason(decoded, "XML") == "it declares a document type, which is not opened"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON_VALUES)
def test_json_comes_back_as_it_was(value: Any) -> None:
    decoded = decode(json.dumps(value).encode(), says("application/json"))
    assert decoded.encoding in ("JSON", "CloudEvents 1.0")
    assert decoded.value == value


@settings(deadline=None)
@given(
    st.none() | st.binary(max_size=200),
    st.lists(st.tuples(st.sampled_from(["content-type", "x"]), st.none() | st.binary())),
)
def test_any_bytes_and_headers_are_read_as_something(
    data: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    decoded = decode(data, tuple(headers))
    assert decoded.encoding
    assert (decoded.value is None) == (decoded.encoding == "null" or data == b"null")
