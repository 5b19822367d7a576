from __future__ import annotations

import pytest

from gui import figures
from inspector.record import Position


@pytest.mark.parametrize(
    ("position", "place"),
    [
        (Position(0, 0), "p0 · 0"),
        (Position(12, 1_234_567), "p12 · 1,234,567"),
        (Position(0, 1_795_510_200_000_000_123), "heard along"),
    ],
)
def test_a_place_is_where_a_record_lies(position: Position, place: str) -> None:
    assert figures.place(position) == place
