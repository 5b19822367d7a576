"""Whole flows of what comes, so that no more than so many bytes a second are kept of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zlib import crc32

from inspector.capture.one_in import OneIn
from inspector.record import RecordBatch
from inspector.trait_columns import TraitColumns


class FlowSample:
    """One flow in so many, always a power of two: keeping fewer leaves some flows out and breaks none.

    A flow is known by its trace, conversation or correlation, or else by the id of its event; records that
    name nothing are kept by their keys, so that an entity is whole, and those without one by their offsets.
    """

    def __init__(self, bytes_per_s: int, clock_ns: Callable[[], int]) -> None:
        self._share = OneIn(bytes_per_s)
        self._clock_ns = clock_ns

    @property
    def one_in(self) -> int:
        """How many flows there are for each that is kept."""
        return 1 << self._share.bits

    def chosen(self, batch: RecordBatch, traits: TraitColumns) -> Sequence[int] | None:
        """The records to be kept; None for all."""
        if not self._share.count(batch.size, self._clock_ns()):
            return None
        mask = self.one_in - 1
        return [index for index, root in enumerate(_roots(batch, traits)) if not root & mask]


def _roots(batch: RecordBatch, traits: TraitColumns) -> list[int]:
    flows, events = traits.column("flow_ids"), traits.column("event_ids")
    named = zip(flows, events, batch.keys, batch.offsets, strict=True)
    return [
        crc32((flow or event or "").encode() or key or offset.to_bytes(8, "big"))
        for flow, event, key, offset in named
    ]
