"""Which rows are asked for, and what a table shows of one."""

from __future__ import annotations

import bisect

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.identity import ChannelId
from graph.model import Alias
from inspector.record import Position
from inspector.store.block import Stream


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
    """Occurs in the headers, or in the key or value as the table shows it; upper and lower case are alike."""


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
    """Whether its transaction was aborted, as far as is known."""
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


def rows_with_text(stream: Stream, text: str) -> NDArray[np.int64]:
    """Indexes of the pieces of a stream in which `text` occurs, upper and lower case alike, ascending."""
    if not text.isascii():
        wanted = text.casefold()
        if not stream.data or stream.data.isascii():
            return np.empty(0, np.int64)
        pieces = (stream.piece(index) or b"" for index in range(len(stream.ends)))
        return np.array(
            [i for i, piece in enumerate(pieces) if wanted in piece.decode("utf-8", "replace").casefold()],
            np.int64,
        )
    return pieces_with(stream.data.lower(), stream.ends, text.lower().encode())


def pieces_with(data: bytes, ends: NDArray[np.int64], wanted: bytes) -> NDArray[np.int64]:
    """Indexes of the pieces, by where they end in `data`, that hold some bytes (at least one), ascending."""
    stops = ends.tolist()
    found, at = [], data.find(wanted)
    while at >= 0:
        index = bisect.bisect_right(stops, at)
        if at + len(wanted) <= stops[index]:
            found.append(index)
            at = data.find(wanted, stops[index])
        else:  # it goes across two pieces
            at = data.find(wanted, at + 1)
    return np.array(found, np.int64)
