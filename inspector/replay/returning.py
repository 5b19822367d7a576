"""Where dead letters came from, by the headers of whoever gave up on them."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from graph.identity import ChannelId
from graph.query.terms import Comparison
from inspector.conventions.headers import ORIGIN_TOPIC, field, text
from inspector.record import Headers, Record
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

LOOKED = 5_000
"""Records of a channel that are looked at, the newest."""


class Origin(Struct, frozen=True):
    """Records of one channel that all say that they were on another one before."""

    channel: ChannelId
    """Where they were."""
    header: str
    """The name of the header that says so."""
    records: int
    """Among the newest `LOOKED` ones of the capture."""

    @property
    def query(self) -> str:
        """What finds them among all records of their channel."""
        return str(Comparison("header", "=", self.channel.name, self.header))


def origins(capture: Path, channel: ChannelId) -> tuple[Origin, ...]:
    """Where the records of a channel came from, the most frequent first. Raises CaptureError."""
    counts: Counter[tuple[str, str]] = Counter()
    with closing(CaptureReader(capture)) as reader:
        rows = reader.select(RowFilter(channels=frozenset({channel})))
        for row in rows[-LOOKED:].tolist():
            if (said := _said(reader.record(row).headers)) is not None:
                counts[said] += 1
    return tuple(
        Origin(ChannelId(channel.server, channel.kind, name), header, count)
        for (header, name), count in counts.most_common()
    )


def home(record: Record) -> ChannelId | None:
    """The channel that a record was on before; None where it does not say."""
    said = _said(record.headers)
    return None if said is None else ChannelId(record.channel.server, record.channel.kind, said[1])


def _said(headers: Headers) -> tuple[str, str] | None:
    """The last header that tells an original channel, and which: a dead letter can have died before."""
    for header, value in reversed(headers):
        known = field(header)
        if known is not None and known[1] == ORIGIN_TOPIC and value and (name := text(value)):
            return header, name
    return None
