"""What searches ask first, loaded before anybody asks: the first query of a column waits for it otherwise."""

from __future__ import annotations

import contextlib
import threading

from inspector.errors import CaptureError
from inspector.store.index import RowIndex
from inspector.store.packing import Damaged
from inspector.store.sieve import Sieve

FIRST_ASKED = ("channel", "key", "timestamp_ns", "type", "sender", "partition", "offset", "flow")
"""Columns that queries ask most; all of them take some 30 bytes a record."""
MOST = 20_000_000
"""Records of a capture up to which they are loaded."""
AT_ONCE = 1 << 19
"""Rows that are loaded together; who reads meanwhile waits no longer than that takes."""


class Warming:
    """A thread that loads columns and indexes, the newest rows first."""

    def __init__(self, index: RowIndex, sieve: Sieve) -> None:
        self._index = index
        self._sieve = sieve
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin with the rows that there are now."""
        self._thread = threading.Thread(target=self._load, name="columns", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until all is loaded."""
        if self._thread is not None:
            self._thread.join()

    def end(self) -> None:
        """Load no more."""
        self._ending.set()
        self.wait()

    def _load(self) -> None:
        first, end = self._index.columns.first_row, self._index.columns.end_row
        if end - first > MOST:
            return
        for name in (*FIRST_ASKED, ""):
            for stop in range(end, first, -AT_ONCE):
                if self._ending.is_set():
                    return
                start = max(stop - AT_ONCE, first)
                with contextlib.suppress(CaptureError, Damaged):  # it is told when it is asked for
                    if name:
                        self._index.view(name, start, stop)
                    else:
                        self._sieve.read([block.id for block in self._index.extents(start, stop)])
