"""Columns of an answer as what a chart draws: names or numbers across, numbers upwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gui.sql.answer import text
from inspector.exchange.sql import Answer

MOST_BARS, MOST_POINTS, MOST_SERIES = 200, 20_000, 8


@dataclass(frozen=True)
class Series:
    """One line, or bars of one colour."""

    name: str
    values: tuple[float | None, ...]
    """None where there is nothing to draw."""


@dataclass(frozen=True)
class Drawn:
    """What a chart draws."""

    names: tuple[str, ...] = ()
    """What stands below each place."""
    at: tuple[float, ...] = ()
    """Where each place is: evenly spread for names, to scale for numbers."""
    series: tuple[Series, ...] = ()
    left_out: int = 0
    """Rows that there is no room for."""

    @property
    def low(self) -> float:
        """The least that is drawn, 0 where all is above it."""
        return min(0.0, *(value for each in self.series for value in each.values if value is not None), 0.0)

    @property
    def high(self) -> float:
        """The most that is drawn, 0 where all is below it."""
        return max(0.0, *(value for each in self.series for value in each.values if value is not None), 0.0)


def drawn(answer: Answer, across: int, upwards: Sequence[int], *, bars: bool) -> Drawn:
    """Columns by their numbers; rows of lines by the number across, where it is one."""
    rows = [row for row in answer.rows if row[across] is not None]
    scaled = not bars and all(isinstance(row[across], (int, float)) for row in rows)
    if scaled:
        rows = sorted(rows, key=lambda row: _number(row[across]) or 0.0)
    kept = rows[: MOST_BARS if bars else MOST_POINTS]
    return Drawn(
        tuple(text(row[across]) for row in kept),
        tuple((_number(row[across]) or 0.0) if scaled else float(at) for at, row in enumerate(kept)),
        tuple(
            Series(answer.names[column], tuple(_number(row[column]) for row in kept))
            for column in list(upwards)[:MOST_SERIES]
        ),
        len(rows) - len(kept),
    )


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`, about `most` of them."""
    if not high > low:
        high = low + 1.0
    raw = (high - low) / max(1, most)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= raw)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [each * step for each in range(first, last + 1)]


def short(value: float) -> str:
    """A number beside an axis: `0`, `0.25`, `1,500`, `2.5 M`."""
    for size, unit in ((1e9, " G"), (1e6, " M")):
        if abs(value) >= size:
            return f"{value / size:g}{unit}"
    return f"{value:,.6g}" if abs(value) < 1e5 else f"{value:,.0f}"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
