"""What cells, trails and queries show of values that are no text, with and without masks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import cbor2
from msgspec.structs import replace

from graph.model import DependencyGraph
from gui.events.copying import as_json
from gui.events.masked import masked_row
from inspector.capture.masks import Mask
from inspector.decode.sight import AS_IT_IS, Sight
from inspector.exchange.selection import SeenCapture
from inspector.record import Record
from inspector.search.query import RecordQuery
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.trails.follow import follow
from inspector.traits import Traits, read

Pairs = list[tuple[Record, Traits]]
BODY = {"sku": "1", "card": "4711"}


def test_values_in_cbor_are_shown_found_and_masked(
    records: Callable[[int], Pairs], make_capture: Callable[..., Path]
) -> None:
    coded = [replace(each, value=cbor2.dumps(BODY)) for each, _ in records(5)]
    with closing(CaptureReader(make_capture([(each, read(each)) for each in coded]))) as reader:
        row = reader.rows([3])[0]
        assert masked_row(reader, row, AS_IT_IS).preview == '{"sku":"1","card":"4711"}'
        sight = Sight((Mask(path="$.card"),))
        assert masked_row(reader, row, sight).preview == '{"sku":"1","card":"***"}'
        assert '"card":"***"' in as_json(reader, [3], sight)
        for seen, found in ((AS_IT_IS, 5), (sight, 0)):
            query = RecordQuery(
                "value.card:4711", reader, graph=DependencyGraph(), now_ns=0, masks=seen, decode=seen.value
            )
            assert len(query.select(RowFilter())) == found


def test_what_is_masked_is_in_no_trail(
    records: Callable[[int], Pairs], make_capture: Callable[..., Path]
) -> None:
    pairs = [(each, read(each)) for each, _ in records(5)]
    with closing(CaptureReader(make_capture(pairs))) as reader:
        seen = SeenCapture(reader, Sight((Mask(header="ce_type"),)))
        trail = follow(seen, DependencyGraph(), 3)
        assert trail is not None
        assert {step.type for step in trail.steps} == {"***"}


def test_aborted_records_are_found(
    records: Callable[[int], Pairs], make_capture: Callable[..., Path]
) -> None:
    pairs = [
        (replace(each, aborted=at == 2, transactional=True), said)
        for at, (each, said) in enumerate(records(4))
    ]
    with closing(CaptureReader(make_capture(pairs))) as reader:
        for text, found in (("aborted:yes", [2]), ("aborted:no", [0, 1, 3])):
            query = RecordQuery(text, reader, graph=DependencyGraph(), now_ns=0)
            assert query.select(RowFilter()).tolist() == found
