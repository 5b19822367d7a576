"""Free text: where words occur in the key, the headers or the value of a record."""

from __future__ import annotations

from graph.query.patterns import wild
from inspector.record import Headers, Record
from inspector.traits import Traits


class Occurs:
    """Whether words occur in bytes: letters of ASCII in upper and lower case alike, others as they fold.

    With a `*` the whole of a key, value, or a header's name or value is meant.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        self._whole = wild(words) if "*" in words else None
        self._ascii = words.lower().encode() if words.isascii() else None
        self._folded = words.casefold()

    def in_bytes(self, data: bytes) -> bool:
        """Whether they occur in some bytes."""
        if self._whole is None and self._ascii is not None:
            return self._ascii in data.lower()
        if self._whole is None and data.isascii():
            return False
        text = data.decode("utf-8", "replace")
        return self._folded in text.casefold() if self._whole is None else self._whole(text)

    def in_record(self, record: Record, _traits: Traits) -> bool:
        """Whether they occur anywhere in it."""
        if any(map(self.in_bytes, filter(None, (record.key, record.value)))):
            return True
        return self.in_headers(record.headers)

    def in_headers(self, headers: Headers) -> bool:
        """Whether they occur in a name or a value."""
        return any(
            self.in_bytes(name.encode()) or (value and self.in_bytes(value)) for name, value in headers
        )
