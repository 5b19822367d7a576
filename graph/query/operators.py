"""The operators, each with what it means: the help is made of them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

from graph.query.kinds import Compare, Kind, Match
from graph.query.moments import Clock


@dataclass(frozen=True)
class Operator:
    """What stands between a field and a value."""

    sign: str
    help: str
    match: Callable[[Kind, str, Clock], Match]
    """What is asked of the values of a field; raises ValueError with a sentence."""


def _compared(compare: Compare, end: int) -> Callable[[Kind, str, Clock], Match]:
    return lambda kind, text, clock: kind.compared(compare, end, text, clock)


OPERATORS: dict[str, Operator] = {
    each.sign: each
    for each in (
        Operator(":", "is; * stands for anything, 1..5 for a range", lambda kind, *text: kind.like(*text)),
        Operator("~", "contains a match of the regular expression", lambda kind, text, _: kind.search(text)),
        Operator("=", "is exactly, upper and lower case too", lambda kind, *text: kind.exact(*text)),
        Operator("<", "is less, or earlier", _compared(operator.gt, 0)),
        Operator("<=", "is not more, or not later", _compared(operator.ge, 1)),
        Operator(">", "is more, or later", _compared(operator.lt, 1)),
        Operator(">=", "is not less, or not earlier", _compared(operator.le, 0)),
    )
}
"""By sign."""
