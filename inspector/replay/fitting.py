"""Whether what is sent can be read by the newest version of its target's schema, where a registry is known.

Subjects are named as serializers do it by default: the topic with `-key` or `-value` (TopicNameStrategy). A
sample is looked at, as it would be sent.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np

from graph.identity import ChannelId, ServerId
from inspector.brokers.base import Outgoing
from inspector.decode import avro
from inspector.decode.base import Declined, clause
from inspector.decode.decoding import Decoding
from inspector.decode.framed import HEADER
from inspector.decode.json import parse
from inspector.decode.registry import Newest
from inspector.decode.schemas import Language, Missing, Schema, Schemas
from inspector.encode.validity import by_schema
from inspector.errors import InspectorError
from inspector.record import Record
from inspector.replay.admission import FORCE, NOTHING_TOLD, Told
from inspector.replay.frozen import Frozen
from inspector.replay.plan import Reason

LOOKED = 200
"""Records that are looked at, spread over all of them."""
Part = Literal["key", "value"]
Place = tuple[ChannelId, Part]
_NAMES = {Language.AVRO: "Avro", Language.PROTOBUF: "Protobuf", Language.JSON: "JSON"}


def fitting(frozen: Frozen, make: Callable[[Record], Outgoing], server: ServerId, decoding: Decoding) -> Told:
    """Reasons and warnings about schemas. It waits for registries: not in a thread that must not."""
    if not decoding.registered(server):
        return NOTHING_TOLD
    framed: dict[Place, list[bytes]] = {}
    sample = np.unique(np.linspace(0, len(frozen) - 1, min(LOOKED, len(frozen))).astype(np.int64))
    for outgoing in _made(frozen, sample, make):
        for part, data in (("key", outgoing.key), ("value", outgoing.value)):
            if data and data[0] == 0 and len(data) > HEADER:
                framed.setdefault((outgoing.channel, part), []).append(data)  # type: ignore[arg-type]
    told = NOTHING_TOLD
    for (channel, part), values in framed.items():
        told += _of_subject(channel, part, values, decoding)
    return told


def _made(frozen: Frozen, sample: np.ndarray, make: Callable[[Record], Outgoing]) -> Iterator[Outgoing]:
    for _, record in frozen.records(sample):
        try:
            yield make(record)
        except InspectorError:
            continue  # the run writes down why it is refused


def _of_subject(channel: ChannelId, part: Part, values: list[bytes], decoding: Decoding) -> Told:
    subject = f"{channel.name}-{part}"
    numbers = {int.from_bytes(data[1:HEADER], "big") for data in values}
    decoding.fetch(channel.server, numbers)
    schemas = decoding.schemas(channel.server)
    try:
        newest = decoding.newest(channel.server, subject)
    except InspectorError as failure:
        return Told(warnings=(f"Schemas were not compared: {failure.message}",))
    faults: dict[str, int] = {}
    for data in values:
        if fault := _fault(data, schemas, newest):
            faults[fault] = faults.get(fault, 0) + 1
    if not faults:
        return NOTHING_TOLD
    fault, many = max(faults.items(), key=lambda each: each[1])
    looked = f"{many:,} of {len(values):,} {part}s looked at"
    sentence = f"{looked} do not fit the newest schema of {subject}: {fault}."
    return Told((Reason("schema", sentence, f"Change them with an edit, or g{FORCE[1:]}", True),))


def _fault(data: bytes, schemas: Schemas, newest: Newest | None) -> str:
    """Why receivers with the newest schema cannot read it, as a clause; empty where they can."""
    number = int.from_bytes(data[1:HEADER], "big")
    try:
        schema = schemas.by_id(number)
    except Missing as missing:
        return f"{missing}" if missing.number is None else f"schema {number} is not known there"
    if newest is None or newest.number == number or newest.schema == schema:
        return ""
    if newest.schema.language is not schema.language:
        return f"they are {_NAMES[schema.language]}, and it is {_NAMES[newest.schema.language]}"
    body = data[HEADER:]
    try:
        if schema.language is Language.AVRO:
            return _unresolved(body, schema, newest.schema)
        if schema.language is Language.JSON:
            return next((str(each) for each in by_schema(parse(body)[0], newest.schema)), "")
        from inspector.decode.proto_messages import lost  # its runtime takes a while to load

        return lost(body, schema, newest.schema)
    except Declined as why:
        return str(why)


def _unresolved(body: bytes, written: Schema, newest: Schema) -> str:
    """Why Avro's schema resolution does not take it."""
    from fastavro import schemaless_reader

    writer, reader = avro.parsed(written)[0], avro.parsed(newest)[0]
    try:
        schemaless_reader(io.BytesIO(body), writer, reader)
    except Exception as error:  # noqa: BLE001  what fastavro raises of what does not fit is of no one kind
        return clause(error)
    return ""
