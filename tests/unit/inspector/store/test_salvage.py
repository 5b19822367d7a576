"""A capture whose pages are damaged gives back what its other pages hold, byte for byte."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from graph.delta import diff
from graph.identity import ChannelId
from graph.model import Channel, DependencyGraph
from inspector.capture.level import Level
from inspector.errors import CaptureError
from inspector.record import Record
from inspector.store.reader import CaptureReader
from inspector.store.salvage import Salvaged, salvage
from inspector.store.schema import PAGE_SIZE
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

BLOCKS, EACH = 6, 2_100


@pytest.fixture
def written(
    path: Path, pair: Callable[..., tuple[Record, Traits]], channel: Callable[[str], ChannelId]
) -> Path:
    """Six blocks with large bodies, some coverage, an abort and a graph."""
    noise = random.Random(1)
    writer = CaptureWriter.open(path)
    for start in range(0, BLOCKS * EACH, EACH):
        made = [pair(i, value=noise.randbytes(60)) for i in range(start, start + EACH)]
        writer.add([record for record, _ in made], [said for _, said in made])
        writer.cover(channel("orders"), 0, start, start + EACH, Level.EVERYTHING)
        writer.flush()
    writer.miss(channel("orders"), 0, 7, "it was late", 5)
    writer.aborted(channel("audit"), 1, 1000, 3, 9)
    found = {channel("orders"): Channel(channel("orders"))}
    writer.keep_graph(diff(DependencyGraph(), DependencyGraph(channels=found)))
    writer.close()
    return path


def told(path: Path) -> tuple[list[tuple[Record, Traits]], object, object]:
    """All that a capture says."""
    with closing(CaptureReader(path)) as reader:
        known = reader.coverage()
        found = []
        for row in range(reader.first_row, reader.end_row):
            try:
                found.append((reader.record(row), reader.traits(row)))
            except CaptureError:
                continue
        return found, (known.covered, known.missed), reader.graph().channels


def spoilt(path: Path, numbers: list[int]) -> None:
    with path.open("r+b") as file:
        for number in numbers:
            file.seek((number - 1) * PAGE_SIZE)
            file.write(os.urandom(PAGE_SIZE))


def test_without_its_first_page_all_of_it_is_read(written: Path, tmp_path: Path) -> None:
    whole = told(written)
    spoilt(written, [1])
    with pytest.raises(CaptureError):
        CaptureReader(written)
    assert salvage(written, tmp_path / "new.evs") == Salvaged(BLOCKS, BLOCKS * EACH, 0)
    assert told(tmp_path / "new.evs") == whole


def test_what_other_pages_hold_is_read(written: Path, tmp_path: Path) -> None:
    whole, _, _ = told(written)
    pages = written.stat().st_size // PAGE_SIZE
    for seed in range(4):
        damaged, new = tmp_path / f"{seed}.evs", tmp_path / f"new{seed}.evs"
        shutil.copy(written, damaged)
        spoilt(damaged, [1, *random.Random(seed).sample(range(pages // 2, pages), 2)])
        salvage(damaged, new)
        left, _, _ = told(new)
        assert len(left) > EACH
        known = {record.position: (record, said) for record, said in whole}
        assert all(known[record.position] == (record, said) for record, said in left)


def test_what_is_only_in_the_log_is_read_too(
    path: Path, pair: Callable[..., tuple[Record, Traits]], tmp_path: Path
) -> None:
    writer = CaptureWriter.open(path)
    made = [pair(i) for i in range(50)]
    writer.add([record for record, _ in made], [said for _, said in made])
    writer.flush()
    killed = tmp_path / "killed.evs"
    shutil.copy(path, killed)
    shutil.copy(f"{path}-wal", f"{killed}-wal")
    writer.close()
    spoilt(killed, [1])
    assert salvage(killed, tmp_path / "new.evs").records == 50
    assert told(tmp_path / "new.evs")[0] == told(path)[0]


def test_any_bytes_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "any.evs").write_bytes(os.urandom(20 * PAGE_SIZE))
    assert salvage(tmp_path / "any.evs", tmp_path / "new.evs") == Salvaged()
