from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.decode.preview import preview, size_text


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (None, "null"),
        (b"", "<empty>"),
        (b"order-1", "order-1"),
        ("Größe 🚀".encode(), "Größe 🚀"),
        (b'{\n  "a": 1,\r\n\t"b": 2\n}', '{ "a": 1, "b": 2 }'),
        (b"0123456789abcdefghij", "0123456789abcdefghij"),
        (b"0123456789abcdefghijk", "0123456789abcdefghi…"),
        (b"\x00\x00\x00\x07", "0x00000007"),
        (b"\xff\xfe" * 2000, "<binary 4.0 KB>"),
        ("a\u202eb".encode(), "a\ufffdb"),
    ],
)
def test_preview(data: bytes | None, shown: str) -> None:
    assert preview(data, 20) == shown


@pytest.mark.parametrize("start", range(4))
def test_a_cut_through_a_character_is_still_text(start: int) -> None:
    assert preview(b"x" * start + "é🚀".encode() * 50, 20) == ("x" * start + "é🚀" * 50)[:19] + "…"


@settings(deadline=None)
@given(st.none() | st.binary(max_size=300) | st.text(max_size=100).map(str.encode), st.integers(35, 160))
def test_any_bytes_give_one_short_printable_line(data: bytes | None, limit: int) -> None:
    shown = preview(data, limit)
    assert 0 < len(shown) <= limit or not shown.strip()
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (999_960, "1.0 MB"),
        (10_000_000, "10.0 MB"),
        (2_500_000_000, "2.5 GB"),
    ],
)
def test_size_text(size: int, text: str) -> None:
    assert size_text(size) == text
