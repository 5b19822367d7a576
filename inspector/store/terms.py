"""The numbers that stand in columns for channels, senders and other names that occur again and again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from graph.identity import ChannelId
from graph.model import Alias
from inspector.header_columns import Shape
from inspector.store.packing import NULL, Damaged

Term = ChannelId | Alias | str | Shape

_encode = msgspec.msgpack.encode
_DECODERS: dict[str, msgspec.msgpack.Decoder[Any]] = {
    "channel": msgspec.msgpack.Decoder(ChannelId),
    "sender": msgspec.msgpack.Decoder(Alias),
    "type": msgspec.msgpack.Decoder(str),
    "convention": msgspec.msgpack.Decoder(str),
    "codec": msgspec.msgpack.Decoder(str),
    "shape": msgspec.msgpack.Decoder(Shape),
}
KINDS = tuple(_DECODERS)


class Terms:
    """Numbers by term; `unsaved` are the terms that are not yet in the file."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[Any, int]] = {kind: {} for kind in KINDS}
        self.unsaved: list[tuple[str, int, bytes]] = []

    def number(self, kind: str, term: Term | None) -> int:
        """The number of a term, a new one for a new term; -1 for None."""
        if term is None:
            return NULL
        numbers = self._numbers[kind]
        number = numbers.get(term)
        if number is None:
            number = numbers[term] = len(numbers)
            self.unsaved.append((kind, number, _encode(term)))
        return number

    def numbers(self, kind: str, terms: list[Any]) -> list[int]:
        """The numbers of many terms."""
        number = {term: self.number(kind, term) for term in dict.fromkeys(terms)}
        return [*map(number.__getitem__, terms)]

    def load(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take terms from the file, in the order of their numbers."""
        for kind, data in rows:
            if kind in self._numbers:
                numbers = self._numbers[kind]
                numbers[decode(kind, data)] = len(numbers)


def decode(kind: str, data: bytes) -> Any:
    """A term; raises Damaged."""
    try:
        return _DECODERS[kind].decode(data)
    except (KeyError, msgspec.MsgspecError) as error:
        raise Damaged("a name in it cannot be read") from error
