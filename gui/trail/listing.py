"""The list of the records of a trail, as lines of a table."""

from __future__ import annotations

from graph.model import DANGER, DependencyGraph, LoopStatus
from gui import figures
from gui.canvas.scene import wording
from gui.fonts import Role
from gui.parts.cells import Cell
from gui.parts.marks import ChannelMark, TypeMark
from gui.parts.tables import Column, Line
from gui.trail import rows
from gui.trail.rows import Row, Shown

COLUMNS = (Column("Event", 0), Column("Channel", 122), Column("Linked by", 140))
INDENT, DEEPEST = 8, 6
"""Px by which a record stands right of its cause, and how often at most."""
BARS = {LoopStatus.RUNAWAY: "run", LoopStatus.ACTIVE: "act"}


def lines(shown: Shown) -> list[Line]:
    """One line for each row."""
    loops = _loops(shown.graph)
    return [_line(number, row, shown, loops) for number, row in enumerate(shown.rows)]


def _line(number: int, row: Row, shown: Shown, loops: dict[object, LoopStatus]) -> Line:
    tip = rows.tip(row, shown)
    if row.missing is not None and row.of is not None:
        indent = INDENT * min(max(row.of.depth, 0), DEEPEST)
        cells = (
            Cell(row.missing.name, Role.CELL, "warn", italic=True, middle=True, indent=indent),
            Cell("not captured", tone="warn", italic=True),
            Cell(""),
        )
        return Line(row.key, cells, number, tip=tip)
    item = row.item
    if item is None:
        return Line(row.key, (Cell(row.more, tone="warn"), Cell(""), Cell("")), number, tip=tip)
    first, many = item.first, len(item.steps)
    status = loops.get(first.channel)
    cells = (
        Cell(
            rows.title(item),
            Role.NAME if first.type else Role.BODY,
            "text" if first.type else "faint",
            mark=TypeMark(first.type) if first.type else None,
            aside=f"× {many:,}" if many > 1 else "",
            italic=first.type is None,
            indent=INDENT * min(item.depth, DEEPEST),
        ),
        Cell(first.channel.name, mark=ChannelMark(first.channel.kind, status), middle=True),
        Cell(
            rows.linked(item), Role.SECONDARY, "warn" if rows.doubtful(item) else "dim", aside=rows.laps(item)
        ),
    )
    return Line(row.key, cells, number, BARS.get(status or LoopStatus.POSSIBLE, ""), tip)


def _loops(graph: DependencyGraph) -> dict[object, LoopStatus]:
    """The worst loop through each channel."""
    found: dict[object, LoopStatus] = {}
    for loop in sorted(graph.loops.values(), key=lambda loop: DANGER.index(loop.status), reverse=True):
        found.update(dict.fromkeys(loop.hops, loop.status))
    return found


def summary(shown: Shown) -> str:
    """How many events, servers and what time, in few words."""
    trail = shown.trail
    count = figures.plural(len(trail.steps), "event")
    servers = len(trail.servers)
    parts = [count] if servers < 2 else [count, f"{servers} servers"]
    if trail.took_ns:
        parts.append(f"{wording.duration(trail.took_ns / 1e6)} end to end")
    return " · ".join(parts)


def remarks(shown: Shown) -> str:
    """What a person should know of the whole: what is missing, what is doubtful, where the time went."""
    steps, said = shown.trail.steps, []
    if len(steps) == 1:
        said.append(_alone(shown))
    if missing := sum(step.missing is not None for step in steps):
        said.append(f"{figures.plural(missing, 'cause')} not captured.")
    timed = [step for step in steps if step.latency_ns is not None and step.latency_ns > 0]
    if len(timed) > 1:
        slow = max(timed, key=lambda step: step.latency_ns or 0)
        took, whole = (slow.latency_ns or 0) / 1e6, shown.trail.took_ns / 1e6
        said.append(
            f"Slowest hop: {slow.type or 'an event'} on {slow.channel.name}, "
            f"{wording.duration(took)} of {wording.duration(whole)}."
        )
    if shown.trail.more or shown.trail.more_unknown:
        said.append(f"{rows.more(shown.trail).removeprefix('and ').capitalize()} linked to these.")
    return " ".join(said)


def _alone(shown: Shown) -> str:
    """Why a trail has one record."""
    step = shown.trail.steps[0]
    if step.missing is not None:
        return "Nothing else that was captured is linked to this event."
    if step.event_id is None:
        return (
            "This event names neither itself nor a cause, and no other shares its flow: nothing is linked to "
            "it. Senders that write ids, such as the CloudEvents header ce_id, can be followed."
        )
    return f"No captured event names {step.event_id} as its cause, and it names none itself."
