"""The operators, each with what it means: the help is made of them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from graph.query import patterns
from graph.query.kinds import Kind, Match, Ordered
from graph.query.moments import Clock


@dataclass(frozen=True)
class Operator:
    """What stands between a field and a value."""

    sign: str
    help: str
    match: Callable[[Kind, str, Clock], Match]
    """What is asked of the values of a field; raises ValueError with a sentence."""


def _exact(kind: Kind, text: str, clock: Clock) -> Match:
    return kind.like(text, clock) if isinstance(kind, Ordered) else partial(operator.eq, text)


def _compared(compare: Callable[[float, float], bool], end: int) -> Callable[[Kind, str, Clock], Match]:
    """A comparison of the least (0) or the greatest (1) that a text means with a value."""

    def match(kind: Kind, text: str, clock: Clock) -> Match:
        assert isinstance(kind, Ordered)
        if ".." in text:
            raise ValueError("A range such as 1..5 stands after a colon. Write one value here.")
        return partial(compare, kind.bounds(text, clock)[end])

    return match


OPERATORS: dict[str, Operator] = {
    each.sign: each
    for each in (
        Operator(":", "is; * stands for anything, 1..5 for a range", lambda kind, *text: kind.like(*text)),
        Operator("~", "contains a match of the regular expression", lambda _, text, __: patterns.regex(text)),
        Operator("=", "is exactly, upper and lower case too", _exact),
        Operator("<", "is less, or earlier", _compared(operator.gt, 0)),
        Operator("<=", "is not more, or not later", _compared(operator.ge, 1)),
        Operator(">", "is more, or later", _compared(operator.lt, 1)),
        Operator(">=", "is not less, or not earlier", _compared(operator.le, 0)),
    )
}
"""By sign."""
