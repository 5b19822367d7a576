from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.decode.hexdump import HexLine, line_count, lines


def test_a_line() -> None:
    assert lines(b"Hi\0\xff" + b"0123456789abc") == [
        HexLine(0, "48 69 00 ff 30 31 32 33  34 35 36 37 38 39 61 62", "Hi..0123456789ab"),
        HexLine(16, "63" + " " * 46, "c"),
    ]
    assert lines(b"") == []


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 20), st.integers(0, 20))
def test_lines_hold_the_bytes_of_their_range(data: bytes, first: int, count: int) -> None:
    shown = lines(data, first, count)
    assert b"".join(bytes.fromhex(line.hex) for line in shown) == data[first * 16 : (first + count) * 16]
    assert {len(line.hex) for line in shown} <= {48}
    assert len(lines(data)) == line_count(data)


def test_ten_megabytes_open_at_once() -> None:
    data = bytes(10_000_000)
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        assert len(lines(data, 300_000, 60)) == 60
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.02
