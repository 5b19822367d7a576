"""Heights at which many lines cross seldom, counted by the bands of height that they lead between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.layout.coordinates import Floats, Ints, Room

BANDS = 64
"""Most bands; fewer where layers are small,"""
FEWEST = 12
"""but not fewer than these."""
EDGE = 2
"""Bands left free over and under all places."""
STEPS = np.array(sorted({way * far for far in (0, 1, 2, 4, 8, 16) for way in (1, -1)}), dtype=float)
"""How many bands up or down a place is tried at."""
STAY = 1e-3
"""How many crossings it is worth to go one band less far."""
ENOUGH = 0.99
"""A pass that leaves more than this part of the crossings is the last one."""


class _Parts:
    """Straight lines cut at the layers they pass: one part for each gap between two layers."""

    def __init__(self, x: Floats, depth: Ints, lines: Ints, bands: int) -> None:
        lines = lines[depth[lines[:, 0]] < depth[lines[:, 1]]]
        first, last = depth[lines].T
        span = last - first
        line = np.repeat(np.arange(len(lines)), span)
        self.left, self.right = lines[line].T
        self.gap = first[line] + np.arange(len(line)) - np.repeat(np.cumsum(span) - span, span)
        self.gaps, self.bands = int(depth.max()), bands
        start, way = x[first][line], (x[last] - x[first])[line]
        self.begin, self.end = (x[self.gap] - start) / way, (x[self.gap + 1] - start) / way
        """How far along its line each part begins and ends, 0 to 1."""

    def crossings(self, level: Floats) -> tuple[Floats, float]:
        """How many parts one from each band to each other would cross in each gap, flat; and the sum of all.

        `level` is the height of every place in bands. Two parts cross where who is above changes between
        them, and do so half where they share a band.
        """
        rise = level[self.right] - level[self.left]
        here = (level[self.left] + rise * self.begin + 0.5).astype(np.int64)
        there = (level[self.left] + rise * self.end + 0.5).astype(np.int64)
        bands = self.bands
        cell = (self.gap * bands + here) * bands + there
        count = np.bincount(cell, minlength=self.gaps * bands * bands).reshape(-1, bands, bands)
        above = np.cumsum(count, axis=1) - count / 2
        begun, rows = above.sum(axis=2), count.sum(axis=1)
        ended = np.cumsum(rows, axis=1) - rows / 2
        both = np.cumsum(above, axis=2) - above / 2
        table = (begun[:, :, None] + ended[:, None, :] - 2 * both).ravel()
        return table, float(table[cell].sum()) / 2


class _Side:
    """The parts of lines as seen from the places of every second layer, which move while the others stand."""

    def __init__(self, parts: _Parts, among: Ints) -> None:
        """`among` are numbers of parts, and of parts seen from their right ends after all these."""
        own = np.concatenate([parts.left, parts.right])[among]
        among = among[np.argsort(own, kind="stable")]
        own = np.sort(own)
        self._own, self._far = own, np.concatenate([parts.right, parts.left])[among]
        self._row, self._bands = np.tile(parts.gap, 2)[among] * parts.bands, parts.bands
        self._begin = np.concatenate([1 - parts.begin, parts.begin])[among]
        self._end = np.concatenate([1 - parts.end, parts.end])[among]
        self._firsts = np.flatnonzero(np.diff(own, prepend=-1))
        self.places = own[self._firsts]

    def moves(self, level: Floats, table: Floats) -> Floats:
        """How many bands each of the places goes."""
        own, far = level[self._own], level[self._far]
        here = (far + (own - far) * self._begin + 0.5)[:, None] + STEPS * self._begin[:, None]
        there = (far + (own - far) * self._end + 0.5)[:, None] + STEPS * self._end[:, None]
        here, there = (np.clip(each, 0, self._bands - 1).astype(np.int32) for each in (here, there))
        cost = np.add.reduceat(table[(self._row[:, None] + here) * self._bands + there], self._firsts, axis=0)
        goal = level[self.places][:, None] + STEPS
        cost += np.where((goal < 0) | (goal > self._bands - 1), np.inf, STAY * np.abs(STEPS))
        steps: Floats = STEPS[cost.argmin(axis=1)]
        return steps


def settled(
    x: Floats, layers: Sequence[Ints], lines: Ints, places: Floats, room: Room, passes: int
) -> Floats:
    """Heights of places with fewer crossings of the straight lines between them.

    `x` is that of each layer, `lines` are pairs of places, the left one first, shape (m, 2). Every second
    layer stands still while each place of the others goes where its lines cross the fewest others, as far
    as there is room in its layer; a pass moves all of them once.
    """
    depth = np.empty(len(places), dtype=np.int64)
    for number, layer in enumerate(layers):
        depth[layer] = number
    bands = min(BANDS, max(FEWEST, 4 * max(len(layer) for layer in layers)))
    parts = _Parts(x, depth, lines, bands)
    odd = depth[np.concatenate([parts.left, parts.right])] % 2
    sides = [_Side(parts, np.flatnonzero(odd == number)) for number in (0, 1)]
    best, fewest = places, np.inf
    for number in range(passes + 1):
        band = max(float(np.ptp(places)), 1.0) / (bands - 1 - 2 * EDGE)
        low = float(places.min()) - EDGE * band
        table, crossed = parts.crossings((places - low) / band)
        if crossed < fewest:
            best = places
        if crossed >= fewest * ENOUGH or number == passes:
            break
        fewest = crossed
        places = places.copy()
        for way, side in enumerate(sides):
            level = np.clip((places - low) / band, 0, bands - 1)
            if way:
                table, _ = parts.crossings(level)
            places[side.places] += side.moves(level, table) * band
            for layer in layers[way::2]:
                order = layer[np.argsort(places[layer], kind="stable")]
                places[order] = room.fitted(order, places[order], np.ones(len(order)))
    return best
