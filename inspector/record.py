"""One captured event, exactly as the broker gave it."""

from __future__ import annotations

from msgspec import Struct

from graph.identity import ChannelId

Headers = tuple[tuple[str, bytes | None], ...]
"""In their order, duplicates kept; a header's value may be null."""


class Position(Struct, frozen=True, order=True, cache_hash=True):
    """Where a record lies on its channel: partition and offset, or the broker's own two numbers."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"p{self.partition} · {self.offset}"


class Record(Struct, frozen=True, gc=False):
    """One event with its bytes untouched: null is None, empty is b''."""

    channel: ChannelId
    position: Position
    timestamp_ns: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    log_append_time: bool = False
    """Whether the broker set the timestamp (Kafka `LogAppendTime`) and not the sender."""
    producer_id: int = -1
    """Kafka's id of an idempotent producer; -1 where there is none."""
    producer_epoch: int = -1
    sequence: int = -1
    transactional: bool = False

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        size = len(self.key or b"") + len(self.value or b"")
        for name, value in self.headers:
            size += len(name) + len(value or b"")
        return size

    def header(self, name: str) -> str | None:
        """The first header of that name as text, upper and lower case alike; None where it is missing."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted and value is not None:
                return value.decode("utf-8", "replace")
        return None
