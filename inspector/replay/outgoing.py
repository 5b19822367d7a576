"""What is sent for a record: edited, to its channel, with the marks of its run."""

from __future__ import annotations

from collections.abc import Callable

from inspector.brokers.base import Outgoing
from inspector.decode.decoding import Decoding
from inspector.record import Record
from inspector.replay.edit import Edits, NotEditable, editing
from inspector.replay.marks import Marks
from inspector.replay.request import Request
from inspector.replay.returning import home


def making(request: Request, run: str, decoding: Decoding | None = None) -> Callable[[Record], Outgoing]:
    """Makes what is sent for each record of a run; it may wait for schemas."""
    marks, target = Marks(run, request.hops_allowed), request.target
    edited = fetching(request.edits, decoding or Decoding()) if request.edits.steps else None
    keep_partition = target.keep_partition or request.edits.keeps_partition
    keep_timestamp = target.keep_timestamp or request.edits.keeps_timestamp

    def make(record: Record) -> Outgoing:
        sent = record if edited is None else edited(record)
        return Outgoing(
            target.of((home(record) if target.returning else None) or record.channel),
            sent.key,
            sent.value,
            marks.on(sent.headers, record.channel, record.position),
            sent.position.partition if keep_partition else None,
            sent.timestamp_ns if keep_timestamp else None,
        )

    return make


def fetching(edits: Edits, decoding: Decoding) -> Callable[[Record], Record]:
    """Changes records, and asks registries once for each schema that this takes; raises `NotEditable`."""
    edited = editing(edits, decoding)
    asked: set[int] = set()

    def change(record: Record) -> Record:
        try:
            return edited(record)
        except NotEditable as refusal:
            if not (missing := set(refusal.missing) - asked):
                raise
        asked.update(missing)
        decoding.fetch(record.channel.server, missing)
        return edited(record)

    return change
