"""What servers and registries are asked before anything is sent: rights, sizes, schemas."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from graph.identity import ChannelId
from inspector.brokers.base import Adapter, Admission
from inspector.errors import InspectorError, Unsupported
from inspector.record import Position
from inspector.replay.frozen import Frozen
from inspector.replay.marks import Marks
from inspector.replay.plan import Reason
from inspector.replay.request import Request

AROUND = 61 + 25
"""Bytes at most of a batch with one record beside its key, value and a handful of headers (Kafka's record
batch, version 2, whose lengths take one to five bytes): what is so close to a limit is told as too large."""
FORCE = "Give a reason to send it all the same."


class Told(Struct, frozen=True):
    """What was learnt by asking."""

    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()

    def __add__(self, other: Told) -> Told:
        return Told(self.reasons + other.reasons, self.warnings + other.warnings)


NOTHING_TOLD = Told()


async def asked(adapter: Adapter, request: Request, run: str, frozen: Frozen) -> Told:
    """Whether the target's server would let this login send, and takes records of such a size."""
    targets = [*dict.fromkeys(map(request.target.of, frozen.homes))]
    try:
        admissions = await adapter.admissions(targets)
    except Unsupported as reason:
        return Told((Reason("unsupported", reason.message, reason.remedy),))
    except InspectorError as failure:
        return Told(warnings=(f"Whether this login may send is not known: {failure.message}",))
    told = Told()
    for each in admissions:
        told += _right(each) + _size(each, request, run, frozen)
    return told


def _right(admission: Admission) -> Told:
    if admission.allowed is None:
        return Told(warnings=(admission.unknown,) if admission.unknown else ())
    if admission.allowed:
        return Told()
    sentence = f"This login may not send to {admission.channel.name}."
    return Told((Reason("permission", sentence, admission.remedy),))


def _size(admission: Admission, request: Request, run: str, frozen: Frozen) -> Told:
    if admission.largest is None:
        unknown = f"How large a record {admission.channel.name} takes is not known. {admission.setting}"
        return Told(warnings=(unknown.rstrip(),))
    columns, channels = frozen.columns, frozen.channels
    homes = [number for number, each in enumerate(channels) if request.target.of(each) == admission.channel]
    mine = np.isin(columns["home"], homes)
    sizes, numbers = columns["size"][mine], np.unique(columns["channel"][mine]).tolist()
    room = admission.largest - AROUND - max(_marked(run, request, channels[each]) for each in numbers)
    many = int((sizes > room).sum())
    if not many:
        return Told()
    records = f"{many:,} records are" if many > 1 else "1 record is"
    sentence = (
        f"{records} larger than {admission.channel.name} takes: the largest has {int(sizes.max()):,} bytes, "
        f"and with its marks {room:,} are possible."
    )
    if request.edits.steps:
        return Told(warnings=(f"{sentence} What is still as large after the edits will be refused.",))
    remedy = f"Raise {admission.setting}" if admission.setting else "Raise the server's limit"
    return Told((Reason("too-large", sentence, f"{remedy}, or give a reason to send the others.", True),))


def _marked(run: str, request: Request, channel: ChannelId) -> int:
    """Bytes of the marks that a record of a channel gets."""
    marks = Marks(run, request.hops_allowed).on((), channel, Position(0, 1 << 31))
    return sum(len(name) + len(value or b"") + 4 for name, value in marks)
