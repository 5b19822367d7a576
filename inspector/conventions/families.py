"""Families whose headers mean something only beside others: elsewhere their names stand for other facts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from inspector.conventions import headers as fact
from inspector.conventions.headers import CONVENTIONS, text
from inspector.conventions.said import Said
from inspector.conventions.traces import baggage_service, skywalking, trace_id

_RANK = {family: rank for rank, family in enumerate(CONVENTIONS)}
_HEADERS, _MASSTRANSIT, _JMS = _RANK["headers"], _RANK["masstransit"], _RANK["jms"]
_JMS_ID = "ID:"
"""How the ids begin that JMS gives messages (Jakarta Messaging 3.1, 3.4.3)."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_UUID = "00000000-0000-0000-0000-000000000000"
# The suffixes that Kubernetes gives the pods of a deployment are drawn from these characters.
_POD = re.compile(r"(?P<app>.+)-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}")


def reconsider(said: Said, values: Sequence[bytes | None], ranks: Sequence[int]) -> None:
    """Change `said` by what only several headers together tell; `values` and `ranks` are by fact."""
    if values[fact.AXON_CORRELATION] is not None:
        _axon(said, values)
    if values[fact.TASK] is not None and values[fact.ROOT_ID] is not None:
        _celery(said, values)
    elif values[fact.CONVERSATION_HYPHEN] is not None:
        _wolverine(said, values)
    elif values[fact.SPECVERSION] is not None:
        # CloudEvents over MQTT 5: attributes are user properties of the same names (its binding, 3.1.3.1).
        said.id = said.id or _text(values, fact.BARE_ID)
        if said.source is None and (source := _text(values, fact.BARE_SOURCE)) is not None:
            said.source, said.convention = source, "cloudevents"
    elif said.id is None or ranks[fact.ID] == _JMS:
        # Debezium's outbox router and Spring Integration write a UUID; any other `id` may be an entity's.
        bare = _text(values, fact.BARE_ID)
        said.id = bare if bare is not None and _UUID.fullmatch(bare) else said.id
    if said.flow is not None and ranks[fact.FLOW] == _JMS and said.flow.startswith(_JMS_ID):
        # An answer names the message that it answers.
        said.parent, said.flow = said.parent or said.flow, None
    if values[fact.HOST] is not None or _MASSTRANSIT in (
        ranks[fact.SOURCE],
        ranks[fact.PARENT],
        ranks[fact.TYPE],
    ):
        _masstransit(said, values, ranks[fact.SOURCE])
    elif said.flow is None or ranks[fact.FLOW] > _HEADERS:
        said.flow = _text(values, fact.CORRELATION) or _text(values, fact.CONVERSATION) or said.flow
    if values[fact.STEP] is not None:
        _rebus(said, values)
    if values[fact.SW8] is not None:
        service, trace = skywalking(_text(values, fact.SW8) or "")
        said.flow = said.flow or trace
        if service is not None and said.source is None:
            said.source, said.convention = service, "skywalking"
    if said.source is None:
        said.hint = _text(values, fact.BARE_SOURCE) or baggage_service(_text(values, fact.BAGGAGE) or "")


def _text(values: Sequence[bytes | None], place: int) -> str | None:
    value = values[place]
    return None if value is None else text(value)


def _axon(said: Said, values: Sequence[bytes | None]) -> None:
    """Axon 5 names the parent `causationId` and the root `correlationId`; Axon 4 names the parent
    `correlationId` and the root `traceId`. With neither beside it, a `correlationId` is an application's own.
    """
    correlation, trace = _text(values, fact.AXON_CORRELATION), _text(values, fact.AXON_TRACE)
    if said.parent is not None or trace is None:
        said.flow = correlation
    else:
        said.parent, said.flow = correlation, trace


def _celery(said: Said, values: Sequence[bytes | None]) -> None:
    said.convention = said.convention if said.source else "celery"
    said.type, said.id = _text(values, fact.TASK), _text(values, fact.BARE_ID)
    said.parent, said.flow = _text(values, fact.PARENT_ID_LOW), _text(values, fact.ROOT_ID)
    if said.source is None and (name := pod_application(_text(values, fact.BARE_ORIGIN))) is not None:
        said.source = name


def pod_application(origin: str | None) -> str | None:
    """The deployment in Celery's `gen<pid>@<host>`, where the host is a pod; other hosts name nobody."""
    pod = _POD.fullmatch((origin or "").rpartition("@")[2])
    return pod["app"] if pod else None


def _wolverine(said: Said, values: Sequence[bytes | None]) -> None:
    """`conversation-id` is the id of the message whose handler sent this one, or the message's own;
    `parent-id` is a `traceparent` (Wolverine `MessageContext`, `Envelope.ParentId`).
    """
    own, cause = _text(values, fact.BARE_ID), _text(values, fact.CONVERSATION_HYPHEN)
    source = _text(values, fact.BARE_SOURCE)
    if own is None or source is None or not _UUID.fullmatch(own):
        return
    said.id = own
    said.parent = said.parent or (cause if cause not in (own, _NO_UUID) else None)
    activity = _text(values, fact.PARENT_ID_HYPHEN)
    said.flow = said.flow or (None if activity is None else trace_id(activity))
    if said.source is None:
        said.source, said.convention = source, "wolverine"


def _masstransit(said: Said, values: Sequence[bytes | None], source_rank: int) -> None:
    """`InitiatorId` is the parent's `CorrelationId`, not its `MessageId`: so that is the id to join on."""
    said.type = said.type and said.type.removeprefix("urn:message:")
    said.id = _text(values, fact.CORRELATION) or said.id
    said.flow = _text(values, fact.CONVERSATION) or said.flow
    if source_rank == _MASSTRANSIT or said.source is None:
        said.source = masstransit_sender(said.source, _text(values, fact.HOST))
        said.convention = "masstransit"


class _Host(Struct, rename="camel"):
    process_name: str = ""
    assembly: str = ""


_host = msgspec.json.Decoder(_Host)


def masstransit_sender(address: str | None, host: str | None) -> str | None:
    """The queue that sends, or where the address names none, as `loopback://localhost/`, the program.

    `host` is the name of the assembly or process, or both as JSON (`MT-Host-Info`).
    """
    if address is not None and address.partition("://")[2].partition("?")[0].strip("/").count("/"):
        return address
    if host is not None and host.startswith("{"):
        try:
            info = _host.decode(host)
        except msgspec.MsgspecError:
            return None
        host = info.assembly or info.process_name
    return host if host and host.lower() != "dotnet" else None


def _rebus(said: Said, values: Sequence[bytes | None]) -> None:
    """The counter starts at 0 with the message whose id is the correlation id, and grows by one each hop."""
    digits = _text(values, fact.STEP)
    if digits is None or len(digits) > 9 or not digits.isdecimal():
        return
    said.step = int(digits)
    if said.step == 1 and said.parent is None:
        said.parent = said.flow
