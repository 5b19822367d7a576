"""What of the records that are read goes into the capture file, and what the file says of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from graph.model import DependencyGraph
from inspector.capture.held import Held
from inspector.capture.level import Level
from inspector.capture.masks import NO_MASKS, Masks
from inspector.capture.plan import Plan
from inspector.capture.sample import FlowSample
from inspector.conventions.rules import NO_RULES, Rules
from inspector.observation import RangeRead, RecordsMissed, TransactionAborted
from inspector.record import RecordBatch
from inspector.search.query import RecordQuery
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.trait_columns import TraitColumns, read_columns

STORED_BYTES_PER_S = 8_000_000
"""Of channels for which nobody chose a level; of more, whole flows are left out."""
PAUSED = "capture was paused"


class Capture:
    """Hands over to the writer. It runs on the engine's loop, and never blocks."""

    def __init__(
        self,
        path: Path,
        plan: Plan,
        graph: Callable[[], DependencyGraph],
        clock_ns: Callable[[], int],
        max_bytes: int | None = None,
    ) -> None:
        """Make the file or go on with it; raises CaptureError. The newest `graph` knows names for queries."""
        self.writer = CaptureWriter.open(path, max_bytes=max_bytes)
        with closing(CaptureReader(path)) as reader:
            for each in reader.coverage().covered:
                plan.resumed[each.channel, each.partition] = each.end
            self._held = Held(reader)
        self.rows_before = self.writer.rows
        """Those of a capture that is gone on with."""
        self.on = True
        self._plan = plan
        self._graph = graph
        self._queries: dict[str, RecordQuery] = {}
        self._clock_ns = clock_ns
        self._sample = FlowSample(STORED_BYTES_PER_S, clock_ns)
        self._masks, self._stored, self._rules = NO_MASKS, NO_MASKS, NO_RULES
        self.missed: Counter[str] = Counter()
        """Records that were not stored, by reason."""

    def mask(self, masks: Masks, rules: Rules, *, stored: bool) -> None:
        """No query finds what masks hide, nor is it `stored` where asked; traits are read by the rules."""
        self._masks, self._stored, self._rules = masks, masks if stored else NO_MASKS, rules
        self._queries.clear()

    def take(self, batch: RecordBatch, traits: TraitColumns) -> None:
        """Store what is to be kept of a batch."""
        rule = self._plan.chosen(batch.channel.name)
        level = self._plan.others if rule is None else rule.level
        if level is None or level is Level.HEADERS_OF_BATCHES:
            return
        if (others := self._held.others(batch, level)) is not None:
            batch, traits = batch.part(others), traits.part(others)
        if not self.on:
            self._miss(batch, len(batch), PAUSED)
            return
        if rule is None:
            batch, traits = self._part(batch, traits, self._sample.chosen(batch, traits))
        elif level is Level.MATCHING:
            holds = self._compiled(rule.query).holds
            found = [index for index, said in enumerate(traits) if holds(batch.record(index), said)]
            batch, traits = batch.part(found), traits.part(found)
        if self._stored.on(batch.channel.name):
            batch = self._stored.batch(batch)
            traits = read_columns(batch, self._rules)
        if level is Level.KEYS_AND_HEADERS:
            batch = replace(batch, values=None)
        if batch.offsets:
            self.writer.add_batch(batch, traits)

    def _part(
        self, batch: RecordBatch, traits: TraitColumns, chosen: Sequence[int] | None
    ) -> tuple[RecordBatch, TraitColumns]:
        if chosen is None:
            return batch, traits
        left = len(batch) - len(chosen)
        if left:
            mb = STORED_BYTES_PER_S // 1_000_000
            self._miss(
                batch, left, f"more than {mb} MB/s came, and one flow in {self._sample.one_in} is kept"
            )
        return batch.part(chosen), traits.part(chosen)

    def _compiled(self, text: str) -> RecordQuery:
        if text not in self._queries:
            self._queries[text] = RecordQuery(
                text, None, graph=self._graph(), now_ns=self._clock_ns(), masks=self._masks
            )
        return self._queries[text]

    def _miss(self, batch: RecordBatch, count: int, reason: str) -> None:
        self.missed_some(RecordsMissed(batch.channel, batch.partition, count, reason))

    def covered(self, seen: RangeRead) -> None:
        """All between two offsets was read; what of it is to be kept was taken before."""
        level = self._plan.level(seen.channel.name)
        if seen.headers_only:
            level = Level.HEADERS_OF_BATCHES
        if level is not None and self.on:
            self.writer.cover(seen.channel, seen.partition, seen.first_offset, seen.end_offset, level)

    def missed_some(self, seen: RecordsMissed) -> None:
        """Records were not read, or not stored."""
        if self._plan.level(seen.channel.name) is not None:
            self.missed[seen.reason] += seen.count
            self.writer.miss(seen.channel, seen.partition, seen.count, seen.reason, self._clock_ns())

    def aborted(self, seen: TransactionAborted) -> None:
        """A transaction of which records may have been stored was aborted."""
        self.writer.aborted(
            seen.channel, seen.partition, seen.producer_id, seen.first_offset, seen.end_offset
        )
