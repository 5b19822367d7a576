"""Events as a Parquet file, keys and values as bytes; needs the extra `parquet`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import BinaryIO

from inspector.errors import InspectorError
from inspector.exchange.flat import FIELDS, row
from inspector.exchange.selection import Event

AT_ONCE = 10_000
"""Rows of a group."""


def write(events: Iterable[Event], file: BinaryIO) -> None:
    """All events; raises InspectorError where pyarrow is missing."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as missing:
        raise InspectorError(
            "Parquet files need pyarrow, which is not installed.",
            "Install it with: pip install 'eventscope[parquet]'",
        ) from missing
    types = {
        "text": pa.string(),
        "int": pa.int32(),
        "long": pa.int64(),
        "time": pa.timestamp("ns", tz="UTC"),
        "bytes": pa.binary(),
        "bool": pa.bool_(),
        "headers": pa.list_(pa.struct([("name", pa.string()), ("value", pa.binary())])),
    }
    schema = pa.schema(
        [
            pa.field(name, types[kind.rstrip("?")], nullable=kind.endswith("?"))
            for name, kind in FIELDS.items()
        ]
    )
    left = iter(events)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while rows := [row(event) for event in islice(left, AT_ONCE)]:
            writer.write_table(pa.Table.from_pylist(rows, schema))
