"""Which records are to be sent again: a value that can be written down, and asked again after a crash."""

from __future__ import annotations

from msgspec import Struct

from graph.identity import ChannelId


class Span(Struct, frozen=True):
    """Records of a channel from an offset to before another; None does not restrict."""

    channel: ChannelId
    partition: int | None = None
    first: int | None = None
    end: int | None = None


class Choice(Struct, frozen=True, kw_only=True):
    """The records for which all that is given holds.

    A single record and a selection are `rows`; a range is a span or two times; a whole dead-letter channel
    is `channels` alone, whose end is frozen when the records are gathered.
    """

    source: str
    """Path of a capture or of a file of JSON lines, or the address of a server."""
    rows: tuple[int, ...] | None = None
    """Rows of the capture."""
    query: str = ""
    channels: tuple[str, ...] = ()
    """Globs over names of channels."""
    since_ns: int | None = None
    """Included."""
    until_ns: int | None = None
    """Not included."""
    spans: tuple[Span, ...] = ()

    @property
    def live(self) -> bool:
        """Whether the records are read from a server."""
        return "://" in self.source

    @property
    def bounded(self) -> bool:
        """Whether anything restricts it."""
        return self != Choice(source=self.source)
