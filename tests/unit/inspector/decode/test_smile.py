"""The bytes were written by Jackson's SmileGenerator 2.19.0."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.decode import decode

PLAIN = bytes.fromhex(
    "3a290a01fa816964426f2d3184736d616c6ccd82696e74241e1280836c6f6e6725010f5c3f3026958064290040191000"
    "0000000000806628037e000000807423816e6f22806e2184656d7074792082626967268d7f1c226f0024790c0f44361c"
    "07542e826465632a88837f073806c56772c3b6c39f65854772c3bcc39f65886c6f6e672074657874e078787878787878"
    "787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"
    "787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878fc8b6c"
    "6f6e6720756e69636f6465e4c3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bc"
    "c3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bc"
    "c3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bc"
    "c3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcfc826d6964677979797979797979797979797979"
    "797979797979797979797979797979797979797979797979797983756d6964a6c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9"
    "c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a982726177e8890000202018100a06037f03836c697374f8fa"
    "40426f2d3141c0fbfa40426f2d3141c2fbfa40426f2d3141c4fbf9fb"
)
SHARED = bytes.fromhex(
    "3a290a07fa816964426f2d3184736d616c6ccd82696e74241e1280836c6f6e6725010f5c3f3026958064290040191000"
    "0000000000806628037e000000807423816e6f22806e2184656d7074792082626967268d7f1c226f0024790c0f44361c"
    "07542e826465632a88837f073806c56772c3b6c39f65854772c3bcc39f65886c6f6e672074657874e078787878787878"
    "787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"
    "787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878fc8b6c"
    "6f6e6720756e69636f6465e4c3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bc"
    "c3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bc"
    "c3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bc"
    "c3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcc3bcfc826d6964677979797979797979797979797979"
    "797979797979797979797979797979797979797979797979797983756d6964a6c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9"
    "c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a982726177fd890001020304050607ff836c697374f8fa4001"
    "41c0fbfa400141c2fbfa400141c4fbf9fbff"
)
"""With shared values, raw binary and an end marker."""
VALUE: dict[str, Any] = {
    "id": "o-1", "small": -7, "int": 123456, "long": -1234567890123, "d": 18.25, "f": 1.5, "t": True,
    "no": False, "n": None, "empty": "", "big": -123456789012345678901234567890, "dec": Decimal("-12.3450"),
    "größe": "Grüße", "long text": "x" * 100, "long unicode": "ü" * 80, "mid": "y" * 40, "umid": "é" * 20,
    "raw": bytes([0, 1, 2, 3, 4, 5, 6, 7, 255]), "list": [{"id": "o-1", "small": i} for i in range(3)],
}  # fmt: skip


@pytest.mark.parametrize("data", [PLAIN, SHARED])
def test_what_jackson_wrote_is_read(data: bytes) -> None:
    decoded = decode(data)
    assert (decoded.encoding, decoded.value) == ("Smile", VALUE)


@settings(max_examples=60)
@given(st.integers(5, len(PLAIN) - 1))
def test_what_is_cut_off_is_declined(size: int) -> None:
    assert decode(PLAIN[:size]).encoding != "Smile"


def test_what_follows_is_no_part_of_it() -> None:
    assert decode(PLAIN + b"x").encoding != "Smile"
