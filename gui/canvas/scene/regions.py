"""A large picture from afar: what stands together as one region, all lines between two as one bundle."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from graph.identity import ChannelId, GroupId, Place
from graph.view.rows import Rows
from gui.canvas.routes.routing import PULL, Floats
from gui.canvas.scene.tables import LineTable, NodeTable, Numbers

ACROSS = (110.0, 72.0)
"""About how large a region is on the screen, in px."""
MOST = 360
"""Bundles that are drawn: the largest ones."""
COMMON = 0.35
"""Part of a region's nodes that begin alike before it is called so."""
TABLE = 2_000_000
"""Codes up to this are counted in a table, which is faster than to sort them."""
_HEAD = re.compile(r"^[^./:_-]+")


@dataclass(frozen=True, eq=False)
class Regions:
    """Regions and the bundles between them."""

    middles: Floats
    """Of the nodes of each region, shape (regions, 2)."""
    counts: Numbers
    """Nodes in each."""
    names: tuple[str, ...]
    """How many of its nodes begin, where enough of them begin alike."""
    ways: Floats
    """The cubic of each bundle, shape (bundles, 4, 2), the smallest first."""
    bundled: Numbers
    """Lines in each bundle."""
    rates: NDArray[np.float64]
    """Records a second over all lines of each."""
    inside: int
    """Lines within regions, which are not drawn."""
    left: int
    """Lines in bundles that are too small to be drawn."""
    plates: dict[tuple[float, int], list[tuple[int, QRectF]]] = field(default_factory=dict)
    """Where names find room, by scale and look, once that was worked out."""


def span(scale: float) -> tuple[float, float]:
    """The size of regions in px of the plane; it doubles by steps, so that little zooming changes nothing."""
    grown = 2.0 ** round(-np.log2(scale))
    return ACROSS[0] * grown, ACROSS[1] * grown


def regions(nodes: NodeTable, lines: LineTable, size: tuple[float, float]) -> Regions:
    """What a scene consists of from afar. Lines of loops are in no bundle: they are drawn themselves."""
    centres = (nodes.rects[:, :2] + nodes.rects[:, 2:]) / 2
    cell = np.floor(centres / size).astype(np.int64)
    cell -= cell.min(axis=0, initial=0)
    _, region, counts = _numbered(cell[:, 0] * (cell[:, 1].max(initial=0) + 1) + cell[:, 1])
    number = len(counts)
    middles = np.stack(
        [np.bincount(region, weights=centres[:, axis], minlength=number) / counts for axis in (0, 1)], axis=1
    )
    plain = lines.rank < 0
    source, target = region[lines.source[plain]], region[lines.target[plain]]
    apart = source != target
    pairs, which, sizes = _numbered(source[apart] * number + target[apart])
    rates = np.bincount(which, weights=lines.rate[plain][apart], minlength=len(pairs))
    order = np.argsort(sizes, kind="stable")
    chosen = order[-MOST:]
    begin, end = middles[pairs[chosen] // number], middles[pairs[chosen] % number]
    return Regions(
        middles,
        counts,
        _names(nodes, region, counts),
        _ways(begin, end),
        sizes[chosen],
        rates[chosen].astype(np.float64),
        int(np.count_nonzero(~apart)),
        int(sizes[order[:-MOST]].sum()),
    )


def _numbered(codes: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The codes that there are, which of these each is, and how often each occurs."""
    if codes.max(initial=0) > TABLE:
        return np.unique(codes, return_inverse=True, return_counts=True)
    often = np.bincount(codes)
    used = often > 0
    return np.flatnonzero(used), (np.cumsum(used) - 1)[codes], often[used]


def _ways(begin: Floats, end: Floats) -> Floats:
    """Level at both ends; those that lead back run under those that lead on."""
    step = end - begin
    reach = np.zeros_like(step)
    reach[:, 0] = np.abs(step[:, 0]) * PULL
    back = step[:, 0] < 0
    bow = np.where(back, 0.12 * np.abs(step[:, 0]), 0.0)
    first, second = (
        begin + np.where(back[:, None], -reach, reach),
        end - np.where(back[:, None], -reach, reach),
    )
    first[:, 1] += bow
    second[:, 1] += bow
    return np.stack([begin, first, second, end], axis=1)


def _names(nodes: NodeTable, region: Numbers, counts: Numbers) -> tuple[str, ...]:
    heads, of = _heads(nodes.ids)
    often = np.bincount(region * len(heads) + of, minlength=len(counts) * len(heads))
    often = often.reshape(len(counts), len(heads))
    best = often.argmax(axis=1)
    enough = (counts > 1) & (often[np.arange(len(counts)), best] >= COMMON * counts)
    return tuple(heads[at] if on else "" for at, on in zip(best.tolist(), enough.tolist(), strict=True))


@lru_cache(maxsize=2)
def _heads(ids: Rows[Place]) -> tuple[list[str], Numbers]:
    """How names begin, and the number of that for every node; nothing is a beginning, too."""
    number: dict[str, int] = {"": 0}
    of = [number.setdefault(_head(key), len(number)) for key in ids]
    return list(number), np.array(of, dtype=np.int64)


@lru_cache(maxsize=100_000)
def _head(key: Place) -> str:
    found = _HEAD.match(key.name if isinstance(key, ChannelId | GroupId) else key.key)
    return found.group() if found else ""
