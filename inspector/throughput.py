"""How much is written to the brokers, and how much of it is read here, over the last seconds."""

from __future__ import annotations

from collections import deque

from graph.identity import ChannelId
from inspector.observation import OffsetsSeen

WINDOW_NS = 10_000_000_000


class _Sliding:
    """A sum over the window, per second.

    Amounts come in bursts seconds apart, so the time they took is that between the first burst and the
    last, and the first burst belongs to the time before it.
    """

    def __init__(self) -> None:
        self._entries: deque[tuple[int, float]] = deque()
        self._sum = 0.0

    def add(self, at_ns: int, amount: float) -> None:
        self._entries.append((at_ns, amount))
        self._sum += amount

    def per_s(self, now_ns: int) -> float:
        while self._entries and self._entries[0][0] < now_ns - WINDOW_NS:
            self._sum -= self._entries.popleft()[1]
        if not self._entries:
            return 0.0
        first_ns, last_ns = self._entries[0][0], self._entries[-1][0]
        before = 0.0
        for at_ns, amount in self._entries:
            if at_ns != first_ns:
                break
            before += amount
        return (self._sum - before) * 1e9 / (last_ns - first_ns) if last_ns > first_ns else 0.0


class Throughput:
    """Sums of what was seen; `now_ns` never goes back."""

    def __init__(self) -> None:
        self._ends: dict[ChannelId, int] = {}
        self._written = _Sliding()
        self._bytes = _Sliding()
        self.skipped = 0
        """Records that were seen to exist and not read."""

    def written(self, seen: OffsetsSeen, now_ns: int) -> None:
        """Offsets of a channel moved on."""
        end = sum(seen.end.values())
        before = self._ends.get(seen.channel)
        self._ends[seen.channel] = end
        self._written.add(now_ns, 0 if before is None else max(end - before, 0))

    def read(self, size: int, now_ns: int) -> None:
        """So many bytes of records were read."""
        self._bytes.add(now_ns, size)

    def written_per_s(self, now_ns: int) -> float:
        """Records a second written to all channels, by their offsets."""
        return self._written.per_s(now_ns)

    def read_bytes_per_s(self, now_ns: int) -> float:
        """Bytes a second of keys, values and headers read here."""
        return self._bytes.per_s(now_ns)
