"""What the program sees of a process: some of its records, with their stamps, in the order of arrival."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.branching.clocks import log_times
from graph.branching.lineage import Flags, Ints, Lineage
from graph.branching.reading import Floats, Lane, Reading, reading
from tests.branching.process import LAWS, Process, feed, grow

S = 1_000_000_000
EPOCH = 1_000 * S
SEEN = 0.7
"""Share of each channel's records that is read where single ones are not."""
READ_S, MISSED_S = 2.0, 1.0
"""For how long, on average, a channel is read and not read in turn where that comes in bursts."""
LATE, LATE_S = 0.1, 2.0
"""Share of records that come late, and by how long on average."""
OFF_S, JITTER_S = 5.0, 0.02
"""How far clocks are off at most, and how far single stamps are on average."""
SETTLED_S = 0.05


@dataclass(frozen=True)
class Trouble:
    """What stands between a process and who looks at it; times are in times round, which take 1 s."""

    sampled: bool = False
    """Only every second chain is kept."""
    thinned: bool = False
    """Single records of both channels are left unread."""
    gapped: bool = False
    """All records of a channel are left unread for some time, over and over, on each by itself."""
    late: bool = False
    """Some records come late: written late, so that their effects are late too, or read late."""
    skewed: bool = False
    """The clocks of six hosts are off by up to five times round, and stamps jitter."""


TROUBLES = {
    "none": Trouble(),
    "sampled": Trouble(sampled=True),
    "thinned": Trouble(thinned=True),
    "gapped": Trouble(gapped=True),
    "late": Trouble(late=True),
    "skewed": Trouble(skewed=True),
    "all": Trouble(sampled=True, thinned=True, gapped=True, late=True, skewed=True),
}
WINDOW_S = {
    0.2: 40,
    0.4: 40,
    0.6: 40,
    0.8: 40,
    0.9: 40,
    0.95: 40,
    1.0: 30,
    1.05: 25,
    1.1: 20,
    1.2: 14,
    1.3: 10,
    1.5: 7,
}
"""How long is looked at processes of each gain."""
FEW, MANY = 30, 150
"""Chains that begin in that time."""


@dataclass(frozen=True)
class View:
    """What an estimate is made from."""

    lineage: Lineage
    horizon_ns: int
    reading: Reading | None


def look(rng: np.random.Generator, gain: float, trouble: Trouble, founders: int, law: str) -> View:
    """A window on a process, which begins in the middle of it half of the time.

    Half of the time founders come evenly, else in bursts; the time round is spread by a fifth or by a half.
    """
    begin = float(rng.choice([0.0, 3.0]))
    end = begin + WINDOW_S[gain]
    number = founders * end / (end - begin) * (2 if trouble.sampled else 1)

    def lateness(size: int) -> Floats:
        late: Floats = rng.exponential(LATE_S, size) * (rng.random(size) < LATE)
        return late

    written_late = trouble.late and rng.random() < 0.5
    process = grow(
        rng,
        gain,
        LAWS[law],
        feed(rng, number, end, bursty=bool(rng.random() < 0.5)),
        end,
        float(rng.choice([4.0, 25.0])),
        lateness if written_late else None,
    )
    arrived = process.written_s + rng.exponential(0.005, len(process.sent_s))
    if trouble.late and not written_late:
        arrived += lateness(len(arrived))
    return _seen(rng, process, arrived, (begin, end), trouble)


def _seen(
    rng: np.random.Generator,
    process: Process,
    arrived_s: Floats,
    window_s: tuple[float, float],
    trouble: Trouble,
) -> View:
    """Records of the entry channel, linked where the one between was read too."""
    number = len(process.sent_s)
    between_s = np.where(process.parent >= 0, process.between_s, np.inf)
    logs = [_log(written, window_s) for written in (arrived_s, between_s)]
    masks = [
        _read(rng, arrived_s[logs[0]], window_s, trouble),
        _read(rng, between_s[logs[1]], window_s, trouble),
    ]
    entry, between = (log[mask] for log, mask in zip(logs, masks, strict=True))
    if not len(entry):
        nothing = np.empty(0, np.int64)
        return View(Lineage(nothing, nothing), 0, None)
    of_entry = np.where(process.parent < 0, rng.integers(0, 3, number), rng.integers(3, 5, number))
    clock = np.concatenate((of_entry[entry], np.full(len(between), 5)))
    stamp_s = np.concatenate((process.sent_s[entry], between_s[between]))
    if trouble.skewed:
        stamp_s += rng.uniform(-OFF_S, OFF_S, 6)[clock] + rng.normal(0, JITTER_S, len(clock))
    lane = np.repeat([0, 1], [len(entry), len(between)])
    times = log_times((stamp_s * S).astype(np.int64) + EPOCH, clock, lane)
    at_entry, at_between = times[lane == 0], times[lane == 1]
    newest = int(np.argmax(at_entry))  # since then all has been quiet, which is seen too
    horizon = int(at_entry[newest] + (window_s[1] - arrived_s[entry[newest]] - SETTLED_S) * S)

    kept = (
        process.chain[entry] * 2_654_435_761 % 2**32 % 2 == 0 if trouble.sampled else np.ones_like(entry) > 0
    )
    place = np.full(number + 1, -1)  # the last place answers for -1, no parent
    place[entry[kept]] = np.arange(int(kept.sum()))
    sent_between = np.zeros(number, np.int64)
    sent_between[between] = at_between
    came = entry[kept]
    lineage = Lineage(at_entry[kept], np.where(sent_between[came] > 0, place[process.parent[came]], -1))
    parts = [
        reading([_lane(at, mask)], int(times.min()), horizon)
        for at, mask in zip((at_entry, at_between), masks, strict=True)
    ]
    told = sent_between[came] > 0
    lags = lineage.born_ns[told] - sent_between[came[told]]
    return View(lineage, horizon, _along(parts, lags))


def _along(parts: list[Reading | None], lags_ns: Ints) -> Reading | None:
    entry, between = parts
    return entry.then(between, lags_ns) if entry and between and len(lags_ns) else entry or between


def _log(written_s: Floats, window_s: tuple[float, float]) -> Ints:
    rows = np.flatnonzero((written_s >= window_s[0]) & (written_s <= window_s[1]))
    return rows[np.argsort(written_s[rows], kind="stable")]


def _read(
    rng: np.random.Generator, written_s: Floats, window_s: tuple[float, float], trouble: Trouble
) -> Flags:
    read = np.ones(len(written_s), np.bool_)
    if trouble.thinned:
        read &= rng.random(len(written_s)) < SEEN
    if trouble.gapped:
        turns = np.cumsum(rng.exponential(np.tile([READ_S, MISSED_S], 100)))
        began_s = window_s[0] - rng.uniform(0, READ_S + MISSED_S)
        read &= np.searchsorted(turns + began_s, written_s) % 2 == 0
    return read


def _lane(time_ns: Ints, read: Flags) -> Lane:
    at = np.append(np.flatnonzero(read), len(read))
    missed = np.diff(at, prepend=at[0] - 1) - 1
    return Lane(time_ns, missed[:-1], int(missed[-1]))
