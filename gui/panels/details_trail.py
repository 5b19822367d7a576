"""A record that came round a loop, step by step: each with the time since the one before."""

from __future__ import annotations

from graph.model import DependencyGraph, FeedbackLoop
from gui import loop_words
from gui.canvas.scene import wording
from gui.parts.blocks import Block, Doing, Section, StepFact, Steps
from gui.parts.marks import ChannelMark
from inspector.record import Position


def blocks(graph: DependencyGraph, loop: FeedbackLoop) -> list[Block]:
    """The section, where a record was followed all the way round."""
    if len(loop.trail) < 2:
        return []
    made = []
    for number, step in enumerate(loop.trail, 1):
        before = loop.trail[number - 2] if number > 1 else None
        who = "" if step.sender is None else f"from {wording.node_name(graph, step.sender)}"
        why = "where it began" if before is None else loop_words.LINKED[step.grade] if step.grade else ""
        made.append(
            StepFact(
                number,
                step.channel,
                Position(step.partition, step.offset),
                ChannelMark(step.channel.kind, loop.status),
                "0 ms" if before is None else _since(step.time_ns - before.time_ns),
                ", ".join(part for part in (why, who) if part),
            )
        )
    whole = wording.duration(max(0, loop.trail[-1].time_ns - loop.trail[0].time_ns) / 1e6)
    return [
        Section("Sample trail", f"{len(made)} records, {whole}"),
        Steps(tuple(made)),
        Doing((("Play the trail", "loop.play", "plain"),)),
    ]


def _since(time_ns: int) -> str:
    """A time with its sign: clocks of two hosts may make a cause seem later than what it caused."""
    return f"{'+' if time_ns >= 0 else '−'}{wording.duration(abs(time_ns) / 1e6)}"
