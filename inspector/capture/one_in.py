"""How many flows there are for each that is kept, so that what is kept stays within a rate."""

from __future__ import annotations

from math import ceil, log2

SECOND_NS = 1_000_000_000


class OneIn:
    """Counts what comes, kept or not, and goes by the last second of it. Always a power of two."""

    def __init__(self, most_per_s: float) -> None:
        self.bits = 0
        """Of the hash of a flow: those that are 0 in all of them are kept."""
        self._most_per_s = most_per_s
        self._since_ns: int | None = None
        self._came = 0

    def count(self, amount: int, now_ns: int) -> int:
        """Take in that so much came; the bits from now on."""
        if self._since_ns is None:
            self._since_ns = now_ns
        self._came += amount
        took_ns = now_ns - self._since_ns
        most = self._most_per_s * max(took_ns, SECOND_NS) / SECOND_NS
        if self._came > most * (1 << self.bits):
            self.bits = ceil(log2(self._came / most))
        if took_ns >= SECOND_NS:
            if self.bits and self._came < most * (1 << self.bits) / 4:
                self.bits -= 1
            self._since_ns, self._came = now_ns, 0
        return self.bits
