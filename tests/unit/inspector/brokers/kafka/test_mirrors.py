"""Keys of MirrorMaker's own records, as MirrorMaker 4.1.0 writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.brokers.kafka.mirrors import made_by_mirrors, strings


def test_keys() -> None:
    assert strings(b"\x00\x04east\x00\x04west", 2) == ("east", "west")
    assert strings(b"\x00\x06orders\x00\x00\x00\x00", 1) == ("orders",)


@given(st.binary(max_size=20), st.integers(1, 3))
def test_any_bytes_are_taken(key: bytes, count: int) -> None:
    found = strings(key, count)
    assert found is None or (len(found) == count and all(found))


@pytest.mark.parametrize(
    "key", [b"", b"\x00", b"\x00\x00", b"\x00\x09east", b"\xff\xffeast", b"\x00\x01\xff"]
)
def test_other_keys(key: bytes) -> None:
    assert strings(key, 1) is None


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("mm2-offset-syncs.west.internal", True),
        ("mm2-configs.west.internal", True),
        ("west.checkpoints.internal", True),
        ("orders.internal", False),
        ("heartbeats", False),
        ("west.orders", False),
    ],
)
def test_topics_that_mirrors_keep(name: str, made: bool) -> None:
    assert made_by_mirrors(name) is made
