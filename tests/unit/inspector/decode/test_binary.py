from __future__ import annotations

from datetime import UTC, datetime

import cbor2
import pytest

from inspector.decode import decode


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, None, True, b"\0"], "b": {"c": -(1 << 70)}},
        [{"name": "x" * 40}] * 30,
        {"at": datetime(2026, 11, 23, tzinfo=UTC)},
    ],
)
def test_what_cbor2_wrote_is_read(value: object) -> None:
    decoded = decode(cbor2.dumps(value))
    assert (decoded.encoding, decoded.value) == ("CBOR", value)
    assert decode(cbor2.dumps(cbor2.CBORTag(55799, value))).encoding == "CBOR"


def test_cbor_takes_all_bytes_or_none() -> None:
    data = cbor2.dumps({"a": [1, 2, "words"]})
    assert decode(data + b"\0").encoding != "CBOR"
    assert decode(data[:-1]).encoding != "CBOR"
