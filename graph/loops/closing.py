"""The feedback arcs of a web, each with the shortest loop through it, kept up to date as arcs come and go.

Without the feedback arcs there is no loop, and none of them could be left out.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from graph.loops.arcs import HALF, HEAD, NO_ARCS, Arc, Arcs, Ints, among, ends_of
from graph.loops.feedback import feedback_arcs, knot_of
from graph.loops.held import Held
from graph.loops.rings import way
from graph.loops.ways import Ways
from graph.loops.web import Web
from graph.loops.weights import Weights

RING_WORK_NS = 400_000_000
"""Estimated time for shortest loops when components are taken anew."""
ONE_BY_ONE = 16
"""Ways that are looked for one by one."""


class Closing:
    """What closes the loops of a web."""

    def __init__(self, web: Web, one_by_one: int = ONE_BY_ONE) -> None:
        self._web = web
        self._one_by_one = one_by_one
        self.arcs = NO_ARCS
        """The feedback arcs, sorted."""
        self.turned: set[Arc] = set()
        """Arcs that became feedback arcs or ceased to be; for the reader to clear."""
        self.rings = Held()
        """The shortest ring through each, as far as there was work left to look for it."""
        self._witness = Held()
        """Rings without another feedback arc, of those whose shortest one has another; found when needed."""
        self._forward = Arcs()
        """The web without the feedback arcs."""

    def remove(self, arcs: Ints) -> None:
        """Arcs are gone from the web; what that opens is for `mend` or `choose`."""
        closing = among(arcs, self.arcs)
        self._forget(arcs[closing])
        self._forward.remove(arcs[~closing])

    def add(self, arcs: Ints) -> None:
        """Arcs are new in the web; what they close is for `close` or `choose`."""
        self._forward.grow(len(self._web.nodes))
        self._forward.add(arcs)

    def part(self) -> None:
        """Components were found anew: an arc between two of them closes nothing any more."""
        self._release(self.arcs[~self._web.together(self.arcs)])

    def choose(self, parts: Collection[int], weights: Weights) -> None:
        """Chooses the feedback arcs of whole components anew, and again those of before where that can be."""
        web = self._web
        arcs, knot = knot_of(web, [web.parts[part] for part in sorted(parts)], self.arcs, weights)
        places = feedback_arcs(knot)
        chosen = np.sort(arcs[places])
        before = self.arcs[np.isin(web.part[self.arcs >> HALF], list(parts))]
        self.rings.drop(before)
        self._witness.drop(before)
        self._release(before[~among(before, chosen)])
        self._withdraw(chosen[~among(chosen, self.arcs)])
        heaviest = arcs[places[np.argsort(-knot.weight[places], kind="stable")]]
        self._find_rings(heaviest)

    def close(self, arc: Arc) -> None:
        """Accounts for one new arc within a component: it becomes a feedback arc if it closes a loop."""
        tail, head = ends_of(arc)
        if self._way(self._forward, head, tail):
            self._withdraw(np.array([arc]))
            self._find_rings(np.array([arc]))
        # A ring that passes another feedback arc too leads from here to there in half the steps, or back.
        rings = self.rings
        half = (int(rings.hops.max(initial=0)) - 1) // 2
        ahead = self._web.arcs.steps(np.array([head]), half)
        behind = self._web.arcs.steps(np.array([tail]), half, back=True)
        near = ahead[rings.owner >> HALF] + behind[rings.owner & HEAD] + 2 <= rings.hops
        self._find_rings(rings.owner[near & (rings.owner != arc)])

    def mend(self, gone: Ints, weights: Weights) -> None:
        """Accounts for arcs that are gone from components: others may close nothing any more."""
        rings, witness = self.rings, self._witness
        broken = rings.passing(gone)
        rings.alone[broken] = False
        broken = rings.owner[broken]
        witness.drop(witness.owner[witness.passing(gone)])
        if len(rings.owner) == len(self.arcs):
            doubtful = rings.owner[~rings.alone]
        else:
            doubtful = self.arcs[~among(self.arcs, np.sort(rings.owner[rings.alone]))]
        doubtful = doubtful[~among(doubtful, np.sort(witness.owner))]
        doubtful = self._heaviest_first(doubtful, weights)
        if len(doubtful) > self._one_by_one:
            for found, ways in self._ways(self._forward, doubtful):
                witness.put(doubtful[found], ways, doubtful[found])
        for arc in doubtful[~among(doubtful, np.sort(witness.owner))].tolist():
            alone = np.array([arc])
            if back := self._way(self._forward, arc & HEAD, arc >> HALF):
                witness.put(alone, np.array([back]), alone)
            else:
                self._release(alone)
        self._find_rings(broken[among(broken, self.arcs)])

    def _heaviest_first(self, arcs: Ints, weights: Weights) -> Ints:
        arcs = self._web.by_text(arcs)
        return arcs[np.argsort(-weights.of(arcs), kind="stable")]

    def _find_rings(self, arcs: Ints) -> None:
        self.rings.drop(arcs)
        if len(arcs) > self._one_by_one:
            for found, ways in self._ways(self._web.arcs, arcs):
                self.rings.put(arcs[found], ways, self.arcs)
            return
        for arc in arcs.tolist():
            back = self._way(self._web.arcs, arc & HEAD, arc >> HALF)
            self.rings.put(np.array([arc]), np.array([back]), self.arcs)

    def _way(self, arcs: Arcs, start: int, goal: int) -> tuple[int, ...]:
        return way(arcs.out, arcs.into, start, goal, self._web.words)

    def _ways(self, among_: Arcs, asked: Ints) -> list[tuple[Ints, Ints]]:
        """For which of the arcs asked for there is a way from their head back to their tail, and the ways."""
        web = self._web
        nodes = np.flatnonzero(web.part >= 0)
        nodes = nodes[np.argsort(web.rank[nodes])]
        number = np.zeros(len(web.nodes), np.int64)
        number[nodes] = np.arange(len(nodes))
        arcs = among_.out.arcs
        arcs = arcs[web.together(arcs)]
        arcs = np.sort(number[arcs >> HALF] << HALF | number[arcs & HEAD])
        ways = Ways(arcs >> HALF, arcs & HEAD, len(nodes))
        found = ways.shortest(number[asked & HEAD], number[asked >> HALF], RING_WORK_NS)
        return [(places, nodes[way]) for places, way in found]

    def _withdraw(self, arcs: Ints) -> None:
        """Forward arcs become feedback arcs."""
        if not len(arcs):
            return
        self._forward.remove(arcs)
        self.arcs = np.sort(np.concatenate([self.arcs, arcs]))
        self.turned.update(arcs.tolist())
        self.rings.alone[self.rings.passing(arcs)] = False
        self._witness.drop(self._witness.owner[self._witness.passing(arcs)])

    def _release(self, arcs: Ints) -> None:
        """Feedback arcs become forward ones."""
        self._forget(arcs)
        self._forward.add(arcs)

    def _forget(self, arcs: Ints) -> None:
        if len(arcs):
            self.arcs = self.arcs[~among(self.arcs, np.sort(arcs))]
            self.turned.update(arcs.tolist())
            self.rings.drop(arcs)
            self._witness.drop(arcs)
