"""Uses the list of events of a window, and prints milliseconds as JSON: HOME RECORDS BYTES."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from gui.app import Program
from gui.main_window import MainWindow
from gui.recent import Remembered
from inspector.host import ThreadHost
from inspector.record import Position, Record
from inspector.traits import Traits, read
from tests.gui.conftest import channel, shop_graph, shop_records, write_capture

PATIENCE_S = 60.0
QUERIES = {
    "filter by type, whole": "type:PriceChange",
    "filter by key, whole": "key:sku-12345",
    "filter by a field, first rows": "value.reason:promo",
    "filter by words, first rows": "supplier",
}
TIMES = 5


def made(folder: Path, records: int, size: int) -> Path:
    """A capture whose last rows are a record of 1 KB and one of `size` bytes, both JSON."""
    pairs: list[tuple[Record, Traits]] = shop_records(records)
    last = pairs[-1][0].timestamp_ns
    for number, count in enumerate((1_000, size)):
        item = json.dumps({"sku": "X-1", "note": "n" * 50}).encode()
        body = b'{"items": [' + b",".join([item] * (count // (len(item) + 1))) + b"]}"
        record = Record(channel("large"), Position(0, number), last + number + 1, b"k", body)
        pairs.append((record, read(record)))
    return write_capture(folder / "large.evs", pairs, shop_graph())


class Clock:
    """Runs the loop until something holds, and says how long that took."""

    def __init__(self) -> None:
        self.longest = 0.0
        """The longest time, in ms, for which the loop did not come round."""

    def until(self, holds: Callable[[], bool]) -> float:
        """Milliseconds until it holds."""
        loop, began = QEventLoop(), time.perf_counter()
        last = began
        self.longest = 0.0

        def look() -> None:
            nonlocal last
            now = time.perf_counter()
            self.longest, last = max(self.longest, (now - last) * 1e3), now
            if holds() or now - began > PATIENCE_S:
                loop.quit()

        timer = QTimer()
        timer.timeout.connect(look)
        timer.start(0)
        loop.exec()
        timer.stop()
        return (time.perf_counter() - began) * 1e3


def scrolled(window: MainWindow, clock: Clock) -> list[float]:
    """Processor time of jumps to 100 places, each painted."""
    table, bar, rng = window.events.table, window.events.table.verticalScrollBar(), random.Random(3)
    times = []
    for _ in range(100):
        began = time.thread_time()
        bar.setValue(rng.randrange(bar.maximum()))
        table.viewport().repaint()
        times.append((time.thread_time() - began) * 1e3)
        clock.until(lambda: True)
    return times


def _shown(window: MainWindow) -> bool:
    opened = window.events.record.opened
    return opened is not None and opened.record.key == b"k"


def _found(window: MainWindow, records: int, *, whole: bool) -> bool:
    finder, count = window.events.finder, window.events.model.rowCount()
    return not finder.searching if whole else 0 < count < records


def main() -> None:
    """Measure and print."""
    home, records, size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    path, clock = made(home, records, size), Clock()
    program = Program("light", make_host=ThreadHost, remembered=Remembered(home / "window.json"))
    window = program.window()
    window.resize(1600, 1000)
    window.show()
    clock.until(lambda: window.isVisible())
    found: dict[str, list[float]] = {}
    events = window.events
    began = time.perf_counter()
    program.open_file(window, path)
    clock.until(lambda: events.model.rowCount() > 0)
    found["open, until rows are there"] = [(time.perf_counter() - began) * 1e3]
    clock.until(lambda: not events.finder.searching and events.model.rowCount() >= records)
    found["scroll anywhere, processor time"] = scrolled(window, clock)
    for row, name in ((records, "1 KB"), (records + 1, f"{size // 1_000_000} MB")):
        opened, blocked = [], []
        for _ in range(TIMES):
            window.session.select_row(row - 5)
            clock.until(lambda: events.record.ready)
            window.session.select_row(row)
            opened.append(clock.until(lambda: _shown(window)))
            blocked.append(clock.longest)
        found[f"open a record of {name}"] = opened
        found[f"longest hold of the window, {name}"] = blocked
    for name, query in QUERIES.items():
        whole = name.endswith("whole")
        times = []
        for _ in range(TIMES):
            events.bar.ask("")
            clock.until(lambda: not events.finder.searching and events.model.rowCount() >= records)
            began = time.perf_counter()
            events.bar.ask(query)
            clock.until(partial(_found, window, records, whole=whole))
            times.append((time.perf_counter() - began) * 1e3)
        found[name] = times
    program.close()
    sys.stdout.write(json.dumps(found))


main()
