"""A trail in the graph: its edges, the times in its channels, and the legs that a dot travels."""

from __future__ import annotations

from collections.abc import Iterable

from graph.identity import ChannelId, EdgeId
from gui.canvas.paint.trail import Leg
from gui.canvas.scene import wording
from gui.trail.rows import Shown
from inspector.trails.trail import Step

PLAYED = 60
"""Legs that are played at most."""


def edges(steps: Iterable[Step]) -> tuple[EdgeId, ...]:
    """All edges of the graph that records went along."""
    return tuple(dict.fromkeys(edge for step in steps for edge in step.edges))


def times(shown: Shown, steps: Iterable[Step]) -> dict[ChannelId, str]:
    """Since the beginning of the trail, when the first record of each channel came."""
    found: dict[ChannelId, str] = {}
    for step in steps:
        since = (step.time_ns - shown.trail.began_ns) / 1e6
        found.setdefault(step.channel, wording.duration(since) if since else "0 ms")
    return found


def legs(steps: Iterable[Step]) -> list[Leg]:
    """One for each record, in their order, from the channel of its cause to its own."""
    made: list[Leg] = []
    for step in steps:
        if step.edges and len(made) < PLAYED:
            made.append(Leg(step.edges, max(0, step.latency_ns or 0) / 1e6))
    return made
