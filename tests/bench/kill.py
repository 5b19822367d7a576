"""kill -9 at 100 random moments of a capture at full speed: all files open again with nothing wrong in them,
and what is lost is never older than 250 ms."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from inspector.demo.broker import KafkaBroker
from tests.bench.ingest import TOPIC, UNBOUNDED, fill
from tests.kills import killed

KILLS, RECORDS, LONGEST_S = 100, 500_000, 3.0


def run() -> Iterator[str]:
    """Kill and look, a hundred times."""
    moments = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = KafkaBroker(folder, properties=UNBOUNDED).start()
        try:
            fill(broker.bootstrap, TOPIC, RECORDS)
            found = [
                killed(f"kafka://{broker.bootstrap}", TOPIC, folder, moments.uniform(0.0, LONGEST_S))
                for _ in range(KILLS)
            ]
        finally:
            broker.stop()
    wrong = [each.wrong for each in found if each.wrong]
    lost = sorted(each.lost_ms for each in found)
    yield f"{len(found) - len(wrong)} of {len(found)} opened again with nothing wrong in them"
    yield from (f"wrong: {each}" for each in wrong[:5])
    yield f"the oldest that was lost had come {lost[len(lost) // 2]:.0f} ms before, at worst {lost[-1]:.0f}"
    records = sorted(each.records for each in found)
    yield f"records captured until then: {records[0]:,} to {records[-1]:,}"
