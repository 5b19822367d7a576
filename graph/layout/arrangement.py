"""A layered arrangement from nothing, component by component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from graph.identity import ChannelId, NodeId
from graph.layout import coordinates, layers, ordering
from graph.layout.placement import NAME, PITCH, ROW, Box, Link, Point, pack

RING = 47.0
"""Half the distance between the two channels of a short loop, with room for its badge between them."""
GAP = 16.0
"""Least room between a node, with its name, and the next below."""
LANE = 14.0
"""Room that a long edge takes in a layer it passes."""
ASPECT = 2.0
WIDE = 1450.0
"""An arrangement wider than this draws its layers nearer together."""
BENDS = 2_000
"""Above this many nodes, long edges get no room of their own."""


Contour = list[tuple[float, float, float]]
"""The middle, top and bottom of every column of a group."""


@dataclass
class _Places:
    """What is ordered and given a height: nodes, pairs of channels of a short loop, bends of long edges."""

    depth: list[int] = field(default_factory=list)
    above: list[float] = field(default_factory=list)
    below: list[float] = field(default_factory=list)
    real: list[bool] = field(default_factory=list)
    links: list[tuple[int, int, float]] = field(default_factory=list)
    along: list[tuple[int, int, float]] = field(default_factory=list)
    """For each bend, the places its edge joins and how far along it stands, 0 to 1."""

    def add(self, depth: int, above: float, below: float, *, real: bool) -> int:
        self.depth.append(depth)
        self.above.append(above)
        self.below.append(below)
        self.real.append(real)
        return len(self.depth) - 1

    def join(self, source: int, target: int, weight: float, *, bends: bool) -> None:
        if self.depth[source] > self.depth[target]:
            source, target = target, source
        start, span = source, self.depth[target] - self.depth[source]
        if span == 0 or (span > 1 and not bends):
            return
        for step in range(1, span):
            bend = self.add(self.depth[source] + step, LANE / 2, LANE / 2, real=False)
            self.along.append((source, target, step / span))
            self.links.append((start, bend, weight * (2.0 if step == 1 else 4.0)))
            start = bend
        self.links.append((start, target, weight * (2.0 if span > 1 else 1.0)))

    def trail(self, place: int) -> None:
        """Keep the row free in the next layer."""
        self.links.append((place, self.add(self.depth[place] + 1, LANE, LANE, real=False), 6.0))
        self.along.append((place, place, 0.0))


def _rings(
    returning: set[int], depth: Sequence[int], arcs: Sequence[tuple[int, int]], channel: Sequence[bool]
) -> dict[int, int]:
    """For each channel that closes a loop of two applications, the channel on the way out."""
    out: dict[int, set[int]] = {}
    into: dict[int, set[int]] = {}
    for source, target in arcs:
        out.setdefault(source, set()).add(target)
        into.setdefault(target, set()).add(source)
    rings: dict[int, int] = {}
    for back in sorted(returning):
        between = {
            forward
            for left in out.get(back, ())
            for right in into.get(back, ())
            for forward in out.get(left, set()) & into.get(right, set())
            if channel[forward] and forward not in returning and depth[forward] == depth[back]
        } - set(rings.values())
        if between:
            rings[back] = min(between, key=lambda node: (len(out[node]) + len(into[node]), node))
    return rings


def _component(
    boxes: Sequence[Box],
    channel: Sequence[bool],
    arcs: Sequence[tuple[int, int]],
    feedback: set[tuple[int, int]],
) -> tuple[list[Point], list[int], Contour]:
    count = len(boxes)
    depth, returning = layers.assign(count, arcs, feedback, {node for node in range(count) if channel[node]})
    rings = _rings(returning, depth, arcs, channel)
    beside = {end for arc in arcs for end in arc if rings.keys() & set(arc)}
    places = _Places()
    place_of: dict[int, int] = {}
    for node, box in enumerate(boxes):
        if node in rings:
            continue
        _, up, _, down = box.reach
        if node in rings.values():
            up, down = up + RING + NAME, up + RING + NAME
        elif node in beside:
            down = max(down, RING + GAP)
        place_of[node] = places.add(depth[node], up + GAP / 2, down + GAP / 2, real=True)
    for back, forward in rings.items():
        place_of[back] = place_of[forward]
    circle = {place_of[node] for node in rings}
    ends: dict[tuple[int, int], float] = {}
    for source, target in arcs:
        pair = (min(place_of[source], place_of[target]), max(place_of[source], place_of[target]))
        ends[pair] = ends.get(pair, 0.0) + (2.0 if circle & set(pair) else 1.0)
    for (first, second), weight in ends.items():
        places.join(first, second, weight, bends=count <= BENDS)
    solid = len(place_of) - len(rings)
    starts = ordering.spectral(solid, list(ends), vectors=3 if count <= ordering.THOROUGH else 1)
    for node, box in enumerate(boxes):
        if box.tail and depth[node] < max(depth):
            places.trail(place_of[node])
    total = len(places.depth)
    spread = []
    for start in starts or [np.zeros(solid)]:
        bends = [start[a] * (1 - t) + start[b] * t for a, b, t in places.along]
        spread.append(np.concatenate([start, np.array(bends)]))
    by_depth: list[list[int]] = [[] for _ in range(max(places.depth) + 1)]
    for place, number in enumerate(places.depth):
        by_depth[number].append(place)
    ordered = ordering.order(by_depth, places.links, spread, total)
    y = coordinates.place(
        ordered,
        places.links,
        np.array(places.above),
        np.array(places.below),
        places.real,
        ROW,
        sweeps=80 if total <= ordering.THOROUGH else 12,
    )
    tops = [min(y[place] - places.above[place] for place in layer) for layer in by_depth]
    bottoms = [max(y[place] + places.below[place] for place in layer) for layer in by_depth]
    x = _columns(boxes, depth, max(bottoms) - min(tops))
    points = []
    for node in range(count):
        shift = RING if node in rings else -RING if node in rings.values() else 0.0
        points.append((x[depth[node]], float(y[place_of[node]]) + shift))
    return points, depth, list(zip(x, tops, bottoms, strict=True))


def _columns(boxes: Sequence[Box], depth: Sequence[int], height: float) -> list[float]:
    """The middle of every layer: the usual pitch, more for wide cards and where the height leaves room
    anyway, less where there are many layers.
    """
    half = [0.0] * (max(depth) + 1)
    for box, number in zip(boxes, depth, strict=True):
        half[number] = max(half[number], box.width / 2)
    room = PITCH - 88.0
    natural = 2 * sum(half) + room * (len(half) - 1)
    if natural > WIDE and len(half) > 1:
        room = max(38.0, room - (natural - WIDE) / (len(half) - 1))
    elif natural < ASPECT * height and len(half) > 1:
        room = min(room + 32.0, room + (ASPECT * height - natural) / (len(half) - 1))
    x = [0.0]
    for left, right in pairwise(half):
        x.append(x[-1] + left + room + right)
    return x


def _groups(count: int, arcs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Nodes that hang together, the largest group first; nodes without edges are one group at the end."""
    leader = list(range(count))

    def find(node: int) -> int:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for source, target in arcs:
        leader[find(source)] = find(target)
    groups: dict[int, list[int]] = {}
    for node in range(count):
        groups.setdefault(find(node), []).append(node)
    linked = sorted((g for g in groups.values() if len(g) > 1), key=lambda group: (-len(group), group[0]))
    lone = [group[0] for group in groups.values() if len(group) == 1]
    return [*linked, lone] if lone else linked


def _grid(boxes: Sequence[Box]) -> list[Point]:
    """Rows and columns for nodes without edges."""
    across = max(1, round((len(boxes) * ASPECT * ROW / PITCH) ** 0.5))
    wide = max(max(box.width, box.label) for box in boxes) + 2 * GAP
    return [((index % across) * max(PITCH, wide), (index // across) * ROW) for index in range(len(boxes))]


def _slid(
    corners: Sequence[Point],
    extents: Sequence[tuple[float, float, float, float]],
    contours: Sequence[Contour],
) -> list[Point]:
    """Each group moved up into hollows of those over it."""
    if len(corners) > 60:
        return list(corners)
    found = list(corners)
    settled: list[tuple[float, float, float]] = []
    for index in sorted(range(len(corners)), key=lambda number: (corners[number][1], corners[number][0])):
        (left, top, _, _), (x0, y0) = extents[index], corners[index]
        own = [(x - left + x0, low - top + y0, high - top + y0) for x, low, high in contours[index]]
        rise = y0
        for x, low, _ in own:
            for other, _, bottom in settled:
                if abs(other - x) < PITCH:
                    rise = min(rise, low - bottom - GAP)
        rise = max(rise, 0.0)
        found[index] = (x0, y0 - rise)
        settled += [(x, low - rise, high - rise) for x, low, high in own]
    return found


def arrange(
    boxes: Mapping[NodeId, Box], links: Sequence[Link]
) -> tuple[dict[NodeId, Point], dict[NodeId, int]]:
    """The middle and the layer of every node."""
    ids = list(boxes)
    number = {node: index for index, node in enumerate(ids)}
    arcs = [(number[source], number[target]) for (source, target), _ in links]
    back = {(number[source], number[target]) for (source, target), feedback in links if feedback}
    positions: dict[NodeId, Point] = {}
    depths: dict[NodeId, int] = {}
    drawn: list[tuple[list[NodeId], list[Point]]] = []
    contours: list[Contour] = []
    group_of: dict[int, int] = {}
    groups = _groups(len(ids), arcs)
    for index, group in enumerate(groups):
        group_of.update(dict.fromkeys(group, index))
    arcs_of: list[list[tuple[int, int]]] = [[] for _ in groups]
    for arc in arcs:
        arcs_of[group_of[arc[0]]].append(arc)
    for group, inside in zip(groups, arcs_of, strict=True):
        local = {node: index for index, node in enumerate(group)}
        sizes = [boxes[ids[node]] for node in group]
        if inside:
            own = [(local[a], local[b]) for a, b in inside]
            own_back = {(local[a], local[b]) for a, b in inside if (a, b) in back}
            channel = [isinstance(ids[node], ChannelId) for node in group]
            points, depth, contour = _component(sizes, channel, own, own_back)
        else:
            points, depth = _grid(sizes), [0] * len(group)
            contour = [(x, y - ROW / 2, y + ROW / 2) for x, y in points]
        contours.append(contour)
        depths.update({ids[node]: layer for node, layer in zip(group, depth, strict=True)})
        drawn.append(([ids[node] for node in group], points))
    extents = []
    for nodes, points in drawn:
        reach = [boxes[node].reach for node in nodes]
        left = min(p[0] - r[0] for p, r in zip(points, reach, strict=True))
        top = min(p[1] - r[1] for p, r in zip(points, reach, strict=True))
        right = max(p[0] + r[2] for p, r in zip(points, reach, strict=True))
        bottom = max(p[1] + r[3] for p, r in zip(points, reach, strict=True))
        extents.append((left, top, right - left, bottom - top))
    corners = pack([(width, height) for _, _, width, height in extents], gap=2.5 * GAP, aspect=ASPECT)
    corners = _slid(corners, extents, contours)
    for (nodes, points), (left, top, _, _), corner in zip(drawn, extents, corners, strict=True):
        for node, point in zip(nodes, points, strict=True):
            positions[node] = (point[0] - left + corner[0], point[1] - top + corner[1])
    return positions, depths
