from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.delta import diff
from graph.model import Channel, DependencyGraph
from inspector.capture.level import Level
from inspector.capture.masks import Mask
from inspector.decode.sight import Sight
from inspector.exchange.captures import LEFT_OUT, copy, opened, together
from inspector.exchange.selection import Selection, in_time
from inspector.store.block import BLOCK_BYTES, KINDS
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.store.writer import CaptureWriter
from inspector.traits import read
from tests.unit.inspector.exchange.conftest import Captured, record, topic


def test_a_copy_has_the_same_records_and_says_what_was_left_out(tmp_path: Path) -> None:
    writer = CaptureWriter.open(tmp_path / "a.evs")
    made = [record(i) for i in range(30)]
    writer.add(made, [read(each) for each in made])
    writer.cover(topic("orders"), 0, 0, 30, Level.EVERYTHING)
    writer.miss(topic("orders"), 1, 4, "had expired", 1)
    writer.close()
    with closing(CaptureReader(tmp_path / "a.evs")) as reader:
        done = copy(Selection(reader, range(10, 20)), tmp_path / "b.evs")
        with closing(CaptureReader(tmp_path / "b.evs")) as copied:
            assert done.records == 10
            assert [copied.record(row) for row in range(10)] == made[10:20]
            assert [copied.traits(row) for row in range(10)] == [read(each) for each in made[10:20]]
            coverage = copied.coverage()
            assert coverage.covered == reader.coverage().covered
            left = sum(each.count for each in coverage.missed if each.reason == LEFT_OUT)
            assert left == 20
            assert sum(each.count for each in coverage.missed) == 24


def test_copies_keep_the_graph_as_it_was_over_time(tmp_path: Path) -> None:
    graphs = {}
    for name, times in (("a", (10, 20, 30)), ("b", (15, 25))):
        writer = CaptureWriter.open(tmp_path / f"{name}.evs")
        before = DependencyGraph()
        for number, at_ns in enumerate(times):
            found = {topic(f"{name}{one}"): Channel(topic(f"{name}{one}")) for one in range(number + 1)}
            graphs[name, at_ns] = DependencyGraph(channels=found, from_ns=1, to_ns=at_ns)
            writer.keep_graph(diff(before, graphs[name, at_ns]))
            before = graphs[name, at_ns]
        writer.add([record(1)], [read(record(1))])
        writer.close()
    with opened([tmp_path / "a.evs", tmp_path / "b.evs"]) as readers:
        copy(Selection(readers[0], range(1)), tmp_path / "c.evs")
        together(readers, tmp_path / "d.evs")
    with opened([tmp_path / "c.evs", tmp_path / "d.evs"]) as (copied, merged):
        assert copied.graph_times_ns() == [10, 20, 30]
        assert [copied.graph(at_ns) for at_ns in (10, 20, 29, 30)] == [
            graphs["a", at_ns] for at_ns in (10, 20, 20, 30)
        ]
        assert merged.graph_times_ns() == [10, 15, 20, 25, 30]
        assert set(merged.graph(22).channels) == {*graphs["a", 20].channels, *graphs["b", 15].channels}


def test_masks_leave_the_graph_out(captured: Captured, tmp_path: Path) -> None:
    reader = captured([record(i) for i in range(6)])
    copy(Selection(reader, range(6), Sight((Mask(path="$.card"),))), tmp_path / "b.evs")
    with closing(CaptureReader(tmp_path / "b.evs")) as copied:
        assert b"4711" not in b"".join(copied.record(row).value or b"" for row in range(6))
        graph = copied.graph()
        assert {each.name for each in graph.channels} == {"orders", "payments"}
        assert not graph.applications


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sets(st.integers(0, 40), min_size=1), min_size=1, max_size=3))
def test_merged_is_the_union_in_the_order_of_time(captured: Captured, parts: list[set[int]]) -> None:
    for number, part in enumerate(parts):
        (captured([], f"{number}.evs").path).unlink()
        captured([record(i) for i in sorted(part)], f"{number}.evs").close()
    paths = [captured([], "x.evs").path.parent / f"{number}.evs" for number in range(len(parts))]
    readers = [CaptureReader(path) for path in paths]
    target = paths[0].parent / "merged.evs"
    target.unlink(missing_ok=True)
    try:
        done = together(readers, target)
    finally:
        for reader in readers:
            reader.close()
    wanted = sorted(set().union(*parts))
    assert (done.records, done.twice) == (len(wanted), sum(map(len, parts)) - len(wanted))
    with closing(CaptureReader(target)) as merged:
        rows = in_time(merged, merged.select(RowFilter())).tolist()
        assert [merged.record(row) for row in rows] == [record(i) for i in wanted]


def test_what_is_damaged_is_counted_and_the_rest_is_copied(captured: Captured, tmp_path: Path) -> None:
    first = [record(i, value=b"%d" % i * BLOCK_BYTES) for i in range(2)]
    writer = CaptureWriter.open(tmp_path / "a.evs")
    for one in first:  # too large to share a block
        writer.add([one], [read(one)])
        writer.flush()
    writer.close()
    with closing(sqlite3.connect(tmp_path / "a.evs")) as file, file:
        file.execute(
            "UPDATE part SET data = zeroblob(9) WHERE id / ? = (SELECT min(id) FROM block)", (KINDS,)
        )
    with closing(CaptureReader(tmp_path / "a.evs")) as reader:
        selection = Selection(reader, range(2))
        done = copy(selection, tmp_path / "b.evs")
        assert (done.records, done.unread) == (1, 1)
        assert reader.damaged
    with closing(CaptureReader(tmp_path / "b.evs")) as copied:
        assert copied.record(copied.first_row) == first[1]
