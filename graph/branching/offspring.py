"""How many records each record causes: the mean offspring of a branching process seen through a window."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.branching.lineage import Flags, Ints
from graph.branching.reading import DARK, Floats, Reading

MOST_PARENTS = 4_096
"""Of more, only every second, third and so on is looked at."""
DELAYS = 64
"""Steps into which the delays of children are sorted where it is about the share that was read."""
LIT = 0.8
"""Part of its children's time that must not be dark for a parent to count."""
HIDDEN, AT_LEAST = 0.15, 5
"""A delay at which a smaller share, or number, of parents would have been seen with a child tells nothing."""
BLOCK = 0.5
"""Times round during which what was missed of one parent's children was missed of another's."""
ENOUGH_OLD = 10
"""Parents old enough for a delay without whom what comes so late cannot be told."""
ENOUGH_CHAINS = 10
"""Chains from which on they can show that the parents in each are alike."""
SURE = 0.25
"""What all parents are off by together takes at most so much of the certainty away."""
SURELY, HARDLY = 3.0, 1.0
"""By how many deviations chains must show it, and times at which records were missed."""


class Mean(NamedTuple):
    """Offspring per record, with its 95 % interval."""

    value: float
    low: float
    high: float
    parents: float
    """How many parents, all of whose children were seen, would tell as much."""


def mean_offspring(
    born_ns: Ints,
    of: Ints,
    delay_ns: Ints,
    chain: Ints,
    horizon_ns: int,
    reading: Reading | None = None,
    usual_ns: float = 0.0,
) -> Mean | None:
    """The mean offspring of parents that were written at some times; None where no child was seen.

    `of` are the parents of the children, as places in `born_ns`, and `delay_ns` how much later each child
    was written, both on the same clock (`graph.branching.clocks`). `chain` says which parents may be alike,
    and `usual_ns` what most delays are below, as known from other parents too.

    The estimator is that of the mean cumulative function of recurrent events (Nelson 1988, Graphical
    Analysis of System Repair Data; Lawless and Nadeau 1995, Some Simple Robust Methods for the Analysis of
    Recurrent Events): each child counts as one part of the parents that, at its delay, were still in sight.
    A parent too young for that delay was not, so that it is censored and not childless; nor was one whose
    child would have been missed, in the share that `reading` says. With all children of all parents seen it
    is Harris's, all offspring divided by all parents (Guttorp 1991, Statistical Inference for Branching
    Processes, chapter 2). Nothing is assumed about how the number of offspring is distributed.

    Its variance is the robust one of Lawless and Nadeau, over parents, over chains where these are more
    alike than chance allows, or over times where records were missed. The interval is a score interval in
    which the variance grows with the mean, as that of counts does; over times it has Student's quantile,
    and what a time has in common grows with the square of the mean.
    Its upper end allows for children that come later than can be seen yet and, where records were missed,
    for one more child that counts as much as the one that counts most (Fay and Feuer 1997, Confidence
    Intervals for Directly Standardized Rates). `tests/bench/gain.py` shows how often it holds the truth.
    Where a child would hardly ever have been seen at some delay, nothing is said.
    """
    every = -(-len(born_ns) // MOST_PARENTS)
    if every > 1:
        born_ns, chain = born_ns[::every], chain[::every]
        chosen = np.flatnonzero(of % every == 0)
        of, delay_ns = of[chosen] // every, delay_ns[chosen]
    order = np.argsort(delay_ns, kind="stable")
    of, delay_ns = of[order], np.maximum(delay_ns[order], 0)
    seen = delay_ns <= horizon_ns - born_ns[of]
    of, delay_ns = of[seen], delay_ns[seen]
    if not len(of):
        return None
    if reading is None:
        return _all_read(born_ns, of, delay_ns, chain, horizon_ns)
    return _partly_read(born_ns, of, delay_ns, horizon_ns, reading.lit(), usual_ns)


def _all_read(born_ns: Ints, of: Ints, delay_ns: Ints, chain: Ints, horizon_ns: int) -> Mean:
    age = horizon_ns - born_ns
    weight: Floats = 1.0 / _old_enough(age, delay_ns)
    hazard: Floats = np.concatenate(([0.0], np.cumsum(weight**2)))
    off = np.bincount(of, weight, len(age)) - hazard[np.searchsorted(delay_ns, age, side="right")]
    value = float(weight.sum())
    later = _later(delay_ns, weight, np.sort(age)[::-1])
    return _interval(value, _by_chain(off, chain), 0.0, len(of) / value, np.inf, later / 2)


def _partly_read(
    born_ns: Ints, of: Ints, delay_ns: Ints, horizon_ns: int, lit: Reading, usual_ns: float
) -> Mean | None:
    seen = lit.at(born_ns[of] + delay_ns) > 0
    of, delay_ns = of[seen], delay_ns[seen]
    if not len(of):
        return None
    typical, _ = _steps(delay_ns, 16)
    if _hidden(born_ns, max(usual_ns, typical[len(typical) * 3 // 4]), horizon_ns, lit):
        return None
    counts = _in_the_light(born_ns, typical, horizon_ns, lit)
    seen = counts[of]
    if not seen.any():
        return None
    of, delay_ns, born_ns = (np.cumsum(counts) - 1)[of[seen]], delay_ns[seen], born_ns[counts]
    age = horizon_ns - born_ns
    typical, step = _steps(delay_ns, DELAYS)
    old_enough = age >= typical[:, None]
    in_sight = old_enough * lit.at(born_ns + typical[:, None])
    read = np.maximum(in_sight.sum(axis=1), DARK) / np.maximum(old_enough.sum(axis=1), 1.0)
    weight = 1.0 / _old_enough(age, delay_ns) / read[step]
    due = np.bincount(step, weight**2) @ in_sight + 1e-9  # never nothing at all
    off = np.bincount(of, weight, len(age)) - due
    value = float(weight.sum())
    block = born_ns // int(BLOCK * typical[len(typical) // 2] + 1)
    variance, common, freedom = _by_block(off, block, due)
    if not common and (in_sight[old_enough] > 0).all():  # missed one by one
        freedom = np.inf
    uneven = float(weight.max() - weight @ weight / value)
    later = uneven + _later(delay_ns, weight, np.sort(age)[::-1])
    return _interval(value, variance, common, len(of) / value, freedom, later)


def _later(delay_ns: Ints, weight: Floats, age: Ints) -> float:
    """Offspring that may come after the longest delay that enough parents were seen for.

    At most as much as came in the half before it, as long tails fall off exponentially; where all was
    read, half of that is enough.
    """
    longest = age[min(len(age), ENOUGH_OLD) - 1]
    return float(weight[delay_ns > longest / 2].sum())


def _old_enough(age: Ints, delay_ns: Ints) -> Ints:
    """How many parents are old enough to have been seen with a child at each delay."""
    old: Ints = len(age) - np.searchsorted(np.sort(age), delay_ns)
    return old


def _steps(ordered: Ints, most: int) -> tuple[Floats, Ints]:
    """The means of at most so many steps of an ordered sample, all of one size, and the step of each."""
    step = np.arange(len(ordered)) * min(most, len(ordered)) // len(ordered)
    return np.bincount(step, ordered) / np.bincount(step), step


def _in_the_light(born_ns: Ints, delays_ns: Floats, horizon_ns: int, lit: Reading) -> Flags:
    """The parents most of whose children, if they had any, were written at times that tell something."""
    at = born_ns + delays_ns[:, None]
    share: Floats = ((lit.at(at) > 0) | (at > horizon_ns)).mean(axis=0)
    return share >= LIT


def _hidden(born_ns: Ints, longest_ns: float, horizon_ns: int, lit: Reading) -> bool:
    """Whether at some delay children of hardly any parent would have been seen, so that some are missed."""
    at = born_ns + np.linspace(0.0, 1.5 * longest_ns, 33)[1:, None]
    old_enough = at <= horizon_ns
    in_sight = ((lit.at(at) > 0) & old_enough).sum(axis=1)
    return bool((in_sight < np.maximum(AT_LEAST, HIDDEN * old_enough.sum(axis=1))).any())


def _by_chain(off: Floats, chain: Ints) -> float:
    """What parents are off by, or chains where these are off by more than chance allows."""
    alone = float(off @ off) * len(off) / max(1, len(off) - 1)
    together, chains = _grouped(off, chain, np.ones(len(off)))
    alike = chains >= ENOUGH_CHAINS and together > alone * (1 + SURELY * (2 / chains) ** 0.5)
    return together if alike else alone


def _by_block(off: Floats, block: Ints, due: Floats) -> tuple[float, float, float]:
    """What parents of one time are off by: how much of it was read is not known better than so.

    In two parts, what each is off by itself and what they have in common, and the degrees of freedom
    (Satterthwaite 1946, An Approximate Distribution of Estimates of Variance Components), `due` being what
    each parent adds to the variance by chance. About half of the variance is in common, known by so many
    times: V^2 / ((V / 2)^2 / times) is four times as many.
    """
    alone = float(off @ off) * len(off) / max(1, len(off) - 1)
    together, blocks = _grouped(off, block, due)
    alike = together > alone * (1 + HARDLY * (2 / blocks) ** 0.5)
    return alone, together - alone if alike else 0.0, 4 * blocks


def _grouped(off: Floats, group: Ints, size: Floats) -> tuple[float, float]:
    """The sum of squares of what groups are off by, and as how many groups of one size they count."""
    _, code = np.unique(group, return_inverse=True)
    sums, sizes = np.bincount(code, off), np.bincount(code, size)
    return float(sums @ sums), float(sizes.sum() ** 2 / (sizes @ sizes))


def _interval(
    value: float, variance: float, common: float, parents: float, freedom: float, later: float
) -> Mean:
    """A score interval: `variance` grows with the mean, and `common` with its square (Fieller 1954)."""
    variance = max(variance, 1.0 / parents**2)  # equal counts must not feign certainty
    square = _student(freedom) ** 2
    middle = value + square * variance / (2 * value)
    sure = max(SURE, 1.0 - square * common / value**2)
    half = (middle**2 - sure * value**2) ** 0.5
    return Mean(value, max(0.0, (middle - half) / sure), (middle + half) / sure + later, parents)


def _student(freedom: float) -> float:
    """The 97.5 % quantile of Student's distribution (Fisher and Cornish 1960, to the second order)."""
    freedom = max(1.0, freedom)
    z = 1.959964
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
