"""The graph as a JSON document, `eventscope-topology/1`: what `scan` prints and other programs rely on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from graph.evidence import Evidence
from graph.identity import EdgeId, OperationId
from graph.model import PRODUCER_ID, Application, Channel, DependencyGraph, FeedbackLoop, Operation

FORMAT = "eventscope-topology/1"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def document(graph: DependencyGraph) -> dict[str, Any]:
    """The document of a graph: ids as text, times in ISO 8601 with Z, every list in the order of its ids."""
    return {
        "format": FORMAT,
        "observed_from": moment(graph.from_ns),
        "observed_to": moment(graph.to_ns),
        "servers": [
            {"id": str(server), "system": server.system, "address": server.address}
            for server in sorted(graph.servers)
        ],
        "applications": [_application(graph.applications[key]) for key in sorted(graph.applications)],
        "channels": [_channel(graph.channels[key]) for key in sorted(graph.channels)],
        "operations": [_operation(graph.operations[key]) for key in sorted(graph.operations)],
        "routes": [
            {"source": str(route.source), "target": str(route.target), "kind": str(route.kind)}
            for route in sorted(graph.routes)
        ],
        "loops": [_loop(graph.loops[key]) for key in sorted(graph.loops)],
        "findings": [
            {
                "rule": finding.rule,
                "severity": str(finding.severity),
                "subject": str(finding.subject),
                "message": finding.message,
            }
            for finding in graph.findings
        ],
        "unavailable": [
            {"what": hidden.what, "why": hidden.why, "remedy": hidden.remedy}
            for hidden in sorted(graph.unavailable)
        ],
    }


def moment(ns: int | None) -> str | None:
    """UTC in ISO 8601 with Z, to the millisecond unless it is a whole second; None beyond the year 9999."""
    if ns is None:
        return None
    try:
        at = _EPOCH + timedelta(microseconds=ns // 1_000)
    except OverflowError:
        return None
    precision = "milliseconds" if at.microsecond else "seconds"
    return at.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def _application(application: Application) -> dict[str, Any]:
    names = {alias.value for alias in application.aliases if alias.kind != PRODUCER_ID}
    return {
        "id": str(application.id),
        "name": application.name,
        "aliases": sorted(names - {application.name}),
        "confidence": application.confidence,
        "owner": application.owner,
        "description": application.description,
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "id": str(channel.id),
        "server": str(channel.id.server),
        "kind": str(channel.id.kind),
        "name": channel.id.name,
        "rate_per_s": channel.rate_per_s,
        "last_record_at": moment(channel.last_record_ns),
    }


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        **_edge(operation.id),
        "confidence": operation.confidence,
        "rate_per_s": operation.rate_per_s,
        "hop_latency_ms": operation.hop_latency_ms,
        "evidence": [_evidence(piece) for piece in operation.evidence],
    }


def _evidence(piece: Evidence) -> dict[str, Any]:
    return {
        "source": piece.source,
        "confidence": piece.confidence,
        "last_seen": moment(piece.last_seen_ns),
        "detail": piece.detail,
    }


def _edge(edge: EdgeId) -> dict[str, Any]:
    if isinstance(edge, OperationId):
        return {
            "application": str(edge.application),
            "action": str(edge.action),
            "channel": str(edge.channel),
        }
    return {"source": str(edge.source), "target": str(edge.target), "kind": str(edge.kind)}


def _loop(loop: FeedbackLoop) -> dict[str, Any]:
    return {
        "id": str(loop.id),
        "hops": [str(hop) for hop in loop.hops],
        "status": str(loop.status),
        "gain": loop.gain,
        "gain_low": loop.gain_low,
        "gain_high": loop.gain_high,
        "chains": loop.chains,
        "laps_median": loop.laps_median,
        "laps_max": loop.laps_max,
        "period_ms": loop.period_ms,
        "doubling_time_s": loop.doubling_time_s,
        "confidence": loop.confidence,
        "weakest": None if loop.weakest is None else _edge(loop.weakest),
    }
