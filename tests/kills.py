"""A capture at full speed that is killed without warning, and what is found in its file afterwards."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inspector.capture.level import Level
from inspector.store.reader import CaptureReader

NOTE = struct.Struct("<dqq")
"""When records were handed over (monotonic, s), of which partition, and the offset after them."""
EVERY = 50
"""One record in so many is read whole afterwards: those of a frame lie together."""
MEMORY = "memory"
"""Instead of an address: a broker in the killed process itself, to which it writes as fast as it can."""


@dataclass(frozen=True)
class Killed:
    """What was left."""

    records: int
    lost_ms: float
    """How long before its death the oldest record that is not in the file was handed over; 0 for none."""
    wrong: str
    """A sentence where the file is not as it should be."""


def killed(url: str, topic: str, folder: Path, after_s: float) -> Killed:
    """Capture in a process, kill it so long after its first record, and look at its file."""
    name = uuid.uuid4().hex
    file, notes = folder / f"{name}.evs", folder / f"{name}.notes"
    notes.touch()
    child = subprocess.Popen([sys.executable, "-m", "tests.kills", url, topic, str(file), str(notes)])
    try:
        end = time.monotonic() + 60
        while not notes.stat().st_size:
            if time.monotonic() > end or child.poll() is not None:
                raise RuntimeError("the capture does not begin")
            time.sleep(0.005)
        time.sleep(after_s)
    finally:
        child.kill()
        child.wait()
    at = time.monotonic()
    found = _looked_at(file, notes, at)
    for left in folder.glob(f"{name}*"):
        left.unlink()
    return found


def _looked_at(file: Path, notes: Path, at: float) -> Killed:
    handed = list(NOTE.iter_unpack(notes.read_bytes()[: notes.stat().st_size // NOTE.size * NOTE.size]))
    with closing(CaptureReader(file)) as reader:
        rows = np.arange(reader.first_row, reader.end_row)
        columns = reader.columns(rows, "partition", "offset")
        stored = {
            int(partition): np.sort(columns["offset"][columns["partition"] == partition]).tolist()
            for partition in np.unique(columns["partition"])
        }
        for row in rows[::EVERY].tolist():  # which reads every part of every block
            position = reader.record(row).position
            place = row - reader.first_row
            assert position.offset == columns["offset"][place], position
        damaged, covered = reader.damaged, reader.coverage().covered
    wrong = "; ".join(damage.sentence for damage in damaged)
    ends = {}
    for partition, offsets in stored.items():
        ends[partition] = len(offsets)
        if offsets != list(range(len(offsets))):
            wrong = wrong or f"partition {partition} has holes, or records twice"
    for each in covered:
        if each.level is not Level.EVERYTHING or each.end > ends.get(each.partition, 0):
            wrong = wrong or f"{each} is said to be covered and is not"
    missing = [then for then, partition, end in handed if end > ends.get(partition, 0)]
    lost_ms = 1_000 * (at - min(missing)) if missing else 0.0
    return Killed(sum(map(len, stored.values())), lost_ms, wrong)


def _main(url: str, topic: str, file: str, notes: str) -> None:
    import asyncio
    import threading
    from itertools import count
    from typing import Any

    from inspector.brokers.memory import MemoryBroker
    from inspector.capture.level import ChannelLevel
    from inspector.engine import Engine
    from inspector.engine_process import collect_seldom
    from inspector.link import Connect, Report, SetCapture
    from inspector.store.writer import CaptureWriter

    log = os.open(notes, os.O_WRONLY | os.O_APPEND)
    hand_over = CaptureWriter.add_batch

    def noted(writer: CaptureWriter, batch: Any, traits: Any) -> None:
        hand_over(writer, batch, traits)
        os.write(log, NOTE.pack(time.monotonic(), batch.partition, batch.offsets[-1] + 1))

    setattr(CaptureWriter, "add_batch", noted)  # noqa: B010  there is nobody else in this process
    broker = MemoryBroker("killed")
    channel = broker.create_channel(topic, partitions=2)

    def write() -> None:
        for turn in count():
            for number in range(200 * turn, 200 * turn + 200):
                value = b'{"order": %d, "note": "%s"}' % (number, os.urandom(60).hex().encode())
                headers = (("ce_id", b"%d" % number), ("ce_source", b"/a"), ("ce_type", b"Made"))
                broker.write(channel, value, key=b"%d" % number, headers=headers, partition=number % 2)
            time.sleep(0.001)

    async def deliver(_reports: list[Report]) -> None:
        return

    collect_seldom()
    engine = Engine(Path(file), deliver)
    engine.commands.put_nowait(SetCapture(True, (ChannelLevel(topic, Level.EVERYTHING),), None, since_ns=0))
    if url == MEMORY:
        threading.Thread(target=write, daemon=True).start()
    engine.commands.put_nowait(Connect(broker.url if url == MEMORY else url))
    asyncio.run(engine.run())


if __name__ == "__main__":
    _main(*sys.argv[1:])
