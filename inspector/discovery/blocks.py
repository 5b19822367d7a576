"""Actors that can have to do with each other: what changes in one block concerns no identity of another."""

from __future__ import annotations

from collections.abc import Iterable

from graph.model import Alias
from inspector.discovery.facts import Actor
from inspector.discovery.names import stem

_Node = Actor | str


class Blocks:
    """By a bond, however weak, or by equal names. Blocks only grow: one that is too large costs but time."""

    def __init__(self) -> None:
        self._of: dict[_Node, list[_Node]] = {}

    def add(self, actors: Iterable[Actor], bonded: Iterable[tuple[Actor, Actor]]) -> None:
        """Put in what is new: actors, and between whom there are bonds."""
        for actor in actors:
            self._put(actor)
        for one, other in bonded:
            self._join(self._put(one), self._put(other))

    def block(self, actor: Actor) -> int:
        """The number of an actor's block, which holds until something is added."""
        return id(self._of[actor])

    def _put(self, actor: Actor) -> list[_Node]:
        block = self._of.get(actor)
        if block is None:
            block = self._of[actor] = [actor]
            if isinstance(actor, Alias):
                # A name that tells nothing is a key as it is written.
                name = stem(actor) or actor.value
                block = self._join(block, self._of.setdefault(name, [name]))
        return block

    def _join(self, a: list[_Node], b: list[_Node]) -> list[_Node]:
        if a is b:
            return a
        if len(a) < len(b):
            a, b = b, a
        a += b
        for node in b:
            self._of[node] = a
        return a
