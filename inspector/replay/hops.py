"""Whether records of a replay come round, and how often: told by the marks that they, or copies, carry."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from graph.identity import ChannelId
from inspector.record import Position, Record
from inspector.replay.marks import origin_of

MOST = 50_000
"""Originals that are remembered; of more, those whose checksum is lowest."""


class Hops:
    """Those of one run. What is not read is not seen."""

    def __init__(self, run: str, allowed: int, most: int = MOST) -> None:
        self._run, self._allowed, self._most = run, allowed, most
        self._places: dict[tuple[bytes, ChannelId], set[Position]] = {}
        self._below = 1 << 32

    def saw(self, records: Iterable[Record]) -> str:
        """Take in what was read anywhere; where one has come round too often, a sentence that says where."""
        for record in records:
            marks = origin_of(record.headers)
            if marks is None or marks[0] != self._run or crc32(marks[1]) >= self._below:
                continue
            seen = self._places.setdefault((marks[1], record.channel), set())
            seen.add(record.position)
            if len(seen) > self._allowed + 1:
                return (
                    f"Records of this replay come round to {record.channel.name}: one of them was there "
                    f"{len(seen)} times, and {self._allowed} rounds are allowed."
                )
            if len(self._places) > self._most:
                self._below //= 2
                kept = self._places.items()
                self._places = {at: seen for at, seen in kept if crc32(at[0]) < self._below}
        return ""
