"""The order of places from top to bottom within their layers, with few crossings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DENSE = 300
"""Up to this many nodes all eigenvectors at once are the fastest way to several of the slowest ones,"""
LONE = 60
"""and up to this many to one."""


def spectral(count: int, arcs: Ints, vectors: int, rounds: int) -> Floats:
    """Smooth coordinates of the nodes of a connected graph: neighbours get near values.

    The slowest vectors of the lazy random walk after the constant one (Koren 2005, "Drawing graphs by
    eigenvectors"), orthogonal in the inner product of the degrees: exact in small graphs, by power iteration
    and deflation in large ones. Shape (vectors, count); fewer where there are no more.
    """
    heads, tails = np.concatenate([arcs, arcs[:, ::-1]]).T
    degree = np.maximum(np.bincount(heads, minlength=count).astype(np.float64), 1e-9)
    if count <= (DENSE if vectors > 1 else LONE):
        # Edges weigh a little differently, so that a symmetric graph has one answer on every machine.
        weight = np.tile(1.0 + 1e-3 * np.cos(2.399963 * np.arange(len(arcs))), 2)
        root = np.sqrt(np.bincount(heads, weight, count))
        walk = np.zeros((count, count))
        np.add.at(walk, (heads, tails), weight / (root[heads] * root[tails]))
        found = (np.linalg.eigh(walk)[1][:, ::-1][:, 1 : vectors + 1] / root[:, None]).T
        # Either direction of an eigenvector is right; one of them is taken everywhere.
        largest = np.abs(np.round(found, 9)).argmax(axis=1)
        signed: Floats = found * np.sign(found[np.arange(len(found)), largest])[:, None]
        return signed
    known = [np.full(count, 1.0 / np.sqrt(degree.sum()))]
    for number in range(vectors):
        x = np.cos(np.arange(count) * (2.399963 + number) + number)
        for _ in range(rounds):
            for vector in known:
                x -= vector * float(vector @ (degree * x))
            x = 0.5 * (x + np.bincount(heads, weights=x[tails], minlength=count) / degree)
            x /= np.sqrt(float(x @ (degree * x))) or 1.0
        known.append(x)
    return np.array(known[1:])


class Ladder:
    """Places in layers, with the links between neighbouring layers as one matrix for each gap."""

    def __init__(self, depth: Ints, links: Ints) -> None:
        """`depth` is the layer of each place, `links` are pairs of places, left one first, shape (m, 2)."""
        self.layers = [np.flatnonzero(depth == number) for number in range(int(depth.max()) + 1)]
        within = np.empty(len(depth), dtype=np.int64)
        for layer in self.layers:
            within[layer] = np.arange(len(layer))
        self._gaps: list[Floats] = []
        of_gap = depth[links[:, 0]]
        for number in range(len(self.layers) - 1):
            here = of_gap == number
            table = np.zeros((len(self.layers[number]), len(self.layers[number + 1])))
            table[within[links[here, 0]], within[links[here, 1]]] = 1.0
            self._gaps.append(table)

    def _sides(self, number: int) -> list[tuple[int, Floats]]:
        """The layers beside one, each with the links to it, one row for each place of the one."""
        sides = [(number - 1, self._gaps[number - 1].T)] if number else []
        return [*sides, (number + 1, self._gaps[number])] if number < len(self._gaps) else sides

    def swept(self, keys: Floats, sweeps: int) -> tuple[Floats, Floats]:
        """Better keys for many starts at once, shape (starts, places), by sweeps of barycentres to and fro.

        Also how many crossings each has: of all the states that a start went through the best is kept.
        """
        places = [_spread(keys[:, layer]) for layer in self.layers]
        best, fewest = [each.copy() for each in places], self._crossed(places)
        numbers = range(len(self.layers))
        for sweep in range(sweeps):
            if not fewest.min():
                break
            both = sweep % 3 == 2
            for right in (True, False):
                for number in numbers if right else reversed(numbers):
                    wish = np.zeros_like(places[number])
                    mass = np.zeros(wish.shape[1])
                    for other, table in self._sides(number):
                        if both or (other < number) == right:
                            wish += places[other] @ table.T
                            mass += table.sum(axis=1)
                    wish = np.where(mass > 0, wish / np.maximum(mass, 1.0), places[number])
                    # Equal wishes keep their order, or change it in every other sweep.
                    places[number] = _spread(wish + (1e-7 if sweep % 2 else -1e-7) * places[number])
            now = self._crossed(places)
            better = now < fewest
            fewest = np.where(better, now, fewest)
            for number in numbers:
                best[number][better] = places[number][better]
        found = np.empty_like(keys)
        for layer, each in zip(self.layers, best, strict=True):
            found[:, layer] = each
        return found, fewest

    def _crossed(self, places: Sequence[Floats]) -> Floats:
        """Crossings of each start."""
        total = np.zeros(len(places[0]))
        orders = [np.argsort(each, axis=1) for each in places]
        for number, gap in enumerate(self._gaps):
            if min(gap.shape) > 1:
                table = gap[orders[number][:, :, None], orders[number + 1][:, None, :]]
                below = np.cumsum(np.cumsum(table[:, :0:-1], axis=1)[:, ::-1], axis=2)
                total += np.einsum("ijk,ijk->i", table[:, :-1, 1:], below[:, :, :-1])
        return total

    def sorted(self, keys: Floats) -> list[Ints]:
        """For each layer the order of its places by some keys, numbered within it."""
        return [np.argsort(keys[layer], kind="stable") for layer in self.layers]

    def sifted(self, orders: Sequence[Ints], rounds: int) -> list[Ints]:
        """The orders with each place moved to its best one (Matuszewski et al. 1999), until none moves."""
        found = list(orders)
        waiting = set(range(len(found)))
        for _ in range(rounds):
            for number in range(len(found)):
                if number in waiting:
                    waiting.discard(number)
                    if (better := self._better(found, number)) is not None:
                        found[number] = better
                        waiting |= {other for other, _ in self._sides(number)}
            if not waiting:
                break
        return found

    def _better(self, orders: Sequence[Ints], number: int) -> Ints | None:
        own = orders[number]
        costs = np.zeros((len(own), len(own)))
        for other, links in self._sides(number):
            table = links[own][:, orders[other]]
            costs += table @ (np.cumsum(table, axis=1) - table).T
            mass = table.sum(axis=1)
            mean = np.where(mass > 0, table @ np.arange(table.shape[1]) / np.maximum(mass, 1e-9), np.nan)
            costs += 0.01 * (mean[:, None] > mean[None, :])
        gains = costs - costs.T
        order = list(range(len(own)))
        sums = np.zeros(len(own) + 1)
        moved = False
        for place in range(len(own)):
            at = order.index(place)
            np.cumsum(gains[place, order], out=sums[1:])
            best = int(sums.argmax())
            if sums[best] > sums[at] + 1e-9:
                del order[at]
                order.insert(best - (best > at), place)
                moved = True
        return own[order] if moved else None


def _spread(keys: Floats) -> Floats:
    """Places from 0 to 1 in the order of the keys, so that layers of different sizes can be compared."""
    places = np.empty(keys.shape)
    steps = (np.arange(keys.shape[1]) + 0.5) / max(keys.shape[1], 1)
    places[np.arange(len(keys))[:, None], np.argsort(keys, axis=1, kind="stable")] = steps
    return places
