"""Heights by bands: fewer crossings than before, room for everybody, and nothing moves without need."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from graph.layout.bands import settled
from graph.layout.coordinates import Floats, Ints, Room


def crossed(x: Floats, depth: Ints, lines: Ints, y: Floats) -> int:
    """By brute force: pairs of lines without a common end that change who is above where both are."""
    found = 0
    for number, (a, b) in enumerate(lines.tolist()):
        for c, d in lines[:number].tolist():
            low, high = max(x[depth[a]], x[depth[c]]), min(x[depth[b]], x[depth[d]])
            if low >= high or {a, b} & {c, d}:
                continue
            one, two = (
                np.interp([low, high], x[depth[[start, end]]], y[[start, end]])
                for start, end in ((a, b), (c, d))
            )
            found += (one - two).prod() < 0
    return found


def crowd(seed: int) -> tuple[Floats, list[Ints], Ints, Ints, Floats, Room]:
    """Six layers of 25 with lines, some of them long, in a random order."""
    random = Random(seed)
    depth = np.repeat(np.arange(6), 25)
    lines = {
        (a, random.choice(np.flatnonzero((depth > depth[a]) & (depth <= depth[a] + 3)).tolist()))
        for a in random.choices(range(125), k=220)
    }
    layers = [np.flatnonzero(depth == number) for number in range(6)]
    y = np.empty(150)
    for layer in layers:
        y[random.sample(layer.tolist(), 25)] = 60.0 * np.arange(25)
    x = np.array([0.0, 200.0, 350.0, 550.0, 700.0, 900.0])
    room = Room(np.full(150, 20.0), np.full(150, 30.0), np.ones(150, dtype=bool), 56.0)
    return x, layers, depth, np.array(sorted(lines)), y, room


@pytest.mark.parametrize("seed", range(4))
def test_lines_that_were_thrown_together_cross_far_less_and_everybody_has_room(seed: int) -> None:
    x, layers, depth, lines, y, room = crowd(seed)
    found = settled(x, layers, lines, y, room, 8)
    assert crossed(x, depth, lines, found) < 0.7 * crossed(x, depth, lines, y)
    for layer in layers:
        assert (np.diff(np.sort(found[layer])) >= 56.0 - 1e-6).all()


def test_what_is_told_is_the_same_each_time_and_what_is_asked_stays_as_it_is() -> None:
    x, layers, _, lines, y, room = crowd(1)
    before = y.copy()
    assert (settled(x, layers, lines, y, room, 8) == settled(x, layers, lines, y, room, 8)).all()
    assert (y == before).all()


def test_level_lines_stay_level() -> None:
    layers = [np.array([0, 1, 2]), np.array([3, 4, 5])]
    y = np.tile([0.0, 100.0, 200.0], 2)
    room = Room(np.full(6, 20.0), np.full(6, 20.0), np.ones(6, dtype=bool), 56.0)
    lines = np.array([[0, 3], [1, 4], [2, 5]])
    assert (settled(np.array([0.0, 200.0]), layers, lines, y, room, 4) == y).all()


def test_two_lines_that_cross_are_told_apart() -> None:
    layers = [np.array([0, 1]), np.array([2, 3])]
    y = np.array([0.0, 100.0, 100.0, 0.0])
    room = Room(np.full(4, 20.0), np.full(4, 20.0), np.ones(4, dtype=bool), 56.0)
    found = settled(np.array([0.0, 200.0]), layers, np.array([[0, 2], [1, 3]]), y, room, 4)
    assert (found[0] - found[1]) * (found[2] - found[3]) > 0


def test_layers_without_lines_keep_their_heights() -> None:
    room = Room(np.full(2, 20.0), np.full(2, 20.0), np.ones(2, dtype=bool), 56.0)
    layers = [np.array([0]), np.array([1])]
    y = np.array([3.0, 90.0])
    assert (settled(np.array([0.0, 200.0]), layers, np.empty((0, 2), dtype=np.int64), y, room, 4) == y).all()
