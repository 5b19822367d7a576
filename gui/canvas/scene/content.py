"""What is drawn and what is said of it: the graph through a view, before it has places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from PySide6.QtCore import QRectF

from graph.certainty import UNSEEN, grounds
from graph.identity import (
    BundleId,
    ChannelId,
    EdgeId,
    GroupId,
    Line,
    LoopId,
    NodeId,
    OperationId,
    Place,
)
from graph.model import (
    DANGER,
    ApplicationKind,
    DependencyGraph,
    EdgeState,
    FeedbackLoop,
    LoopStatus,
    Operation,
    Route,
)
from graph.view.changed import Mark
from graph.view.difference import joined
from graph.view.groups import title
from graph.view.settings import LabelKind, ViewSettings
from graph.view.shown import Shown, shown
from gui.canvas.scene import remarks, wording
from gui.canvas.scene.edge_words import bundle_width
from gui.canvas.scene.remarks import LineRemark, Marks, NodeRemark
from gui.canvas.scene.sizes import CARD_MOST, GROUP, NAME_MOST, PADDING, Sizes
from gui.fonts import Role

CERTAINTIES = ("certain", "likely", "guessed", *UNSEEN)
"""What lines are told apart by, the surest first."""
AGES = tuple(EdgeState)
"""The freshest first."""


def rank(status: LoopStatus | None) -> int:
    """How dangerous a loop is: more is worse, -1 for none."""
    return -1 if status is None else len(DANGER) - DANGER.index(status)


@dataclass(frozen=True)
class NodeItem:
    """An application, a channel or a group."""

    id: Place
    rect: QRectF
    title: str
    quiet: str = ""
    loud: str = ""
    """The part of the second line that is drawn in amber."""
    rate: str = ""
    unattributed: bool = False
    loop: LoopStatus | None = None
    """The worst loop through it, possible ones aside."""
    remark: NodeRemark = remarks.QUIET


@dataclass(frozen=True)
class Figures:
    """How a line looks, wherever it runs."""

    certainty: str
    width: float
    rate: float
    loop: LoopStatus | None = None
    state: EdgeState = EdgeState.OBSERVED


@dataclass(frozen=True, eq=False)
class Content:
    """Places and lines of a view on a graph, with their figures and words."""

    shown: Shown = field(default_factory=lambda: shown(DependencyGraph(), ViewSettings(), 0))
    marks: Marks = field(default_factory=dict)
    """How things differ from another moment."""
    labels: LabelKind = LabelKind.NONE
    _attended: set[Place] = field(default_factory=set)
    _of_nodes: dict[NodeId, NodeRemark] = field(default_factory=dict)
    _of_edges: dict[EdgeId, LineRemark] = field(default_factory=dict)

    @property
    def graph(self) -> DependencyGraph:
        """All that is known, shown or not."""
        return self.shown.whole

    @cached_property
    def loops(self) -> dict[LoopId, tuple[FeedbackLoop, tuple[Place, ...], tuple[Line, ...]]]:
        """The loops that are shown, each with the places and lines that it is drawn as."""
        made = {}
        for key, loop in self.graph.loops.items():
            hops = [self.shown.place(hop) for hop in loop.hops]
            lines = [self.shown.line(edge) for edge in loop.edges]
            inside = [a is not None and a == b for a, b in zip(hops, [*hops[1:], hops[0]], strict=True)]
            if None not in hops and all(line or within for line, within in zip(lines, inside, strict=True)):
                places = tuple(dict.fromkeys(hop for hop in hops if hop is not None))
                made[key] = loop, places, tuple(dict.fromkeys(line for line in lines if line is not None))
        return made

    @cached_property
    def worst(self) -> tuple[dict[Line, LoopStatus], dict[Place, LoopStatus]]:
        """The worst status of the loops through each line and place; possible loops do not count."""
        of_line: dict[Line, LoopStatus] = {}
        of_place: dict[Place, LoopStatus] = {}
        ranked = sorted(self.graph.loops.values(), key=lambda loop: rank(loop.status))
        for loop in ranked:
            if loop.status is not LoopStatus.POSSIBLE:
                places, lines = self.shown.drawn(loop.hops, loop.edges)
                of_line.update(dict.fromkeys(lines, loop.status))
                of_place.update(dict.fromkeys(places, loop.status))
        return of_line, of_place

    @cached_property
    def feedback(self) -> frozenset[Line]:
        """The lines that close loops."""
        return frozenset(self.shown.drawn((), self.graph.feedback)[1])

    def node(self, place: Place, rect: QRectF, sizes: Sizes) -> NodeItem:
        """A node with its words."""
        graph, loop = self.graph, self.worst[1].get(place)
        if isinstance(place, GroupId):
            return self._group(place, rect, sizes)
        said = self._of_nodes.get(place, remarks.QUIET)
        if isinstance(place, ChannelId):
            words = wording.inside(graph.channels.get(place), self.inside)
            named = sizes.elided(Role.LABEL, place.name, NAME_MOST)
            return NodeItem(place, rect, named, rate=words, loop=loop, remark=said)
        application = graph.applications.get(place)
        if application is None:
            named = sizes.elided(Role.HEAD, place.key, CARD_MOST - 2 * PADDING)
            return NodeItem(place, rect, named, loop=loop, remark=said)
        quiet, loud = wording.second_line(application)
        unattributed = application.kind is ApplicationKind.UNATTRIBUTED
        room = CARD_MOST - 2 * PADDING - (18 if unattributed else 0)
        return NodeItem(
            place,
            rect,
            sizes.elided(Role.HEAD, wording.name(application), room),
            sizes.elided(Role.SMALL, quiet, room),
            loud,
            unattributed=unattributed,
            loop=loop,
            remark=said,
        )

    @property
    def inside(self) -> LabelKind:
        """What stands inside channels: rates, whatever is written on edges."""
        return LabelKind.RATE

    def _group(self, group: GroupId, rect: QRectF, sizes: Sizes) -> NodeItem:
        inside = self.shown.members.get(group, ())
        said = [self._of_nodes.get(node, remarks.QUIET) for node in inside]
        mark = joined(self.marks.get(node) for node in inside)
        return NodeItem(
            group,
            rect,
            sizes.elided(Role.HEAD, title(self.graph, group), GROUP[0] - 2 * PADDING),
            wording.counts(inside, " · "),
            loop=self.worst[1].get(group),
            remark=remarks.of_group(said, mark),
        )

    def line(self, line: Line) -> Figures:
        """How a line looks."""
        edges = self.shown.bundles[line] if isinstance(line, BundleId) else (line,)
        found = [self._edge(edge) for edge in edges]
        loop = self.worst[0].get(line)
        if len(found) == 1:
            return Figures(*found[0][:3], loop, found[0][3])
        sure = min((each[0] for each in found), key=CERTAINTIES.index)
        state = min((each[3] for each in found), key=AGES.index)
        return Figures(sure, bundle_width(len(found)), sum(each[2] for each in found), loop, state)

    def _edge(self, edge: EdgeId) -> tuple[str, float, float, EdgeState]:
        graph = self.graph
        found: Operation | Route | None = None
        found = graph.operations.get(edge) if isinstance(edge, OperationId) else graph.routes.get(edge)
        known = grounds(found)
        still = known in UNSEEN or self.marks.get(edge) is Mark.GONE
        rate = 0.0 if still else (found.rate_per_s if found else None) or 0.0
        state = found.state if isinstance(found, Operation) else EdgeState.OBSERVED
        # In steps, so that a rate that wavers does not have every line drawn again.
        width = 1.1 + 0.15 * round(6 * min(1.0, float(np.log10(1.0 + rate)) / 3.3))
        return known, width, rate, state

    def attend(self, places: Iterable[Place], lines: Iterable[Line]) -> None:
        """Look up what is said of some nodes and lines, before they are asked for one by one.

        `lines` are all that touch the nodes: how old what a node does is, its edges tell.
        """
        members, bundles, graph = self.shown.members, self.shown.bundles, self.graph
        new = [place for place in places if place not in self._attended]
        if not new:
            return
        self._attended.update(new)
        nodes = [n for place in new for n in (members[place] if isinstance(place, GroupId) else (place,))]
        edges = [e for line in lines for e in (bundles[line] if isinstance(line, BundleId) else (line,))]
        applications, channels = graph.applications, graph.channels
        operations = {key: graph.operations[key] for key in edges if key in graph.operations}
        near = replace(
            graph,
            applications={key: applications[key] for key in nodes if key in applications},
            channels={key: channels[key] for key in nodes if key in channels},
            operations=operations,
            routes=graph.routes,
        )
        self._of_nodes.update(remarks.nodes(near, self.marks))
        ends = {end for key in operations for end in (key.channel,)} - near.channels.keys()
        near = replace(near, channels={**near.channels, **{k: channels[k] for k in ends if k in channels}})
        self._of_edges.update(remarks.lines(near, self.labels, self.marks))

    def remark(self, line: Line) -> LineRemark:
        """What is said of a line."""
        if isinstance(line, BundleId):
            edges = self.shown.bundles[line]
            said = [self._of_edges.get(edge, remarks.PLAIN) for edge in edges]
            return remarks.of_bundle(said, joined(self.marks.get(edge) for edge in edges))
        return self._of_edges.get(line, remarks.PLAIN)

    def knows(self, place: Place) -> bool:
        """Whether what is said of a place was looked up."""
        return place in self._attended

    @property
    def said(self) -> int:
        """Of how many things it is known what is said of them; grows as more is looked at."""
        return len(self._attended)

    @property
    def remarks(self) -> set[NodeRemark | LineRemark]:
        """All that is said of what was looked at."""
        return {*self._of_nodes.values(), *self._of_edges.values(), *map(self.remark, self.shown.bundles)}

    @cached_property
    def unreceived(self) -> dict[ChannelId, str]:
        """Channels whose receivers cannot be seen, with what to say there."""
        if all(channel.receivers_visible for channel in self.graph.channels.values()):
            return {}
        return wording.unreceived(self.graph)
