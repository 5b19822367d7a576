"""Which rows are asked for, and what a table shows of one."""

from __future__ import annotations

from msgspec import Struct

from graph.identity import ChannelId
from graph.model import Alias
from inspector.record import Position


class RowFilter(Struct, frozen=True):
    """Rows for which all that is given holds; None and '' do not restrict."""

    channels: frozenset[ChannelId] | None = None
    senders: frozenset[Alias] | None = None
    type: str | None = None
    since_ns: int | None = None
    """Included."""
    until_ns: int | None = None
    """Not included."""
    text: str = ""
    """Occurs in the key, the value, or a header's name or value; see `text.Occurs`."""


class Row(Struct, frozen=True):
    """One record as a table shows it, without its bytes."""

    row: int
    timestamp_ns: int
    channel: ChannelId | None
    """None where the row is damaged."""
    position: Position
    type: str | None = None
    sender: Alias | None = None
    size: int = 0
    key: str = ""
    preview: str = ""
    is_null_key: bool = False
    is_null_value: bool = False
    event_id: str | None = None
    body_stored: bool = True
    """Whether the capture kept its value; where it did not, nothing is known of it."""
    aborted: bool = False
    """Whether its transaction was aborted."""
    damage: str = ""
    """A sentence where the row cannot be read."""


class Damage(Struct, frozen=True):
    """Rows of a capture that cannot be read."""

    first_row: int
    count: int
    """0 where it is not known how many."""
    reason: str

    @property
    def sentence(self) -> str:
        """For a person."""
        rows = f"to {self.first_row + self.count - 1:,}" if self.count else "and after"
        return f"Rows {self.first_row:,} {rows} of this capture are damaged ({self.reason})."
