"""Work that is done bit by bit, so that a window can paint between two steps."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Gives what was made as its end."""


def done(steps: Steps[T]) -> T:
    """What comes of some steps, all at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: T = end.value
            return made
