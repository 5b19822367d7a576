from __future__ import annotations

import threading
from functools import reduce
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from graph.delta import apply, diff
from graph.identity import ChannelId, ChannelKind, LoopId, ServerId
from graph.model import CausalPath, Channel, DependencyGraph, FeedbackLoop, LoopStatus, Unavailable
from inspector.store.history import PIECE, WHOLE_EVERY
from inspector.store.past import BACK, KEPT, fold
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter

SERVER = ServerId("kafka", "127.0.0.1:9092")
names = st.sampled_from("abcd")
channels = st.builds(
    Channel,
    st.builds(ChannelId, st.just(SERVER), st.just(ChannelKind.TOPIC), names),
    st.sampled_from([None, 1.0, 2.0]),
)
loops = st.builds(
    FeedbackLoop,
    st.builds(LoopId, names),
    st.just(()),
    st.just(()),
    st.sampled_from(LoopStatus),
    st.just(0.5),
)
chains = st.builds(
    CausalPath, st.just(()), st.just(()), st.sampled_from([1.0, 2.0, 3.0]), st.none(), st.just(3)
)
graphs = st.builds(
    DependencyGraph,
    channels=st.lists(channels, max_size=4).map(lambda found: {each.id: each for each in found}),
    loops=st.lists(loops, max_size=3).map(lambda found: {each.id: each for each in found}),
    unavailable=st.lists(st.builds(Unavailable, names, st.just("w"), st.just("r")), max_size=2).map(tuple),
    chains=st.lists(chains, max_size=3, unique=True).map(tuple),
    from_ns=st.integers(0, 5),
    to_ns=st.integers(5, 9),
)


@given(graphs, st.lists(graphs, max_size=5))
def test_many_deltas_at_once_are_the_same_as_one_by_one(
    begin: DependencyGraph, later: list[DependencyGraph]
) -> None:
    deltas = [diff(old, new) for old, new in zip([begin, *later], later, strict=False)]
    assert fold(begin, deltas) == reduce(apply, deltas, begin)
    assert fold(begin, []) == begin


def many(step: int, count: int = 3 * PIECE) -> DependencyGraph:
    """Every third channel changes its rate with each step, and one goes."""
    made = [
        Channel(
            ChannelId(SERVER, ChannelKind.TOPIC, f"t{n:05}"),
            float(step if n % 3 == step % 3 else 0),
        )
        for n in range(step, count)
    ]
    return DependencyGraph(channels={each.id: each for each in made}, to_ns=step)


def test_a_large_graph_is_kept_in_pieces_and_comes_back_whole(path: Path) -> None:
    writer, before = CaptureWriter.open(path), DependencyGraph()
    reader = CaptureReader(path)
    for step in range(1, 13):
        writer.keep_graph(diff(before, many(step)))
        before = many(step)
        writer.flush()
        # A reader that was there before takes in what was written since.
        assert reader.graph() == before
    for step in (3, 12, 1, 7, 8, 2, 11, 0):
        assert reader.graph(step) == (many(step) if step else DependencyGraph())
    sizes = reader._connection.execute("SELECT id, whole FROM graph").fetchall()
    wholes = [number for number, whole in sizes if whole]
    # Two thirds of it change each time, so it is written whole every other time.
    assert len(wholes) == 6
    assert len(sizes) > 12 + 3 * len(wholes)
    reader.close()
    writer.close()


def test_reading_a_moment_again_reads_nothing_from_the_file(path: Path) -> None:
    writer, before = CaptureWriter.open(path), DependencyGraph()
    for step in range(1, WHOLE_EVERY // 2):
        writer.keep_graph(diff(before, many(step, 60)))
        before = many(step, 60)
    writer.close()
    reader = CaptureReader(path)
    reader.graph(10)
    seen: list[str] = []
    reader._past_connection.set_trace_callback(seen.append)
    kept = [id(each) for each in reader.graph(20).channels.values()]
    assert kept == [id(each) for each in reader.graph(20).channels.values()]
    rows = reader._past_connection.execute("SELECT count(*) FROM graph").fetchone()[0]
    assert rows == WHOLE_EVERY // 2 - 1
    assert len(reader._past._deltas) == rows - 1
    assert len(seen) == 5
    reader.close()


def test_moments_are_the_same_in_whatever_order_they_are_asked_for(path: Path) -> None:
    last, before = 3 * BACK, DependencyGraph()
    writer = CaptureWriter.open(path)
    for step in range(1, last + 1):
        writer.keep_graph(diff(before, many(step, 2 * last)))
        before = many(step, 2 * last)
    writer.close()
    reader = CaptureReader(path)
    back_and_forth = [*range(last, 0, -3), *range(1, last, 5), last, 2, last - 1]
    for step in back_and_forth:
        assert reader.graph(step) == many(step, 2 * last)
        assert len(reader._past._folded) <= KEPT
    reader.close()


def test_any_thread_may_ask_for_a_moment_while_others_read_rows(path: Path) -> None:
    writer, before = CaptureWriter.open(path), DependencyGraph()
    for step in range(1, 40):
        writer.keep_graph(diff(before, many(step, 100)))
        before = many(step, 100)
    writer.close()
    reader = CaptureReader(path)
    wrong: list[int] = []

    def look(start: int) -> None:
        wrong.extend(step for step in range(start, 40, 3) if reader.graph(step) != many(step, 100))

    threads = [threading.Thread(target=look, args=(start,)) for start in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert reader.known_ns() == (1, 39)
    reader.close()
