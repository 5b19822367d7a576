"""The rows of a trail, which the list, the sequence diagram and the waterfall share, and their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from graph.identity import ApplicationId
from graph.model import DependencyGraph
from gui import figures
from gui.canvas.scene import wording
from inspector.trails.folding import Item, folded, in_depth, unfolded
from inspector.trails.ground import WORDS, Ground
from inspector.trails.trail import Missing, Step, Trail

ROW = 28
HEAD = 24
UNKNOWN = "not known"
POSSIBLE = 3
"""Applications that a tooltip names where it is not known which it was."""


class Order(Enum):
    """How the rows of a trail stand below each other."""

    TIME = "time"
    TREE = "tree"
    """Each followed by what it caused."""


@dataclass(frozen=True)
class Row:
    """One row: an item, a cause that was not captured, or how many more there are."""

    item: Item | None = None
    missing: Missing | None = None
    """Stands before the item that names it."""
    of: Item | None = None
    """The item that a missing cause belongs to."""
    more: str = ""

    @property
    def key(self) -> object:
        """Tells the row from the others."""
        if self.item is not None:
            return self.item.key
        return ("missing", self.of.key) if self.of is not None else "more"


@dataclass(frozen=True)
class Shown:
    """A trail as it is shown now."""

    trail: Trail
    rows: tuple[Row, ...]
    graph: DependencyGraph

    @property
    def items(self) -> tuple[Item, ...]:
        """Those of its rows."""
        return tuple(row.item for row in self.rows if row.item is not None)

    def place_of(self, record: int | None) -> int | None:
        """The row that a record is in."""
        if record is None:
            return None
        for number, row in enumerate(self.rows):
            if row.item is not None and any(step.row == record for step in row.item.steps):
                return number
        return None

    def name(self, application: ApplicationId | None) -> str:
        """What to call whoever sent something."""
        return UNKNOWN if application is None else wording.node_name(self.graph, application)


def shown(trail: Trail, graph: DependencyGraph, order: Order, *, fold: bool, opened: frozenset[int]) -> Shown:
    """The rows of a trail."""
    items = folded(trail, opened) if fold else unfolded(trail)
    return Shown(trail, tuple(_rows(trail, in_depth(items) if order is Order.TREE else items)), graph)


def _rows(trail: Trail, items: Sequence[Item]) -> Iterator[Row]:
    for item in items:
        if item.first.missing is not None:
            yield Row(missing=item.first.missing, of=item)
        yield Row(item)
    if trail.more or trail.more_unknown:
        yield Row(more=more(trail))


def more(trail: Trail) -> str:
    """How many linked records are left out."""
    least = "at least " if trail.more_unknown else ""
    return f"and {least}{trail.more:,} more" if trail.more else "and more, which were not looked for"


def title(item: Item) -> str:
    """What an item is called: its type, or that it has none."""
    return item.first.type or "not named"


def laps(item: Item) -> str:
    """`lap 3`, `laps 2–21`; empty on the first."""
    low, high = item.laps
    if high < 2:
        return ""
    return f"lap {high}" if low == high else f"laps {low}–{high}"


def linked(item: Item) -> str:
    """Why it is believed to come from where it is drawn to come from, in few words."""
    first = item.first
    if first.routed and item.ground is not None:
        return f"passed on, {WORDS[item.ground]}"
    if item.ground is not None:
        return WORDS[item.ground]
    if first.replayed:
        return "sent by a replay"
    if first.missing is not None:
        return "cause not captured"
    return "same flow only" if first.loose else "where it began"


def doubtful(item: Item) -> bool:
    """Whether the words about its link are a warning."""
    return item.ground in (Ground.FLOW, Ground.GUESS) or item.first.loose or item.first.missing is not None


def since(trail: Trail, item: Item) -> str:
    """The time from the beginning of the trail to an item."""
    passed = item.first.time_ns - trail.began_ns
    return wording.duration(passed / 1e6) if passed else "0 ms"


def latency(item: Item) -> str:
    """The time since its cause; of several the median. With its sign where clocks disagree."""
    if item.latency_ns is None:
        return ""
    sign = "−" if item.latency_ns < 0 else ""
    return f"{sign}{wording.duration(abs(item.latency_ns) / 1e6)}"


def share(item: Item, trail: Trail) -> str:
    """The part of the whole trail's time that one hop took."""
    if item.latency_ns is None or not trail.took_ns:
        return ""
    return figures.per_cent(max(0, item.latency_ns) / trail.took_ns)


def tip(row: Row, shown: Shown) -> str:
    """All that is known of a row, with the evidence."""
    if row.missing is not None:
        return f"{row.missing.name} is not captured.\n{row.missing.why}"
    item = row.item
    if item is None:
        return "The trail has more records than are followed at once."
    first, many = item.first, len(item.steps)
    lines = [f"{title(item)}{f' × {many:,}' if many > 1 else ''} on {first.channel.name}"]
    if many > 1:
        lines.append("Enter or a double click shows them one by one.")
    lines.append(_sent(first, shown))
    if many == 1:
        lines.append(f"{first.position} · {figures.size(first.size)}")
    if item.latency_ns is not None:
        words = "half of them within" if many > 1 else "took"
        lines.append(f"The hop {words} {latency(item)}. {_waited(item)}".strip())
    if first.why:
        lines.append(first.why)
    if laps(item):
        lines.append(f"It came back to {first.channel.name}: {laps(item)}.")
    if first.replayed:
        lines.append("A replay sent it.")
    if first.receivers and many == 1:
        who = ", ".join(shown.name(each) for each in first.receivers)
        lines.append(f"{who} may have received it; nothing captured is linked as its effect.")
    return "\n".join(lines)


def _sent(step: Step, shown: Shown) -> str:
    if step.routed:
        return "Passed on without an application."
    if step.application is not None:
        return f"Sent by {shown.name(step.application)}."
    if step.possible:
        names = [shown.name(each) for each in step.possible[:POSSIBLE]]
        return f"Sent by one of {', '.join(names)}{' and others' if len(step.possible) > POSSIBLE else ''}."
    return "Who sent it is not known."


def _waited(item: Item) -> str:
    if item.wait_ns is None or item.latency_ns is None or item.first.routed:
        return "How much of that it waited is not known."
    worked = max(0, item.latency_ns - item.wait_ns)
    return (
        f"About {wording.duration(worked / 1e6)} of it in the service, "
        f"{wording.duration(item.wait_ns / 1e6)} between."
    )
