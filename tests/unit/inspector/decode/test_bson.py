"""The bytes were written by pymongo's bson."""

from __future__ import annotations

import pytest

from inspector.decode import decode

DOCUMENT = bytes.fromhex(
    "b2000000106100010000001262000000000000010000016300000000000000f83f02730003000000c3a9000a6e000874"
    "0001096174000021d907a2010000076964000123456789abcdef012345670572617700020000000000ff046c001c0000"
    "00103000010000000331000d000000047800050000000000000575001000000004000000000000000000000000000000"
    "070b72005e61006900117473000600000005000000ff6d6b00036400050000000000"
)


def test_what_pymongo_wrote_is_read() -> None:
    decoded = decode(DOCUMENT)
    assert decoded.encoding == "BSON"
    assert decoded.value == {
        "a": 1, "b": 1 << 40, "c": 1.5, "s": "é", "n": None, "t": True,
        "at": "2026-11-23T10:00:00.000+00:00", "id": "0123456789abcdef01234567", "raw": b"\0\xff",
        "l": [1, {"x": []}], "u": "00000000-0000-0000-0000-000000000007", "r": "/^a/i", "ts": "5.6",
        "mk": "MinKey", "d": {},
    }  # fmt: skip


@pytest.mark.parametrize("at", [4, 8, 60, 120])
def test_damaged_bytes_are_declined(at: int) -> None:
    damaged = DOCUMENT[:at] + b"\x7e\xee" + DOCUMENT[at + 2 :]
    assert decode(damaged).encoding != "BSON" or decode(damaged).value != decode(DOCUMENT).value


def test_a_length_that_is_not_its_own_is_declined() -> None:
    assert decode(DOCUMENT + b"\0").encoding != "BSON"
