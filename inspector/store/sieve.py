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

    @property
    def nowhere(self) -> bool:
        """Whether it occurs in none of the area that was asked for."""
        return not self.mask


Holdings = dict[int, Holding]
"""By the id of a block; nothing is known of others."""


def holdings(
    parts: Parts,
    blocks: Sequence[int],
    runs: Sought,
    area: str = "",
    *,
    beyond: bool = False,
    odd: bool = False,
) -> Holdings:
    """Where some runs may occur in blocks, as far as their indexes can be read.

    `beyond`: other letters than those of ASCII may be what is looked for too, and with `odd` so may values
    that are no plain JSON.
    """
    found: Holdings = {}
    known: dict[int, Grams] = {}
    for number, blob in parts.blobs([block * KINDS + GRAMS for block in blocks]):
        with contextlib.suppress(Damaged):
            grams = known[number // KINDS] = read_grams(parts.unpacked(blob))
            mask = grams.having(runs) & _among(tuple(grams.groups.items()), area)
            found[number // KINDS] = Holding(grams.groups, mask)
    _refine(parts, runs, known, found)
    for block, holding in found.items():
        more = (known[block].beyond if beyond else 0) | (known[block].odd if odd else 0)
        if more:
            holding.mask |= more & _among(tuple(holding.groups.items()), area)
    return found


def _refine(parts: Parts, runs: Sought, known: dict[int, Grams], found: Holdings) -> None:
    """Take away what lacks a longer run, one run after the other for all that is left."""
    left: list[tuple[int, Table]] = [
        (block, table) for block, holding in found.items() if holding.mask for table in known[block].tables
    ]
    for hashed in runs.long:
        left = [(block, table) for block, table in left if found[block].mask & table.groups]
        if not left:
            return
        slices = dict(parts.blobs(sorted({block * KINDS + table.slice(hashed) for block, table in left})))
        for block, table in left:
            with contextlib.suppress(Damaged, KeyError):
                data = unpack(slices[block * KINDS + table.slice(hashed)])
                found[block].mask &= ~table.groups | table.bit(hashed, data)


@lru_cache(256)
def _among(groups: tuple[tuple[int, int], ...], area: str) -> int:
    """Of groups by kind, those of an area as a mask."""
    found = {number for kind, number in groups if any(kind in span for span in AREAS[area])}
    return sum(1 << number for number in found)
