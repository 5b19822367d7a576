"""How strong a loop is: how many records each record on its entry channel causes, once round."""

from __future__ import annotations

from math import log
from typing import NamedTuple

import numpy as np

from graph.lineage import Flags, Ints, Lineage, quantile

ENOUGH = 20
"""Parents from which on a statement is made at all."""
RECENT_NS = 60_000_000_000
RECENT_LAPS = 40
QUIET_LAPS = 10
RECENT_PARENTS = 200
CHANCE = 1e-6
"""A pattern less likely than this is not put down to chance."""


class Gain(NamedTuple):
    """Offspring per record, once round, with its 95 % interval."""

    value: float
    low: float
    high: float
    parents: int
    """Records that the estimate rests on."""
    set_aside: int
    """Records left out because something stopped all of them at once."""
    quiet: bool
    """Whether nothing has come round lately: a minute, or 10 times round if that is longer."""

    def with_unseen(self, share: float) -> Gain:
        """The gain when only a share of the ways round could be seen whole.

        What was missed is taken to be like what was seen; the lower end trusts that up to a quarter.
        """
        return self._replace(
            value=self.value / share, low=min(self.low / share, self.low * 1.25), high=self.high / share
        )

    @property
    def sustains(self) -> bool:
        """Whether the loop keeps itself going, with enough behind it to say so.

        The point estimate decides, as it is right half of the time at a gain of 1; the lower end guards
        against a lucky start: at a true gain of 0.6 it lies above 0.95 less than once in 10,000.
        """
        return not self.quiet and self.parents >= ENOUGH and self.value >= 1.0 and self.low >= 0.95


def settled_ns(lineage: Lineage) -> float:
    """Time in which a record causes all that it will: 1.2 times the 99 % quantile of the time round."""
    return max(0.0, 1.2 * quantile(lineage.return_ns, 0.99))


def estimate_gain(lineage: Lineage, horizon_ns: int) -> Gain | None:
    """The mean offspring of records that have had time to cause something; None where none came round.

    The estimator is Harris's, all offspring divided by all parents (Guttorp 1991, Statistical Inference
    for Branching Processes, chapter 2), over the parents that were sent `settled_ns` before the horizon,
    which is the time up to which every record has been seen: a younger one that has caused nothing yet is
    censored, not childless. Its variance is the larger of that of independent parents, s²/n, and the one
    that allows parents of one chain to be alike (cluster-robust, Liang and Zeger 1986). One imaginary
    parent a whole offspring off the mean keeps equal counts from feigning certainty.

    - Records that have come round are the parents as long as there are enough, as most of what is fed
      from outside may be of a kind that never goes round and says nothing about growth.
    - Only the recent past counts: a minute or 40 times round, and further back for 200 parents.
    - A run of childless parents too long for chance, between others, is an interruption (a circuit
      breaker, a restart) and is set aside: every chain ends some day, and over whole lives any gain comes
      out below 1. One that lasts more than three times round is not: then the loop has changed.
    """
    if not len(lineage.children):
        return None
    settled = settled_ns(lineage)
    order = np.argsort(lineage.born_ns, kind="stable")
    order = order[lineage.born_ns[order] <= horizon_ns - settled]
    round_again = order[lineage.laps[order] > 0]
    if len(round_again) >= ENOUGH:
        order = round_again
    if not len(order):
        return None
    born = lineage.born_ns[order]
    period = quantile(lineage.return_ns, 0.5)
    since = min(horizon_ns - max(RECENT_NS, RECENT_LAPS * period), born[max(0, len(born) - RECENT_PARENTS)])
    last_return = int(lineage.born_ns[lineage.children].max())
    quiet = last_return < horizon_ns - max(RECENT_NS, QUIET_LAPS * period)
    order = order[born >= since]
    spread = quantile(lineage.return_ns, 0.99) - quantile(lineage.return_ns, 0.01)
    stopped = _interrupted(lineage.born_ns[order], lineage.offspring[order] == 0, settled, spread)
    order, aside = order[~stopped], int(stopped.sum())
    offspring = lineage.offspring[order]
    parents = len(order)
    value = float(offspring.mean())
    off = offspring - value
    alone = (float(off @ off) + 1.0) / max(1, parents - 1) / parents
    together = _clustered(off, lineage.root[order]) / parents**2
    width = 1.96 * max(alone, together) ** 0.5
    return Gain(value, max(0.0, value - width), value + width, parents, aside, quiet)


def doubling_time_s(gain: float, period_ms: float) -> float | None:
    """Time in which a loop that grows doubles; None at a gain of 1 or less."""
    return period_ms / 1000.0 * log(2.0) / log(gain) if gain > 1.0 else None


def bounded_at(lineage: Lineage, horizon_ns: int) -> int | None:
    """The lap at which all chains end by themselves; None where they do not end at one lap.

    That is so when no chain went further and so many ended exactly there that their ending by the chance
    at which chains end on earlier laps is out of the question.
    """
    if not len(lineage.chains):
        return None
    ended = lineage.greatest(lineage.born_ns) <= horizon_ns - settled_ns(lineage)
    founders = np.flatnonzero((lineage.laps == 0) & ended)
    bound = int(lineage.longest.max())
    last = lineage.greatest(lineage.laps)[founders]
    reached = np.bincount(last, minlength=bound + 1)[::-1].cumsum()[::-1]
    at_bound = int(reached[bound])
    if at_bound < ENOUGH:
        return None
    went_on = float(reached[1:].sum()) / float(reached[:-1].sum())
    chance = (1.0 - went_on) ** at_bound
    return bound if chance < CHANCE else None


def _interrupted(born: Ints, barren: Flags, settled: float, spread: float) -> Flags:
    """Which parents, oldest first, were stopped together; those just before them may have been in part."""
    stopped = np.zeros(len(born), np.bool_)
    share = float(barren.mean())
    if share in (0.0, 1.0):
        return stopped
    enough = log(CHANCE) / log(share)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], barren.view(np.int8), [0]))))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        last = after - 1
        if after - first >= enough and born[last] - born[first] <= 3 * settled:
            stopped |= (born >= born[first] - spread) & (born <= born[last])
    return stopped if not stopped.all() else np.zeros(len(born), np.bool_)


def _clustered(off: Ints, cluster: Ints) -> float:
    _, code = np.unique(cluster, return_inverse=True)
    clusters = int(code.max()) + 1
    sums = np.bincount(code, weights=off)
    return float(sums @ sums) * clusters / max(1, clusters - 1)
