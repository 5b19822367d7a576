"""A trail as values that JSON has: what a command prints and other programs rely on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from inspector.trails.ground import CONFIDENCE
from inspector.trails.trail import Step, Trail

FORMAT = "eventscope-trail/1"


def document(trail: Trail) -> dict[str, Any]:
    """The whole trail; `cause` is the number of a record in `records`, and times are in milliseconds."""
    number = {step.row: at for at, step in enumerate(trail.steps)}
    return {
        "format": FORMAT,
        "asked": number[trail.start],
        "servers": [str(server) for server in trail.servers],
        "took_ms": trail.took_ns / 1e6,
        "records": [_record(step, number) for step in trail.steps],
        "more": trail.more,
        "more_unknown": trail.more_unknown,
    }


def _record(step: Step, number: dict[int, int]) -> dict[str, Any]:
    cause = None
    if step.parent is not None and step.ground is not None:
        cause = {
            "record": number[step.parent],
            "ground": str(step.ground),
            "confidence": CONFIDENCE[step.ground],
            "why": step.why,
            "latency_ms": None if step.latency_ns is None else step.latency_ns / 1e6,
            "wait_ms": None if step.wait_ns is None else step.wait_ns / 1e6,
        }
    return {
        "channel": str(step.channel),
        "partition": step.position.partition,
        "offset": step.position.offset,
        "time": datetime.fromtimestamp(step.time_ns / 1e9, UTC).isoformat(timespec="milliseconds"),
        "type": step.type,
        "event_id": step.event_id,
        "application": None if step.application is None else str(step.application),
        "possible_applications": [str(each) for each in step.possible],
        "routed": step.routed,
        "cause": cause,
        "missing_cause": None
        if step.missing is None
        else {"name": step.missing.name, "why": step.missing.why},
        "depth": step.depth,
        "lap": step.lap,
        "same_flow_only": step.loose,
        "replayed": step.replayed,
    }
