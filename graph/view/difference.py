"""What differs between a graph and a later one, in words, and both as one picture with marks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graph.model import DependencyGraph
from graph.names import shown_names
from graph.view import changed
from graph.view.changed import Aspect, Change, Mark, Thing

__all__ = ["Aspect", "Change", "Difference", "Mark", "difference", "joined"]

ALIKE = 1.25
"""An edge whose rate changed as its channel's did, within this factor, is told with the channel alone."""


@dataclass(frozen=True, eq=False)
class Difference:
    """All that differs between two moments."""

    before: DependencyGraph
    after: DependencyGraph
    changes: tuple[Change, ...]
    """Loops first, then what came, what went and what changed, each in the order of aspects."""
    marks: Mapping[Thing, Mark]
    """Of all that changes are about. A node is not marked for its edges, nor an edge for its loops."""
    union: DependencyGraph
    """The later graph with all that is gone from the earlier one, but for loops."""

    @cached_property
    def names(self) -> changed.Names:
        """What applications are shown as."""
        return _names(self.before, self.after)

    @cached_property
    def counts(self) -> Mapping[Mark, int]:
        """How many changes there are of each mark."""
        made = dict.fromkeys(Mark, 0)
        for change in self.changes:
            made[change.mark] += 1
        return made


def joined(marks: Iterable[Mark | None]) -> Mark | None:
    """The mark of what stands for several things: the one that all have, and changed where only some do."""
    found = set(marks)
    if len(found) == 1:
        return found.pop()
    return Mark.CHANGED if found - {None} else None


def difference(before: DependencyGraph, after: DependencyGraph) -> Difference:
    """What is new, gone and changed in `after`; that time went on is no difference."""
    names = _names(before, after)
    found = changed.lost_sight(before, after)
    for key in before.loops | after.loops:
        old, new = before.loops.get(key), after.loops.get(key)
        if old is not new:
            found += [Change(key, *each) for each in changed.loop(old, new, names)]
    found += _items(Aspect.SERVER, before.servers, after.servers, changed.server, names)
    found += _items(Aspect.APPLICATION, before.applications, after.applications, changed.application, names)
    found += _items(Aspect.CHANNEL, before.channels, after.channels, changed.channel, names)
    edges = _items(Aspect.EDGE, before.operations, after.operations, changed.operation, names)
    found += [each for each in edges if not _echoes(each, before, after)]
    found += _items(Aspect.EDGE, before.routes, after.routes, changed.route, names)
    marked = {each.subject: each.mark for each in found if each.subject is not None}
    return Difference(before, after, tuple(_ordered(found)), marked, _union(before, after, marked))


def _union(before: DependencyGraph, after: DependencyGraph, marks: Mapping[Thing, Mark]) -> DependencyGraph:
    return dataclasses.replace(
        after,
        servers=before.servers | after.servers,
        applications=before.applications | after.applications,
        channels=before.channels | after.channels,
        operations=before.operations | after.operations,
        routes=before.routes | after.routes,
        # What is gone stays drawn the way round that it was.
        feedback=after.feedback | {edge for edge in before.feedback if marks.get(edge) is Mark.GONE},
    )


def _ordered(found: Iterable[Change]) -> Iterator[Change]:
    """Loops first, then by mark and aspect; not sorted as a whole, which would hold up other threads."""
    kept: dict[tuple[bool, int, int], list[Change]] = {}
    marks, aspects = ({word: number for number, word in enumerate(words)} for words in (Mark, Aspect))
    for each in found:
        calm = each.aspect not in (Aspect.LOOP, Aspect.GAIN)
        kept.setdefault((calm, marks[each.mark], aspects[each.aspect]), []).append(each)
    for key in sorted(kept):
        yield from kept[key]


def _names(before: DependencyGraph, after: DependencyGraph) -> changed.Names:
    """What applications are shown as, the later names before the earlier ones."""
    return shown_names(before) | shown_names(after)


def _items(
    aspect: Aspect,
    old: Mapping[Any, Any],
    new: Mapping[Any, Any],
    told: Callable[[Any, Any, changed.Names], changed.Found],
    names: changed.Names,
) -> list[Change]:
    made = []
    for key, item in new.items():
        if (known := old.get(key)) is None:
            made.append(Change(key, Mark.ADDED, aspect, changed.came(key, names)))
        elif known is not item:
            made += [Change(key, Mark.CHANGED, *each) for each in told(known, item, names)]
    made += [Change(key, Mark.GONE, aspect, changed.went(key, names)) for key in old if key not in new]
    return made


def _echoes(change: Change, before: DependencyGraph, after: DependencyGraph) -> bool:
    """Whether it is a rate that only follows that of its channel, which is told already."""
    if change.aspect is not Aspect.RATE or change.mark is not Mark.CHANGED:
        return False
    key: Any = change.subject
    old, new = before.operations[key].rate_per_s or 0.0, after.operations[key].rate_per_s or 0.0
    over, onto = before.channels.get(key.channel), after.channels.get(key.channel)
    if over is None or onto is None or not changed.much(over.rate_per_s, onto.rate_per_s):
        return False
    ours, theirs = old * (onto.rate_per_s or 0.0), new * (over.rate_per_s or 0.0)
    return ours <= theirs * ALIKE and theirs <= ours * ALIKE
