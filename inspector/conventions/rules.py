"""Rules of people about where their own records say who sent them and what caused them."""

from __future__ import annotations

from msgspec import Struct


class HeaderRule(Struct, frozen=True):
    """One fact of the records of some channels, in a header or in the body."""

    fact: str
    """`sender`, `type`, `id`, `parent` or `flow`."""
    header: str = ""
    """Name of the header, in any case; empty where `path` is given."""
    path: str = ""
    """JSON path into the decoded body, such as `$.metadata.source`."""
    channels: str = "*"
    """Glob over channel names."""
