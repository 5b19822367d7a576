"""Branching processes whose gain is known: what really happens, by one clock that is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from graph.branching.lineage import Ints
from graph.branching.reading import Floats

Law = Callable[[np.random.Generator, float, int], Ints]
"""How many records each of so many causes, on average the gain."""
MOST = 1_000_000
BATCH = 5


def _either(rng: np.random.Generator, gain: float, size: int) -> Ints:
    ways = int(gain) + 1
    return rng.binomial(ways, gain / ways, size)


LAWS: dict[str, Law] = {
    "poisson": lambda rng, gain, size: rng.poisson(gain, size),
    "bernoulli": _either,
    "geometric": lambda rng, gain, size: rng.geometric(1 / (1 + gain), size) - 1,
    "batch": lambda rng, gain, size: BATCH * rng.binomial(1, gain / BATCH, size),
}
"""`bernoulli`: each of so many ways round is taken or not, one way below a gain of 1. `batch`: 5 at once."""


@dataclass(frozen=True)
class Process:
    """Records on the entry channel of a loop of two hops, in the order of their numbers."""

    sent_s: Floats
    """One time round is 1 s."""
    parent: Ints
    chain: Ints
    """The founder of each."""
    written_s: Floats
    """When it lay on the log, which is when its effects begin."""
    between_s: Floats
    """When the record between it and its parent was sent, on the other channel; not there for founders."""


def grow(
    rng: np.random.Generator,
    gain: float,
    law: Law,
    founders_s: Floats,
    end_s: float,
    regularity: float = 25.0,
    lateness: Callable[[int], Floats] | None = None,
) -> Process:
    """All that comes of some founders until the end; the time round is gamma distributed."""
    late = lateness or np.zeros
    sent, parent, chain = [founders_s], [np.full(len(founders_s), -1)], [np.arange(len(founders_s))]
    written, between = [founders_s + late(len(founders_s))], [founders_s]
    first, total = 0, len(founders_s)
    while len(sent[-1]):
        assert total < MOST, "a window too long for its gain"
        counts = law(rng, gain, len(sent[-1]))
        by = np.repeat(np.arange(len(counts)), counts)
        begun = written[-1][by]
        hops = rng.gamma(regularity / 2, 1 / regularity, (2, len(by)))
        born = begun + hops.sum(axis=0)
        kept = born <= end_s
        sent.append(born[kept])
        between.append((begun + hops[0])[kept])
        written.append(born[kept] + late(int(kept.sum())))
        parent.append(by[kept] + first)
        chain.append(chain[-1][by[kept]])
        first, total = total, total + int(kept.sum())
    return Process(*(np.concatenate(column) for column in (sent, parent, chain, written, between)))


def feed(rng: np.random.Generator, number: float, seconds: float, *, bursty: bool) -> Floats:
    """Times of about so many founders, at an even rate or in bursts of 8 within a third of a second."""
    if not bursty:
        return rng.uniform(0, seconds, rng.poisson(number))
    bursts = rng.uniform(0, seconds, 1 + rng.poisson(max(0.0, number / 8 - 1)))
    return (bursts[:, None] + rng.uniform(0, 1 / 3, (len(bursts), 8))).ravel()
