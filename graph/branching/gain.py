"""How strong a loop is: how many records each record on its entry channel causes, once round."""

from __future__ import annotations

from math import log
from typing import NamedTuple

import numpy as np

from graph.branching.lineage import Flags, Ints, Lineage, at_share
from graph.branching.offspring import mean_offspring
from graph.branching.reading import DARK, Floats, Reading

ENOUGH = 20
"""Parents from which on a statement is made at all."""
RECENT_NS = 60_000_000_000
RECENT_LAPS = 40
QUIET_LAPS = 10
RECENT_PARENTS = 200
DELAYS = 8
"""Times round at which it is asked whether a child would have been read."""
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

    @property
    def sustains(self) -> bool:
        """Whether the loop keeps itself going, with enough behind it to say so.

        The point estimate decides, as it is right half of the time at a gain of 1; the lower end guards
        against a lucky start. At a true gain of 0.9 that is said in less than one look of a hundred.
        """
        return not self.quiet and self.parents >= ENOUGH and self.value >= 1.0 and self.low >= 0.95


class Telling(NamedTuple):
    """The records of a loop that tell how strong it is, as places in its lineage."""

    parents: Ints
    """Oldest first."""
    children: Ints
    """All that had come round by then, theirs and others'."""
    set_aside: int
    """Records left out because something stopped all of them at once."""


def settled_ns(lineage: Lineage) -> float:
    """Time in which a record causes all that it will: 1.2 times the 99 % quantile of the time round."""
    return max(0.0, 1.2 * at_share(lineage.ordered_return_ns, 0.99))


def estimate_gain(
    lineage: Lineage, horizon_ns: int, reading: Reading | None = None, told: Telling | None = None
) -> Gain | None:
    """The mean offspring of the records on a loop, as seen at the horizon; None where none came round.

    `horizon_ns` is the time up to which every record has been seen, but for those that `reading` says were
    missed; what is younger is left out, so that an earlier horizon gives the gain as it was then.
    `graph.branching.offspring.mean_offspring` says which estimator it is, and `telling` on which records,
    which are `told` where they are known already.
    """
    told = told or telling(lineage, horizon_ns, reading)
    if told is None:
        return None
    all_born = lineage.born_ns
    parents, children, aside = told
    period = at_share(lineage.ordered_return_ns, 0.5)
    quiet = int(all_born[children].max()) < horizon_ns - max(RECENT_NS, QUIET_LAPS * period)
    place = np.full(len(all_born), -1)
    place[parents] = np.arange(len(parents))
    children = children[place[lineage.parent[children]] >= 0]
    caused_by = lineage.parent[children]
    found = mean_offspring(
        all_born[parents],
        place[caused_by],
        all_born[children] - all_born[caused_by],
        lineage.root[parents],
        horizon_ns,
        reading,
        at_share(lineage.ordered_return_ns, 0.75),
    )
    if found is None:
        return None
    return Gain(found.value, found.low, found.high, round(found.parents), aside, quiet)


def telling(lineage: Lineage, horizon_ns: int, reading: Reading | None = None) -> Telling | None:
    """The records that tell how strong a loop is; None where no record came round.

    - Records that have come round, as long as there are enough of them, as most of what is fed from outside
      may be of a kind that never goes round and says nothing about growth.
    - Only the recent past counts: a minute or 40 times round, and further back for 200 parents.
    - A run of childless parents too long for chance, between others, is an interruption (a circuit
      breaker, a restart) and is set aside: every chain ends some day, and over whole lives any gain comes
      out below 1. One that lasts more than three times round is not: then the loop has changed. Parents
      whose children were hardly read, by `reading`, do not count as childless.
    """
    all_born = lineage.born_ns
    children = lineage.children[all_born[lineage.children] <= horizon_ns]
    if not len(children):
        return None
    period = at_share(lineage.ordered_return_ns, 0.5)
    grown = all_born <= horizon_ns - period
    again = lineage.laps > 0
    if int((grown & again).sum()) < ENOUGH:
        again = np.ones_like(again)
    born = all_born[grown & again]
    if not len(born):
        return None
    latest = np.partition(born, max(0, len(born) - RECENT_PARENTS))[-RECENT_PARENTS:]
    since = min(horizon_ns - max(RECENT_NS, RECENT_LAPS * period), int(latest.min()))
    parents = np.flatnonzero(again & (all_born >= since) & (all_born <= horizon_ns))
    parents = parents[np.argsort(all_born[parents], kind="stable")]
    barren = np.bincount(lineage.parent[children], minlength=len(all_born))[parents] == 0
    stopped = _interrupted(all_born[parents], barren, horizon_ns, lineage.ordered_return_ns, reading)
    return Telling(parents[~stopped], children, int(stopped.sum()))


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


def _interrupted(
    born: Ints, barren: Flags, horizon_ns: int, return_ns: Ints, reading: Reading | None
) -> Flags:
    """Which parents, oldest first, were stopped together; those just before them may have been in part.

    `return_ns` are times once round in their order, which tell how likely a parent of some age is still
    to be without children.
    """
    stopped = np.zeros(len(born), np.bool_)
    settled = 1.2 * at_share(return_ns, 0.99)
    spread = at_share(return_ns, 0.99) - at_share(return_ns, 0.01)
    had_time = np.ones(len(born))
    young = slice(int(np.searchsorted(born, horizon_ns - return_ns[-1], side="right")), len(born))
    had_time[young] = np.searchsorted(return_ns, horizon_ns - born[young], side="right") / len(return_ns)
    old = int(np.searchsorted(born, horizon_ns - settled, side="right"))
    share = float(barren[:old].mean()) if old else 0.0
    if share in (0.0, 1.0):
        return stopped
    runs = _unlikely(barren, share, had_time)
    if reading is not None and len(runs):
        typical = return_ns[np.arange(DELAYS) * len(return_ns) // DELAYS]
        seen = reading.lit().at(born + typical[:, None]).mean(axis=0)
        had_time *= np.minimum(1.0, seen / max(DARK, seen[:old].mean()))
        runs = _unlikely(barren, share, had_time)
    for first, after in runs:
        if born[after - 1] - born[first] <= 3 * settled:
            goes_on = had_time[after:].max(initial=0.0) < 0.5
            until = horizon_ns if goes_on else born[after - 1]
            stopped |= (born >= born[first] - spread) & (born <= until)
    return stopped if not stopped.all() else np.zeros_like(stopped)


def _unlikely(barren: Flags, share: float, had_time: Floats) -> Ints:
    """Runs of childless parents too long for chance, as places of the first and after the last.

    `share` of those are childless that had the time to have children.
    """
    chance = np.full(len(barren) + 1, log(share))
    chance[0] = 0.0
    young = np.flatnonzero(had_time < 1.0)
    chance[1 + young] = np.log(1.0 - (1.0 - share) * had_time[young])
    chance = np.cumsum(chance)
    barren = barren & (had_time >= 0.5)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], barren.view(np.int8), [0]))))
    runs = edges.reshape(-1, 2)
    unlikely: Ints = runs[chance[runs[:, 1]] - chance[runs[:, 0]] <= log(CHANCE)]
    return unlikely
