"""A trail as a sequence diagram: who sends what to whom, one after the other."""

from __future__ import annotations

from collections.abc import Sequence as Many

from msgspec import Struct

from graph.identity import ApplicationId
from inspector.trails.folding import Item
from inspector.trails.ground import CONFIDENCE, Ground

Participant = ApplicationId | None
"""A life line; None is that of senders who are not known."""


class Target(Struct, frozen=True):
    """Who took a record in, as what was sent then tells."""

    participant: Participant
    ground: Ground
    """The weakest of the links to what it sent."""


class Arrow(Struct, frozen=True):
    """One item on its way from who sent it to those who then sent what it caused."""

    item: Item
    source: Participant
    targets: tuple[Target, ...]
    """In the order of what they sent; empty where nothing that it caused is known."""


class Sequence(Struct, frozen=True):
    """Life lines from left to right, in the order in which they are first needed, and arrows downwards."""

    participants: tuple[Participant, ...]
    arrows: tuple[Arrow, ...]
    """One for each item, in their order."""


def sequence(items: Many[Item]) -> Sequence:
    """The diagram of some items. What a route made goes on from whoever sent its cause."""
    key_of = {step.row: item.key for item in items for step in item.steps}
    sources: dict[int, Participant] = {}
    taken: dict[int, dict[Participant, Ground]] = {}
    for item in items:
        first = item.first
        above = None if first.parent is None else key_of.get(first.parent)
        routed = first.routed and above is not None and above in sources
        sources[item.key] = sources[above] if routed and above is not None else first.application
        for step in item.steps:
            if step.parent is not None and step.ground is not None and not step.routed:
                effects = taken.setdefault(key_of[step.parent], {})
                known = effects.get(sources[item.key], step.ground)
                effects[sources[item.key]] = min(known, step.ground, key=CONFIDENCE.__getitem__)
    participants: dict[Participant, None] = {}
    arrows = []
    for item in items:
        targets = tuple(Target(who, ground) for who, ground in taken.get(item.key, {}).items())
        arrows.append(Arrow(item, sources[item.key], targets))
        participants[sources[item.key]] = None
        participants.update(dict.fromkeys(target.participant for target in targets))
    return Sequence(tuple(participants), tuple(arrows))
