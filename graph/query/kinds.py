"""Kinds of fields: what can be written right of an operator, and what that means."""

from __future__ import annotations

import operator
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import Any

from graph.query import moments, patterns
from graph.query.moments import Clock

Match = Callable[[Any], bool]
"""Whether a value of a thing is what a query asks for."""
Compare = Callable[[Any, Any], bool]


class Kind(ABC):
    """What values a field has. All that it makes of words raises ValueError with a sentence."""

    signs: tuple[str, ...]
    """The operators that a field of this kind takes."""

    @abstractmethod
    def like(self, text: str, clock: Clock) -> Match:
        """What `field:text` means."""

    def exact(self, text: str, clock: Clock) -> Match:
        """What `field=text` means."""
        return partial(operator.eq, text)

    def search(self, text: str) -> Match:
        """What `field~text` means."""
        return patterns.regex(text)

    def compared(self, compare: Compare, end: int, text: str, clock: Clock) -> Match:
        """A comparison of the least (0) or the greatest (1) that a text means with a value."""
        raise ValueError(f"{text} has no order here.")


@dataclass(frozen=True)
class Words(Kind):
    """Text."""

    signs = (":", "~", "=")

    def like(self, text: str, clock: Clock) -> Match:
        """The whole text, with `*` for anything."""
        return patterns.wild(text)


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few words."""

    options: tuple[str, ...]
    signs = (":", "=")

    def like(self, text: str, clock: Clock) -> Match:
        """One of the words, or several by `*`."""
        chosen = patterns.wild(text)
        if not any(map(chosen, self.options)):
            raise ValueError(f"{text} is none of {_listed(self.options)}.{meant(text, self.options)}")
        return chosen


class Ordered(Kind):
    """Values with an order; `like` takes one, or a range of two such as `1..5`."""

    signs = (":", "=", "<", "<=", ">", ">=")

    @abstractmethod
    def bounds(self, text: str, clock: Clock) -> tuple[float, float]:
        """The least and the greatest value that a text means."""

    def like(self, text: str, clock: Clock) -> Match:
        """Within the bounds, both included."""
        least, most = self.bounds(text, clock)
        return lambda value: bool(least <= value <= most)

    def exact(self, text: str, clock: Clock) -> Match:
        """The same as `like`: a figure has no upper and lower case."""
        return self.like(text, clock)

    def compared(self, compare: Compare, end: int, text: str, clock: Clock) -> Match:
        """With one value, never with a range."""
        if ".." in text:
            raise ValueError("A range such as 1..5 stands after a colon. Write one value here.")
        return partial(compare, self.bounds(text, clock)[end])


NO_UNIT: dict[str, float] = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
BYTES: Mapping[str, float] = {
    "": 1.0, "B": 1.0, "k": 1e3, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9,
    "KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3,
}  # fmt: skip
PER_SECOND: dict[str, float] = NO_UNIT | {f"{unit}/s": factor for unit, factor in NO_UNIT.items()}
MILLISECONDS: Mapping[str, float] = {
    "": 1.0, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "min": 6e4, "h": 3.6e6,
}  # fmt: skip
SHARE: Mapping[str, float] = {"": 1.0, "%": 0.01}

_NUMBER = re.compile(r"([+-]?(?:\d{1,30}(?:\.\d{1,30})?|\.\d{1,30}))(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Number(Ordered):
    """A figure, with the factors of the units that may stand behind it."""

    units: Mapping[str, float]
    example: str

    def bounds(self, text: str, clock: Clock) -> tuple[float, float]:
        """A figure, or a range that may be open at one end."""
        first, dots, last = text.partition("..")
        least = self._figure(first) if first or not dots else float("-inf")
        most = self._figure(last) if dots and last else float("inf") if dots else least
        if dots and not (first or last):
            raise ValueError("A range needs an end, such as 1..5.")
        if most < least:
            raise ValueError(f"{text} ends before it begins.")
        return least, most

    def _figure(self, text: str) -> float:
        found = _NUMBER.fullmatch(text)
        if not found:
            raise ValueError(f"{text} is no number. Write one such as {self.example}.")
        unit = found[2].strip()
        if unit not in self.units:
            known = [each for each in self.units if each]
            raise ValueError(f"{unit} is no unit here." + (f" Use {_listed(known)}." if known else ""))
        return float(found[1]) * self.units[unit]


@dataclass(frozen=True)
class Mixed(Kind):
    """A value of any sort, as documents hold them: text, number, true, false, null, or parts."""

    signs = (":", "~", "=", "<", "<=", ">", ">=")

    def like(self, text: str, clock: Clock) -> Match:
        """A text, with `*` for anything; a number, or a range; `true`, `false`, `null`; `*` is any value."""
        words, bounds = patterns.wild(text), figures(text)

        def fits(value: Any) -> bool:
            if (written := _written(value)) is not None:
                return words(written)
            if isinstance(value, dict | list):
                return text == "*"
            return text == "*" or (bounds is not None and bool(bounds[0] <= value <= bounds[1]))

        return fits

    def exact(self, text: str, clock: Clock) -> Match:
        """A text, upper and lower case too, or a number."""
        bounds = figures(text)

        def fits(value: Any) -> bool:
            if (written := _written(value)) is not None:
                return written == text
            return _is_number(value) and bounds is not None and bool(bounds[0] <= value <= bounds[1])

        return fits

    def search(self, text: str) -> Match:
        """In a text, or in a value as it is written."""
        found = patterns.regex(text)

        def fits(value: Any) -> bool:
            written = str(value) if _is_number(value) else _written(value)
            return written is not None and found(written)

        return fits

    def compared(self, compare: Compare, end: int, text: str, clock: Clock) -> Match:
        """Numbers with a number, texts with anything else, in the order of their letters."""
        bounds = figures(text)
        if bounds is None:
            return lambda value: isinstance(value, str) and compare(text, value)
        if bounds[0] != bounds[1]:
            raise ValueError("A range such as 1..5 stands after a colon. Write one value here.")
        return lambda value: _is_number(value) and compare(bounds[0], value)


def figures(text: str) -> tuple[float, float] | None:
    """The least and the greatest number that a text means, such as `100` or `1..5`; None for other texts."""
    try:
        return _FIGURES.bounds(text, Clock())
    except ValueError:
        return None


def _written(value: Any) -> str | None:
    """What a query writes for a text, true, false or null; None for anything else."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    return ("true" if value else "false") if isinstance(value, bool) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


_FIGURES = Number({"": 1.0}, "100")


@dataclass(frozen=True)
class Time(Ordered):
    """A moment."""

    def bounds(self, text: str, clock: Clock) -> tuple[float, float]:
        """The nanoseconds that a time means, or a range of two."""
        return moments.spans(text, clock)


@dataclass(frozen=True)
class Since(Kind):
    """A moment, where all from the given one on is meant."""

    signs = (":",)

    def like(self, text: str, clock: Clock) -> Match:
        """From the beginning of the time on."""
        begin = moments.span(text, clock)[0]
        return lambda value: bool(value >= begin)


@dataclass(frozen=True)
class Until(Kind):
    """A moment, where all up to the given one is meant."""

    signs = (":",)

    def like(self, text: str, clock: Clock) -> Match:
        """Up to the end of the time."""
        end = moments.span(text, clock)[1]
        return lambda value: bool(value <= end)


def meant(word: str, known: tuple[str, ...]) -> str:
    """A question after the known word that is nearest, with a space before it; nothing where none is near."""
    near = get_close_matches(word.lower(), known, 1, 0.6)
    return f" Did you mean {near[0]}?" if near else ""


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(words[:-1]) + f" or {words[-1]}" if len(words) > 1 else words[0]
