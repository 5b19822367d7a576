"""Which flows are remembered when more comes than fits: whole ones by the hash of their id.

A record belongs to the flow of the one that it names as its cause; where that is not known, to that of its
trace, conversation or correlation; and else its own event begins one. One flow in so many is kept, always a
power of two: keeping fewer then forgets some flows and breaks none. A flow that grows large is kept from
then on whatever its hash, as it may be all there is of a loop that runs away. What came before that is
forgotten with those that stayed small: what a flow does next does not depend on why it is kept, so that
gains stay unbiased. Figures that count records weigh each by what it stands for.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np

from graph.branching.lineage import Flags, Ints
from inspector.causes.links import NONE, Sample
from inspector.lazy_columns import Few, Ids
from inspector.marks import lot, lots
from inspector.trait_columns import TraitColumns, TraitPart
from inspector.traits import Traits

NOBODYS = -1
"""The flow of records that name neither themselves nor a cause nor a flow."""
_UNDECIDED = -2
"""From here on down: a flow that is not known until the cause was read, and -2 minus what it is held for if
that never comes."""
_COUNTED = 10_000
"""Flows whose records are counted although they are not kept."""


class Flows:
    """The flow of each event, as long as anything may still be caused by it, and which flows are kept."""

    def __init__(self, most: int, large: int) -> None:
        """`most` events are known at a time; a flow of more than `large` records is a large one."""
        self.bits = 0
        self._most = most
        self._enough = large
        self._of: dict[int, int] = {}
        self._large: set[int] = set()
        self._left: Counter[int] = Counter()
        """Records of flows that are not kept, lately."""
        self._passed: list[Ints] = []
        """The flows of those that are not counted yet."""

    @property
    def sample(self) -> Sample:
        """Which flows are kept now."""
        return Sample(1 << self.bits, np.array(sorted(self._large), np.int64))

    def root(self, said: Traits, event: int, parent: int) -> int:
        """The number of a record's flow; `event` and `parent` are hashes of its own event and its cause."""
        if parent != NONE:
            root = self._of.get(parent, NONE)
            if root == NONE:
                root = _UNDECIDED - lot((said.flow_id or said.parent_id or "").encode())
        elif event != NONE and event in self._of:
            return self._of[event]
        elif said.flow_id is not None or said.event_id is not None:
            root = lot((said.flow_id or said.event_id or "").encode())
        else:
            return NOBODYS
        if root >= 0 and event != NONE:
            self._know(event, root)
        return root

    def roots(self, traits: TraitColumns) -> Ints:
        """The flows of many records at once; where the cause is not known, it is guessed at once."""
        roots = np.full(len(traits), NOBODYS)
        for part in traits.parts:
            roots[part.places] = self._roots(part)
        return roots

    def _roots(self, part: TraitPart) -> Ints:
        roots = np.full(len(part.places), NOBODYS)
        for ids in (part.event_ids, part.parent_ids, part.flow_ids):
            if isinstance(ids, Ids):
                roots = lots(ids.pieces)
            elif not isinstance(ids, Few):
                said = zip(roots.tolist(), ids, strict=True)
                roots = np.array([root if one is None else lot(one.encode()) for root, one in said])
        if not isinstance(part.parent_ids, Few):
            known = self._of
            for slot, parent in enumerate(part.parent_ids):
                if parent is not None and (root := known.get(hash(parent))) is not None:
                    roots[slot] = root
        return roots

    def chosen(self, traits: TraitColumns, bits: int) -> list[int]:
        """Which of many records to take, where one flow in two to the power of `bits` is looked into.

        The others are counted, as one of them may be large.
        """
        roots = self.roots(traits)
        left = roots & ((1 << bits) - 1) != 0
        if self._large:
            left &= ~self.large(roots)
        self._passed.append(roots[left & (roots >= 0)])
        if sum(map(len, self._passed)) > _COUNTED:
            self._count_passed()
        found: list[int] = np.flatnonzero(~left).tolist()
        return found

    def _count_passed(self) -> None:
        """Count what was left, and forget what occurs once: a large flow comes again and again."""
        found, counts = np.unique(np.concatenate(self._passed), return_counts=True)
        self._passed.clear()
        again = counts > 1
        self._left.update(dict(zip(found[again].tolist(), counts[again].tolist(), strict=True)))
        self._large.update(root for root, count in self._left.items() if count > self._enough)
        self._forget_left()

    def _forget_left(self) -> None:
        self._left = Counter({one: count // 2 for one, count in self._left.items() if count > 1})

    def decide(self, root: int, event: int, parent: int, *, waited: bool) -> int:
        """The flow of a record whose cause was not known, perhaps known by now."""
        known = self._of.get(parent, NONE)
        if known == NONE and waited:
            known = _UNDECIDED - root
        if known == NONE:
            return root
        if event != NONE:
            self._know(event, known)
        return known

    def _know(self, event: int, root: int) -> None:
        self._of.setdefault(event, root)
        if len(self._of) > self._most:
            self._of = dict(islice(self._of.items(), self._most // 2, None))

    def take(self, root: int) -> bool:
        """Whether a record of this flow, which has just come, is to be remembered."""
        if self.bits == 0 or root <= _UNDECIDED or (root >= 0 and root & ((1 << self.bits) - 1) == 0):
            return True
        if root in self._large or root == NOBODYS:
            return root != NOBODYS
        self._left[root] += 1
        if self._left[root] > self._enough:
            self._large.add(root)
            del self._left[root]
            return True
        if len(self._left) > _COUNTED:
            self._forget_left()
        return False

    def keeps(self, roots: Ints) -> Flags:
        """Which of the remembered records, by their flows, are to stay."""
        if self.bits == 0:
            return np.ones(len(roots), np.bool_)
        chosen = (roots >= 0) & (roots & ((1 << self.bits) - 1) == 0)
        kept: Flags = chosen | undecided(roots) | self.large(roots)
        return kept

    def large(self, roots: Ints) -> Flags:
        """Which records are of large flows."""
        return np.isin(roots, self.sample.large)

    def fewer(self, roots: Ints) -> Flags:
        """Keep half as many flows as before; which of the remembered records, by their flows, stay.

        Of flows that are large and not chosen, the records that come from now on.
        """
        self.bits += 1
        kept = self.keeps(roots)
        found, counts = np.unique(roots[~kept], return_counts=True)
        self.forget(roots)
        self._large.update(found[(counts > self._enough) & (found >= 0)].tolist())
        return kept

    def forget(self, roots: Ints) -> None:
        """Large flows of which nothing is remembered, as `roots` are of all that is, are large no more."""
        if self._large:
            self._large.intersection_update(np.unique(roots).tolist())

    def more(self) -> None:
        """Keep twice as many flows as before, from now on."""
        self.bits -= 1
        if self.bits == 0:
            self._large.clear()
            self._left.clear()
            self._passed.clear()


def undecided(roots: Ints) -> Flags:
    """Which flows are not known yet."""
    waiting: Flags = roots <= _UNDECIDED
    return waiting
