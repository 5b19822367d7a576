"""How much of a channel's records is kept, and who chose that."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Level(StrEnum):
    """How much is kept of what is read; the value is how a command and a project file write it."""

    HEADERS_OF_BATCHES = "batches"
    """Who wrote how many records when; no record."""
    KEYS_AND_HEADERS = "keys"
    """Each record without its value."""
    EVERYTHING = "all"
    MATCHING = "matching"
    """Everything of the records for which a query holds."""


class ChannelLevel(Struct, frozen=True, forbid_unknown_fields=True):
    """The level of the channels that a pattern names."""

    channels: str
    """Glob over channel names."""
    level: Level
    query: str = ""
    """What holds of the records that are kept, for `Level.MATCHING`."""
