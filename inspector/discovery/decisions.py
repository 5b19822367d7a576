"""What people decided about identities: it wins over all evidence."""

from __future__ import annotations

from msgspec import Struct

from graph.model import Alias


class Decisions(Struct, frozen=True):
    """Names that are one application, and names that are not, whatever else speaks for or against it."""

    together: tuple[tuple[Alias, Alias], ...] = ()
    apart: tuple[tuple[Alias, Alias], ...] = ()
    patterns: tuple[str, ...] = ()
    """Regular expressions over whole names. Names that one of them matches with equal groups are one
    application; a pattern without a group makes one of all that it matches."""
