"""What people decided about identities: it wins over all evidence."""

from __future__ import annotations

import re

from msgspec import Struct

from graph.model import PRODUCER_ID, Alias
from inspector.errors import InspectorError

Pair = tuple[Alias, Alias]


class BadPattern(InspectorError):
    """A pattern over names is no regular expression."""


class Decisions(Struct, frozen=True):
    """Names that are one application, and names that are not, whatever else speaks for or against it.

    What is kept apart holds always; of several of `together` that cannot all hold beside it, the later ones.
    """

    together: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()
    patterns: tuple[str, ...] = ()
    """Regular expressions over whole names. Names that one of them matches with equal groups are one
    application; a pattern without a group makes one of all that it matches."""

    def compiled(self) -> list[re.Pattern[str]]:
        """The patterns, in their order. Raises BadPattern."""
        patterns = []
        for text in self.patterns:
            try:
                patterns.append(re.compile(text))
            except re.error as error:
                message = f"The pattern {text} over names cannot be read: {error}."
                raise BadPattern(message, "Correct it or take it away.") from error
        return patterns

    def producer_ids(self) -> set[str]:
        """Those that were decided about."""
        pairs = (*self.together, *self.apart)
        return {alias.value for pair in pairs for alias in pair if alias.kind == PRODUCER_ID}
