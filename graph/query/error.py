"""What is wrong with a query, and where."""

from __future__ import annotations


class QueryError(Exception):
    """One sentence about the characters from `start` to `end` of a query."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
