"""The feedback arcs of a web, each with the shortest loop through it, kept up to date as arcs come and go.

Without the feedback arcs there is no loop, and none of them could be left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from graph.loops.feedback import feedback_arcs, knot_of
from graph.loops.rings import from_first, way
from graph.loops.web import Arc, Neighbours, Web
from graph.loops.weights import Weights

RING_WORK = 3_000_000
"""Nodes looked at for shortest loops when components are taken anew."""


class Ring(NamedTuple):
    """A closed path. Rings are ordered by length."""

    hops: int
    digest: str
    nodes: tuple[int, ...]
    """From the one whose text is the first."""

    @classmethod
    def of(cls, nodes: tuple[int, ...], words: Sequence[str]) -> Ring:
        """The ring that passes these nodes, wherever they begin."""
        nodes = from_first(nodes, words)
        text = "\0".join(words[node] for node in nodes)
        return cls(len(nodes), blake2b(text.encode(), digest_size=8).hexdigest(), nodes)

    def arcs(self) -> Iterator[Arc]:
        """Its arcs in order."""
        return zip(self.nodes, self.nodes[1:] + self.nodes[:1], strict=True)


NONE = Ring(0, "", ())


class Rings(dict[Arc, Ring]):
    """Rings by feedback arc, and which of them pass an arc. It is changed by `put` and `drop` alone."""

    def __init__(self) -> None:
        super().__init__()
        self.different: dict[Ring, int] = {}
        """For how many feedback arcs each ring is held."""
        self._through: dict[Arc, set[Arc]] = {}

    def put(self, arc: Arc, ring: Ring) -> None:
        """The ring of a feedback arc from now on."""
        self.drop(arc)
        self[arc] = ring
        self.different[ring] = self.different.get(ring, 0) + 1
        through = self._through
        for passed in ring.arcs():
            if passed in through:
                through[passed].add(arc)
            else:
                through[passed] = {arc}

    def drop(self, arc: Arc) -> None:
        """Forgets the ring of a feedback arc, if it has one."""
        if (ring := self.pop(arc, None)) is None:
            return
        self.different[ring] -= 1
        if not self.different[ring]:
            del self.different[ring]
        for passed in ring.arcs():
            self._through[passed].discard(arc)
            if not self._through[passed]:
                del self._through[passed]

    def passing(self, arcs: Iterable[Arc]) -> set[Arc]:
        """The feedback arcs whose rings pass any of some arcs."""
        return set().union(*(self._through.get(arc, ()) for arc in arcs))


class Closing:
    """What closes the loops of a web."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self.arcs: dict[Arc, None] = {}
        """The feedback arcs."""
        self.turned = False
        """Whether there are others than when this was set to False."""
        self.rings = Rings()
        """The shortest ring through each, as far as there was work left to look for it."""
        self._proven: set[Arc] = set()
        """Those whose shortest ring passes no other one, which proves that they close a loop."""
        self._witness = Rings()
        """Rings that prove it of others, found when needed."""
        self._ahead = Neighbours()
        self._behind = Neighbours()
        """The web without the feedback arcs."""

    def remove(self, arcs: Iterable[Arc]) -> None:
        """Arcs are gone from the web; what that opens is for `mend` or `choose`."""
        for arc in arcs:
            if arc in self.arcs:
                self._forget(arc)
            else:
                self._ahead.remove(*arc)
                self._behind.remove(*arc[::-1])

    def add(self, arcs: Collection[Arc]) -> None:
        """Arcs are new in the web; what they close is for `close` or `choose`."""
        missing = len(self._web.out) - len(self._ahead)
        self._ahead.extend([()] * missing)
        self._behind.extend([()] * missing)
        ends = np.array(list(arcs), np.int64).reshape(-1, 2)
        self._ahead.add(ends)
        self._behind.add(ends[:, ::-1])

    def part(self) -> None:
        """Components were found anew: an arc between two of them closes nothing any more."""
        self._release([arc for arc in self.arcs if not self._web.together(arc)])

    def choose(self, parts: Collection[int], weights: Weights) -> None:
        """Chooses the feedback arcs of whole components anew, and again those of before where that can be."""
        web = self._web
        arcs, knot = knot_of(web, [web.parts[part] for part in sorted(parts)], self.arcs, weights)
        chosen = [arcs[at] for at in feedback_arcs(knot).tolist()]
        before = [arc for arc in self.arcs if web.part[arc[0]] in parts]
        for arc in before:
            self._doubt(arc)
            self.rings.drop(arc)
        self._release(set(before).difference(chosen))
        self._withdraw([arc for arc in chosen if arc not in self.arcs])
        work = RING_WORK
        for arc in self._heaviest_first(chosen, weights):
            if work <= 0:
                break
            work -= self._find_ring(arc)

    def close(self, arc: Arc) -> None:
        """Accounts for one new arc within a component: it becomes a feedback arc if it closes a loop."""
        tail, head = arc
        web = self._web
        if way(self._ahead, self._behind, head, tail, web.words)[0]:
            self._withdraw([arc])
            self._find_ring(arc)
        # A ring that passes another feedback arc too leads from here to there in half the steps, or back.
        half = (max(self.rings.different, default=NONE).hops - 1) // 2
        ahead, behind = _steps(web.out, head, half), _steps(web.into, tail, half)
        near: Iterable[Arc] = list(self.arcs)
        if len(self.arcs) > len(ahead) + len(behind):
            near = {(node, other) for node in ahead for other in web.out[node]}
            near |= {(other, node) for node in behind for other in web.into[node]}
        for other in near:
            if other != arc and (ring := self.rings.get(other)) is not None:
                steps = ahead.get(other[0], half + 1) + behind.get(other[1], half + 1)
                if steps + 2 <= ring.hops:
                    self._find_ring(other)

    def mend(self, gone: Collection[Arc], weights: Weights) -> None:
        """Accounts for arcs that are gone from components: others may close nothing any more."""
        broken = self.rings.passing(gone)
        self._proven -= broken
        for arc in self._witness.passing(gone):
            self._witness.drop(arc)
        doubtful = [arc for arc in self.arcs if arc not in self._proven and arc not in self._witness]
        if doubtful:
            reached = _reached(self._ahead, [head for _, head in gone])
            reaching = _reached(self._behind, [tail for tail, _ in gone])
            doubtful = [arc for arc in doubtful if arc[0] in reached and arc[1] in reaching]
        words = self._web.words
        for arc in self._heaviest_first(doubtful, weights):
            found, _ = way(self._ahead, self._behind, arc[1], arc[0], words)
            if found:
                self._witness.put(arc, Ring.of(found, words))
            else:
                self._release([arc])
        for arc in broken & self.arcs.keys():
            self._find_ring(arc)

    def _heaviest_first(self, arcs: Iterable[Arc], weights: Weights) -> list[Arc]:
        by_name = sorted(arcs, key=self._web.text)
        heavy = weights.of(by_name)
        return [by_name[at] for at in np.argsort(-heavy, kind="stable").tolist()]

    def _find_ring(self, arc: Arc) -> int:
        web = self._web
        found, looked = way(web.out, web.into, arc[1], arc[0], web.words)
        ring = Ring.of(found, web.words)
        self.rings.put(arc, ring)
        self._proven.discard(arc)
        if sum(map(self.arcs.__contains__, ring.arcs())) == 1:
            self._proven.add(arc)
        return looked

    def _withdraw(self, arcs: Collection[Arc]) -> None:
        """Forward arcs become feedback arcs."""
        for arc in arcs:
            self._ahead.remove(*arc)
            self._behind.remove(*arc[::-1])
            self.arcs[arc] = None
            self.turned = True
        for arc in self.rings.passing(arcs) | self._witness.passing(arcs):
            self._doubt(arc)

    def _release(self, arcs: Collection[Arc]) -> None:
        """Feedback arcs become forward ones."""
        for arc in arcs:
            self._forget(arc)
        self.add(arcs)

    def _forget(self, arc: Arc) -> None:
        del self.arcs[arc]
        self.turned = True
        self.rings.drop(arc)
        self._doubt(arc)

    def _doubt(self, arc: Arc) -> None:
        """Whether a feedback arc closes a loop is to be proven when that is asked next."""
        self._proven.discard(arc)
        self._witness.drop(arc)


def _steps(neighbours: Neighbours, start: int, most: int) -> dict[int, int]:
    """The nodes that are reached within some steps, with how many it takes."""
    found, layer, known = {start: 0}, {start}, {start}
    for steps in range(1, most + 1):
        layer = set().union(*map(neighbours.__getitem__, layer))
        layer -= known
        known |= layer
        found.update(dict.fromkeys(layer, steps))
    return found


def _reached(neighbours: Neighbours, starts: Iterable[int]) -> set[int]:
    layer = set(starts)
    known = set(layer)
    while layer:
        layer = set().union(*map(neighbours.__getitem__, layer))
        layer -= known
        known |= layer
    return known
