"""The records of a choice, gathered and fixed: what comes afterwards is not among them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path
from time import monotonic

import numpy as np

from graph.identity import ChannelId
from graph.query.error import QueryError
from inspector.capture.level import ChannelLevel, Level
from inspector.errors import InspectorError
from inspector.exchange import importing
from inspector.link import Connect, ConnectionChanged, ConnectionState, Report, SetCapture, Stop
from inspector.record import Record
from inspector.replay.choice import Choice, Span
from inspector.replay.frozen import Column, Frozen
from inspector.replay.request import Order
from inspector.search.query import RecordQuery
from inspector.store.reader import CaptureReader, Rows
from inspector.store.selection import RowFilter
from inspector.tasks import TaskGroup

PATIENCE_S = 15.0
"""Without anything read for so long, what is left cannot be read."""
STEP_S = 0.1


def frozen(choice: Choice, order: Order, beside: Path, *, returning: bool = False) -> Frozen:
    """The chosen records of a file. What is no capture is made one at `beside`. Raises InspectorError."""
    path = Path(choice.source)
    if choice.rows is None and not _capture(path):
        beside.parent.mkdir(parents=True, exist_ok=True)
        importing.into(beside, [path])
        path = beside
    with closing(CaptureReader(path)) as reader:
        return Frozen.of(reader, _chosen(reader, choice), order, returning=returning)


def first(choice: Choice) -> Record | None:
    """The first of the chosen records of a capture, in the order of the capture. Raises InspectorError."""
    with closing(CaptureReader(choice.source)) as reader:
        rows = _chosen(reader, choice)
        return reader.record(int(rows[0])) if len(rows) else None


async def read_live(choice: Choice, connect: Connect, path: Path) -> Choice:
    """Read what a server holds now of a choice into a capture; the choice of just that from there.

    The ends of all partitions are those at the beginning. Raises InspectorError.
    """
    from inspector.engine import Engine  # which sends replays itself

    states: list[ConnectionChanged] = []

    async def deliver(reports: list[Report]) -> None:
        states.extend(each for each in reports if isinstance(each, ConnectionChanged))

    path.parent.mkdir(parents=True, exist_ok=True)
    names = dict.fromkeys((*choice.channels, *(span.channel.name for span in choice.spans)))
    levels = tuple(ChannelLevel(each, Level.EVERYTHING) for each in names or ("*",))
    engine, tasks = Engine(path, deliver), TaskGroup()
    engine.commands.put_nowait(SetCapture(True, levels, None, since_ns=choice.since_ns or 0))
    engine.commands.put_nowait(connect)
    running = tasks.spawn(engine.run(), "engine")
    moved = (-1, monotonic())
    try:
        while not engine.reading.partitions or engine.reading.left:
            if engine.reading.passed != moved[0]:
                moved = engine.reading.passed, monotonic()
            state = states[-1] if states else None
            if state is not None and state.state is ConnectionState.REFUSED:
                raise InspectorError(state.message)
            if monotonic() - moved[1] > PATIENCE_S:
                why = (
                    state.message
                    if state is not None and state.message
                    else "Nothing more can be read there."
                )
                raise InspectorError(
                    f"The chosen records cannot be read. {why}", "Look with eventscope scan."
                )
            await asyncio.sleep(STEP_S)
        ends = [
            Span(channel, partition, None, end) for (channel, partition), end in engine.reading.ends.items()
        ]
    finally:
        engine.commands.put_nowait(Stop())
        await running
        await tasks.close()
    wanted = choice.spans or [Span(channel) for channel in dict.fromkeys(span.channel for span in ends)]
    return Choice(
        source=str(path),
        query=choice.query,
        channels=choice.channels,
        since_ns=choice.since_ns,
        until_ns=choice.until_ns,
        spans=tuple(_both(one, end) for one in wanted for end in ends if _meet(one, end)),
    )


def _meet(one: Span, end: Span) -> bool:
    return one.channel == end.channel and one.partition in (None, end.partition)


def _both(one: Span, end: Span) -> Span:
    last = [each for each in (one.end, end.end) if each is not None]
    return Span(end.channel, end.partition, one.first, min(last, default=None))


def _chosen(reader: CaptureReader, choice: Choice) -> Rows:
    channels: frozenset[ChannelId] | None = None
    if choice.channels:
        channels = frozenset(
            each
            for each in reader.channels()
            if any(fnmatchcase(each.name, glob) for glob in choice.channels)
        )
    base = RowFilter(channels=channels, since_ns=choice.since_ns, until_ns=choice.until_ns)
    if choice.query.strip():
        try:
            query = RecordQuery(choice.query, reader, graph=reader.graph(), now_ns=time.time_ns())
        except QueryError as wrong:
            raise InspectorError(f"The query is wrong: {wrong.message}.", "Mend it.") from wrong
        rows = query.select(base)
    else:
        rows = reader.select(base)
    if choice.rows is not None:
        rows = np.intersect1d(rows, np.array(choice.rows, np.int64))
    return rows[_within(reader, rows, choice.spans)] if choice.spans else rows


def _within(reader: CaptureReader, rows: Rows, spans: Sequence[Span]) -> Column:
    columns = reader.columns(rows, "channel", "partition", "offset")
    numbers = {channel: number for number, channel in enumerate(reader.channels())}
    found = np.zeros(len(rows), np.bool_)
    for span in spans:
        mine = columns["channel"] == numbers.get(span.channel, -1)
        if span.partition is not None:
            mine &= columns["partition"] == span.partition
        if span.first is not None:
            mine &= columns["offset"] >= span.first
        if span.end is not None:
            mine &= columns["offset"] < span.end
        found |= mine
    return found


def _capture(path: Path) -> bool:
    return importing.recognised(path).tool == importing.CAPTURE
