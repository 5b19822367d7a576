"""Which parts of blocks may hold some bytes, asked of many blocks at once by their indexes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from inspector.store.block import FRAMES, GRAMS, HEADERS, KEYS, KINDS, MIXED
from inspector.store.blocks import Parts
from inspector.store.grams import Grams, Sought, Table, read_grams
from inspector.store.packing import Damaged, unpack

MOST_BYTES = 96 << 20
"""About what indexes may take in memory: those of twenty million records."""

AREAS = {
    "": [range(KINDS)],
    "keys": [range(KEYS, KEYS + 1)],
    "headers": [range(MIXED, MIXED + 1), range(HEADERS, KINDS)],
    "bodies": [range(FRAMES, HEADERS)],
}
"""Kinds of parts by what they hold; '' is all."""


class Holding(Struct):
    """Which parts of a block may hold what is looked for; of parts that the index does not know, any may."""

    groups: dict[int, int]
    mask: int

    def may(self, kind: int) -> bool:
        """Whether it may occur in the part of a kind."""
        group = self.groups.get(kind)
        return group is None or bool(self.mask >> group & 1)

    def any_of(self, start: int, stop: int) -> bool:
        """Whether it may occur in a part of some kinds that there are."""
        return any(self.mask >> group & 1 for kind, group in self.groups.items() if start <= kind < stop)

    @property
    def nowhere(self) -> bool:
        """Whether it occurs in none of the area that was asked for."""
        return not self.mask


Holdings = dict[int, Holding]
"""By the id of a block; nothing is known of others."""


class Sieve:
    """Where bytes may occur in the blocks of one file. Any thread may call."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: dict[int, Grams] = {}
        """What was read of indexes, as long as there is room."""
        self._bytes = 0

    def holdings(
        self,
        blocks: Sequence[int],
        runs: Sought,
        area: str = "",
        *,
        beyond: bool = False,
        odd: bool = False,
    ) -> Holdings:
        """Where some runs may occur in blocks, as far as their indexes can be read. Raises Damaged.

        `beyond`: other letters than those of ASCII may be what is looked for too, and with `odd` so may
        values that are no plain JSON.
        """
        found: Holdings = {}
        known = self.read(blocks)
        for block, grams in known.items():
            among = _among(tuple(grams.groups.items()), area)
            found[block] = Holding(grams.groups, grams.having(runs) & among)
        self._refine(runs, known, found)
        for block, holding in found.items():
            more = (known[block].beyond if beyond else 0) | (known[block].odd if odd else 0)
            if more:
                holding.mask |= more & _among(tuple(holding.groups.items()), area)
        return found

    def read(self, blocks: Sequence[int]) -> dict[int, Grams]:
        """The indexes of some blocks, as far as they can be read. Raises Damaged."""
        kept = self._known
        known = {block: grams for block in blocks if (grams := kept.get(block)) is not None}
        for number, blob in self._parts.blobs([each * KINDS + GRAMS for each in blocks if each not in known]):
            with contextlib.suppress(Damaged):
                grams = known[number // KINDS] = read_grams(self._parts.unpacked(blob))
                if self._bytes < MOST_BYTES:
                    kept[number // KINDS] = grams
                    self._bytes += grams.size
        return known

    def _refine(self, runs: Sought, known: dict[int, Grams], found: Holdings) -> None:
        """Take away what lacks a longer run, one run after the other for all that is left."""
        left: list[tuple[int, Table]] = [
            (block, table)
            for block, holding in found.items()
            for table in known[block].tables
            if holding.mask & table.groups
        ]
        for hashed in runs.long:
            left = [(block, table) for block, table in left if found[block].mask & table.groups]
            if not left:
                return
            numbers = [block * KINDS + table.slice(hashed) for block, table in left]
            slices = dict(self._parts.blobs(sorted(numbers)))
            for number, (block, table) in zip(numbers, left, strict=True):
                with contextlib.suppress(Damaged, KeyError):
                    found[block].mask &= ~table.groups | table.bit(hashed, unpack(slices[number]))


@lru_cache(256)
def _among(groups: tuple[tuple[int, int], ...], area: str) -> int:
    """Of groups by kind, those of an area as a mask."""
    found = {number for kind, number in groups if any(kind in span for span in AREAS[area])}
    return sum(1 << number for number in found)
