"""Captures made of others: parts of one, several in one, one without what masks hide, what is left of a
damaged one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
from msgspec import Struct

from graph.delta import diff
from graph.identity import ChannelId
from graph.model import Channel, DependencyGraph, Server
from inspector.errors import CaptureError, InspectorError
from inspector.exchange.selection import Event, Selection, Stopped
from inspector.store.block import BLOCK_RECORDS
from inspector.store.indexing import index_capture
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.store.writer import CaptureWriter

Place = tuple[ChannelId, int]
"""A channel and one of its partitions."""
AT_ONCE = BLOCK_RECORDS
LEFT_OUT = "left out when the capture was cut"


class Copied(Struct, frozen=True):
    """What became of the records of some captures."""

    records: int
    unread: int = 0
    """Damaged ones."""
    twice: int = 0
    """Those that another one of the captures has as well."""


def copy(events: Selection, path: Path) -> Copied:
    """A capture of some events of another one, with its coverage and its graph over time.

    Where masks apply, the graph is left out but for servers and channels: it may name what they hide. Raises
    CaptureError.
    """
    reader = events.reader
    with _writing(path) as writer:
        if events.sight.any:
            _keep_graph(writer, bare(reader.channels()))
        else:
            _keep_history(writer, [reader])
        kept: Counter[Place] = Counter()
        _add(writer, _counted(events, kept))
        _cover(writer, reader, kept)
    return Copied(events.taken, events.unread)


def together(
    readers: Sequence[CaptureReader], path: Path, stop: Callable[[], bool] = lambda: False
) -> Copied:
    """One capture of several, in the order of time; what lies in more than one is taken once.

    Raises Stopped once `stop` says so.
    """
    channels = sorted({channel for reader in readers for channel in reader.channels()})
    number = {channel: place for place, channel in enumerate(channels)}
    rows = [reader.select(RowFilter()) for reader in readers]
    columns = [
        reader.columns(each, "timestamp_ns", "channel", "partition", "offset")
        for reader, each in zip(readers, rows, strict=True)
    ]
    for reader, each in zip(readers, columns, strict=True):
        own = np.array([number[channel] for channel in reader.channels()] or [0], np.int64)
        each["channel"] = own[each["channel"]]
    source = np.concatenate([np.full(len(each), place) for place, each in enumerate(rows)])
    all_rows = np.concatenate(rows)
    whole = {name: np.concatenate([each[name] for each in columns]) for name in columns[0]}
    order = np.lexsort((source, whole["offset"], whole["partition"], whole["channel"], whole["timestamp_ns"]))
    same = np.zeros(len(order), bool)
    same[1:] = np.all([each[order][1:] == each[order][:-1] for each in whole.values()], axis=0)
    same[1:] &= source[order][1:] != source[order][:-1]
    order = order[~same]
    unread = 0

    def events() -> Iterator[Event]:
        nonlocal unread
        for place in order.tolist():
            if stop():
                raise Stopped("It was stopped, and nothing was written.")
            reader, row = readers[int(source[place])], int(all_rows[place])
            try:
                yield Event(reader.record(row), reader.traits(row))
            except CaptureError:
                unread += 1

    with _writing(path) as writer:
        _keep_history(writer, readers)
        _add(writer, events())
        for reader in readers:
            _cover(writer, reader, None)
    return Copied(len(order) - unread, unread + sum(map(_lost, readers)), int(same.sum()))


def added(path: Path, events: Iterable[Event]) -> int:
    """A new capture of events from elsewhere; the number of them. Raises CaptureError."""
    with _writing(path) as writer:
        counts: Counter[Place] = Counter()
        count = _add(writer, _counted(events, counts))
        _keep_graph(writer, bare(channel for channel, _ in counts))
        return count


def bare(channels: Iterable[ChannelId]) -> DependencyGraph:
    """A graph of channels and their servers alone."""
    found = sorted(set(channels))
    servers = {channel.server: Server(channel.server, channel.server.address) for channel in found}
    return DependencyGraph(servers=servers, channels={channel: Channel(channel) for channel in found})


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator[list[CaptureReader]]:
    """Some captures to read; raises CaptureError for one that is none."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(CaptureReader(path))) for path in paths]


@contextmanager
def _writing(path: Path) -> Iterator[CaptureWriter]:
    if path.exists():
        raise InspectorError(f"{path} is there already.", "Name a new file.")
    writer = CaptureWriter.open(path)
    try:
        yield writer
    finally:
        writer.close()
    index_capture(path)


def _add(writer: CaptureWriter, events: Iterable[Event]) -> int:
    left, count = iter(events), 0
    while some := list(islice(left, AT_ONCE)):
        writer.add([event.record for event in some], [event.traits for event in some])
        writer.flush()
        count += len(some)
    return count


def _counted(events: Iterable[Event], kept: Counter[Place]) -> Iterator[Event]:
    for event in events:
        kept[event.record.channel, event.record.position.partition] += 1
        yield event


def _cover(writer: CaptureWriter, reader: CaptureReader, kept: Counter[Place] | None) -> None:
    """Say of the copy what was said of the original, and what was left out of it."""
    known = reader.coverage()
    for each in known.covered:
        writer.cover(each.channel, each.partition, each.first, each.end, each.level)
    for lost in known.missed:
        writer.miss(lost.channel, lost.partition, lost.count, lost.reason, lost.last_ns)
    if kept is None:
        return
    rows = reader.select(RowFilter())
    columns = reader.columns(rows, "channel", "partition", "timestamp_ns")
    places, counts = np.unique(
        np.stack([columns["channel"], columns["partition"]]), axis=1, return_counts=True
    )
    newest = int(columns["timestamp_ns"].max(initial=0))
    for (channel, partition), count in zip(places.T.tolist(), counts.tolist(), strict=True):
        found = reader.channels()[channel]
        if left := count - kept[found, partition]:
            writer.miss(found, partition, left, LEFT_OUT, newest)


def _keep_graph(writer: CaptureWriter, graph: DependencyGraph) -> None:
    writer.keep_graph(diff(DependencyGraph(), graph))


def _keep_history(writer: CaptureWriter, readers: Sequence[CaptureReader]) -> None:
    """The graph at each moment at which that of a capture changed, and so what loops did."""
    before = DependencyGraph()
    for at_ns in sorted({at_ns for reader in readers for at_ns in reader.graph_times_ns()}):
        known = [reader.graph(at_ns) for reader in readers]
        begun = [graph for graph in known if graph.to_ns] or known
        graph = begun[0] if len(begun) == 1 else _union(begun)
        writer.keep_graph(diff(before, graph))
        writer.flush()
        before = graph


def _union(graphs: Sequence[DependencyGraph]) -> DependencyGraph:
    made = DependencyGraph(
        from_ns=min(each.from_ns for each in graphs), to_ns=max(each.to_ns for each in graphs)
    )
    for each in graphs:
        made.servers.update(each.servers)
        made.applications.update(each.applications)
        made.channels.update(each.channels)
        made.operations.update(each.operations)
        made.routes.update(each.routes)
        made.loops.update(each.loops)
    return made


def _lost(reader: CaptureReader) -> int:
    return sum(damage.count for damage in reader.damaged)
