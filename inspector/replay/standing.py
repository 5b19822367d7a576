"""What lies on the targets of a replay already, as far as its capture knows: same events, or newer ones."""

from __future__ import annotations

import numpy as np

from graph.identity import ChannelId
from inspector.replay.frozen import Column, Frozen
from inspector.replay.plan import Doubles, Overtaken
from inspector.replay.request import Target
from inspector.store.reader import CaptureReader, Rows
from inspector.store.selection import RowFilter

COMPARED = 1_000
"""Records of a target at most whose keys and values are compared byte by byte."""
SHOWN = 5


def standing(
    reader: CaptureReader, frozen: Frozen, target: Target
) -> tuple[tuple[Doubles, ...], tuple[Overtaken, ...]]:
    """By target: what would be there twice, and which keys would get something older than they have.

    `reader` reads the capture that the records are from.
    """
    doubles: list[Doubles] = []
    overtaken: list[Overtaken] = []
    by_target: dict[ChannelId, list[int]] = {}
    for number, channel in enumerate(frozen.channels):
        by_target.setdefault(target.of(channel), []).append(number)
    for channel, numbers in by_target.items():
        there = reader.select(RowFilter(channels=frozenset({channel})))
        at = np.flatnonzero(np.isin(frozen.columns["home"], numbers))
        if not len(there) or not len(at):
            continue
        rows = frozen.rows[at]
        held, sent = _columns(reader, there), _columns(reader, rows)
        by_id = int((np.isin(held["id"], sent["id"]) & (held["event"] != 0)).sum())
        doubles.append(Doubles(channel, by_id, _alike(reader, there, rows, held, sent)))
        if (late := _late(reader, channel, there, held, sent)) is not None:
            overtaken.append(late)
    return tuple(each for each in doubles if each.by_id or each.by_content), tuple(overtaken)


def _columns(reader: CaptureReader, rows: Rows) -> dict[str, Column]:
    found = reader.columns(rows, "event", "key", "size", "timestamp_ns")
    key = found["key"].astype(np.int64)
    # Marks have 32 bits: the id together with the key is hardly ever that of another event.
    found["id"] = found["event"].astype(np.int64) << 32 | key
    found["like"] = found["size"].astype(np.int64) << 32 | key
    return found


def _alike(
    reader: CaptureReader, there: Rows, rows: Rows, held: dict[str, Column], sent: dict[str, Column]
) -> int:
    """How many of the newest records of a target have key and value of one that is sent."""
    likely = np.flatnonzero(np.isin(held["like"], sent["like"]))[-COMPARED:]
    if not len(likely):
        return 0
    others = rows[np.isin(sent["like"], held["like"][likely])][-COMPARED:]
    contents = {(one.key, one.value) for one in map(reader.record, others.tolist())}
    return sum((one.key, one.value) in contents for one in map(reader.record, there[likely].tolist()))


def _late(
    reader: CaptureReader, channel: ChannelId, there: Rows, held: dict[str, Column], sent: dict[str, Column]
) -> Overtaken | None:
    """Keys of which the target has a newer record than what is sent last."""
    keys, newest = _newest(sent)
    theirs, when = _newest(held)
    common, mine, other = np.intersect1d(keys, theirs, assume_unique=True, return_indices=True)
    late = common[(when[other] > newest[mine]) & (common != 0)]
    if not len(late):
        return None
    shown = [np.flatnonzero(held["key"] == key)[0] for key in late[:SHOWN]]
    sample = tuple(reader.record(int(there[at])).key or b"" for at in shown)
    many = f"{len(late):,} keys have" if len(late) > 1 else "1 key has"
    sentence = (
        f"{many} newer records on {channel.name} than what would be sent: who keeps the last one of a key "
        "goes back in time."
    )
    return Overtaken(channel, len(late), sample, sentence)


def _newest(columns: dict[str, Column]) -> tuple[Column, Column]:
    """Marks of keys, ascending, with the time of the newest record of each."""
    order = np.lexsort((columns["timestamp_ns"], columns["key"]))
    keys = columns["key"][order]
    last = np.append(np.flatnonzero(np.diff(keys)), len(keys) - 1)
    return keys[last], columns["timestamp_ns"][order][last]
