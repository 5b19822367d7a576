"""Why a changed document cannot be turned into bytes, and where in it that lies."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.decode.tree import joined

Steps = tuple[str | int, ...]
"""Names of fields and positions in lists, from the outside in."""


class Misfit(ValueError):
    """A sentence about one place of a document.

    Attributes:
        why: a clause without a full stop.
        steps: where it lies in the document; empty for all of it.
        line: where it lies in a text that cannot be read, from 1; 0 where it can be read.
        column: the character of that line, from 1.
    """

    def __init__(self, why: str, steps: Sequence[str | int] = (), line: int = 0, column: int = 0) -> None:
        self.why, self.steps, self.line, self.column = why, tuple(steps), line, column
        super().__init__(f"{self.place}: {why}." if self.place else f"{why[:1].upper()}{why[1:]}.")

    @property
    def place(self) -> str:
        """As people read it: `items[0].sku` or `line 3, column 7`; empty for all of the document."""
        return f"line {self.line}, column {self.column}" if self.line else path_text(self.steps)


def path_text(steps: Sequence[str | int]) -> str:
    """Steps as the query language writes them: `items[0].sku`."""
    path = ""
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else joined(path, step)
    return path
