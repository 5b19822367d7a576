"""Applications and producer ids that are gone: what is said of them, and when they are forgotten."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from graph.evidence import HISTORIC_NS
from graph.identity import ApplicationId, OperationId
from graph.model import Application, EdgeState, Operation
from graph.topology import moment
from inspector.discovery.facts import Claim, Writer

MOST_HISTORIC = 1_000
"""Producer ids kept that have not written for a day: where each run takes a new one they would grow for ever.
The application of a forgotten one stays as long as it has any other trace."""


def told(
    applications: dict[ApplicationId, Application], operations: dict[OperationId, Operation]
) -> dict[ApplicationId, Application]:
    """The applications; those that are gone say so, and when they were last seen."""
    current = {
        key.application for key, operation in operations.items() if operation.state is not EdgeState.HISTORIC
    }
    gone = applications.keys() - current
    if not gone:
        return applications
    last: dict[ApplicationId, int] = {}
    for key, operation in operations.items():
        if key.application in gone:
            seen_ns = max(piece.last_seen_ns for piece in operation.evidence)
            last[key.application] = max(last.get(key.application, 0), seen_ns)
    aged = dict(applications)
    for application, seen_ns in last.items():
        was = applications[application]
        said = f"{was.detail}, " if was.detail else ""
        aged[application] = structs.replace(was, detail=f"{said}gone, last seen {moment(seen_ns)}")
    return aged


def forgotten(claims: Iterable[Claim], now_ns: int) -> list[Writer]:
    """Producer ids that are gone and too many to keep, the longest gone first."""
    last: dict[Writer, int] = {}
    for claim in claims:
        if isinstance(claim.actor, Writer):
            last[claim.actor] = max(last.get(claim.actor, 0), claim.evidence.last_seen_ns)
    gone = sorted((at, writer) for writer, at in last.items() if now_ns - at > HISTORIC_NS)
    return [writer for _, writer in gone[: max(len(gone) - MOST_HISTORIC, 0)]]
