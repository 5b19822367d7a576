from __future__ import annotations

import pytest

from graph.query.moments import Clock
from gui.events.jump import ToPosition, ToRow, ToTime, target

NOW = 1_795_443_128_412_000_000


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("p3@12345", ToPosition(12345, 3)),
        ("3@12,345", ToPosition(12345, 3)),
        ("@7", ToPosition(7)),
        ("p3 · 9,482,117", ToPosition(9_482_117, 3)),
        ("orders.placed p0@1", ToPosition(1, 0, "orders.placed")),
        ("#1,200", ToRow(1200)),
        ("1200", ToRow(1200)),
        ("-5m", ToTime(NOW - 300 * 10**9)),
        ("2026-11-23T14:12:08.4Z", ToTime(1_795_443_128_400_000_000)),
    ],
)
def test_what_is_written_is_understood(text: str, meant: object) -> None:
    assert target(text, Clock(NOW)) == meant


@pytest.mark.parametrize("text", ["", "p3", "orders", "p3@", "25:99", "@x"])
def test_the_rest_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as p3@12345"):
        target(text, Clock(NOW))
