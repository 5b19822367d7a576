"""A layered arrangement from nothing, component by component."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from graph.layout import bands, coordinates, crossings, layers, ordering
from graph.layout.coordinates import Bools, Floats, Ints, Room
from graph.layout.placement import NAME, PITCH, ROW, pack, reaches

RING = 47.0
"""Half the distance between the two channels of a short loop, with room for its badge between them."""
GAP = 16.0
"""Least room between a node, with its name, and the next below."""
LANE = 14.0
"""Room that a long edge takes in a layer it passes."""
ASPECT = 2.0
WIDE = 1450.0
"""An arrangement wider than this draws its layers nearer together."""
CLIMB = 0.004
"""How many crossings it is worth that a line climbs or falls a px less."""
SLID = 60
"""Up to this many groups are moved into the hollows of others."""
BACK = 4
"""Sweeps that draw nodes back to their neighbours between two searches for fewer crossings."""


@dataclass(frozen=True)
class Sketch:
    """What is to be arranged, by number: n nodes and m edges."""

    boxes: Floats
    """Width, height, width of the name under it, and of what trails it, shape (n, 4)."""
    channel: Bools
    arcs: Ints
    """Source and target of every edge, shape (m, 2), none twice and none from a node to itself."""
    feedback: Bools
    """Which edges lead back."""


Tell = Callable[[float], None]
"""Told how much is done, 0 to 1; it may raise to end the work."""


@dataclass(frozen=True)
class _Effort:
    """How much is done about crossings."""

    starts: int
    """Spectral vectors to begin from."""
    rounds: int
    """Steps of the search for them in a large group."""
    sweeps: int
    tries: int
    """How many of the starts are followed to the end."""
    sifts: int
    levels: int
    """Sweeps for the heights."""
    turns: int
    """How often nodes go to where few lines cross, with a step back to their neighbours in between."""
    settles: int
    """Passes over all nodes in each turn, with straight lines counted by bands."""
    keeps: int
    """How many of the states that were reached so are gone on with,"""
    passes: int
    """and passes with each line counted by itself over each."""
    polish: int
    """Passes that draw nodes in to their neighbours, where edges are levelled out as well."""
    bends: bool
    """Whether long edges get room of their own."""


def _effort(count: int) -> _Effort:
    """As much as so many nodes in all leave time for."""
    if count <= 60:
        return _Effort(9, 300, 8, 9, 8, 12, 6, 3, 2, 6, 2, bends=True)
    if count <= 150:
        return _Effort(6, 300, 6, 2, 8, 12, 6, 3, 2, 6, 2, bends=True)
    if count <= 250:
        return _Effort(3, 300, 6, 1, 8, 12, 8, 3, 1, 6, 2, bends=True)
    if count <= 400:
        return _Effort(3, 300, 6, 1, 8, 12, 1, 6, 1, 6, 2, bends=True)
    if count <= 1_500:
        return _Effort(1, 150, 0, 0, 0, 6, 1, 8, 0, 0, 0, bends=True)
    return _Effort(1, 150, 0, 0, 0, 6, 1, 8, 0, 0, 0, bends=False)


@dataclass(frozen=True)
class _Drawn:
    """A group of nodes: where they stand, their layers, and middle, top and bottom of its columns."""

    points: Floats
    depth: Ints
    contour: Floats


def arrange(sketch: Sketch, tell: Tell = lambda done: None) -> tuple[Floats, Ints]:
    """The middle of every node, shape (n, 2), and its layer."""
    count = len(sketch.boxes)
    points, depth = np.zeros((count, 2)), np.zeros(count, dtype=np.int64)
    groups = _groups(count, sketch.arcs)
    reach, effort = reaches(sketch.boxes), _effort(count)
    drawn, extents, done = [], np.empty((len(groups), 4)), 0
    for number, (nodes, arcs) in enumerate(groups):
        own = Sketch(
            sketch.boxes[nodes],
            sketch.channel[nodes],
            _within(nodes, sketch.arcs[arcs]),
            sketch.feedback[arcs],
        )
        made = (
            _component(own, effort, partial(_tell_part, tell, done / count, len(nodes) / count))
            if len(arcs)
            else _grid(own)
        )
        done += len(nodes)
        tell(done / count)
        drawn.append(made)
        extents[number, :2] = (made.points - reach[nodes, :2]).min(axis=0)
        extents[number, 2:] = (made.points + reach[nodes, 2:]).max(axis=0) - extents[number, :2]
    sizes = [(width, height) for _, _, width, height in extents.tolist()]
    corners = np.array(pack(sizes, 2.5 * GAP, ASPECT)).reshape(-1, 2)
    shifts = corners - extents[:, :2]
    _slide(corners, shifts, [made.contour for made in drawn])
    for (nodes, _), made, shift in zip(groups, drawn, shifts, strict=True):
        points[nodes] = made.points + shift
        depth[nodes] = made.depth
    return points, depth


def _tell_part(tell: Tell, before: float, part: float, share: float) -> None:
    tell(before + part * share)


def _within(nodes: Ints, arcs: Ints) -> Ints:
    """The arcs by the places of their ends among the nodes, which ascend."""
    return np.searchsorted(nodes, arcs)


def _groups(count: int, arcs: Ints) -> list[tuple[Ints, Ints]]:
    """Nodes that hang together and the arcs between them, the largest group first.

    Nodes without edges are one group at the end.
    """
    leader = np.arange(count)
    while len(arcs):
        # Each leader follows the least of its neighbours' leaders, until none finds a lesser one.
        ends = leader[arcs]
        least = ends.min(axis=1)
        before = leader.copy()
        np.minimum.at(leader, ends[:, 0], least)
        np.minimum.at(leader, ends[:, 1], least)
        while not np.array_equal(leader, leader[leader]):
            leader = leader[leader]
        if np.array_equal(leader, before):
            break
    linked = np.zeros(count, dtype=bool)
    linked[arcs.ravel()] = True
    by_leader = np.argsort(leader, kind="stable")
    by_leader = by_leader[linked[by_leader]]
    names, firsts, sizes = np.unique(leader[by_leader], return_index=True, return_counts=True)
    nodes_of = np.split(by_leader, firsts[1:])
    own = leader[arcs[:, 0]]
    by_group = np.argsort(own, kind="stable")
    arcs_of = np.split(by_group, np.searchsorted(own[by_group], names[1:]))
    found = (
        [(nodes_of[number], arcs_of[number]) for number in np.lexsort((names, -sizes)).tolist()]
        if len(names)
        else []
    )
    lone = np.flatnonzero(~linked)
    return [*found, (lone, np.empty(0, dtype=np.int64))] if len(lone) else found


def _grid(sketch: Sketch) -> _Drawn:
    """Rows and columns for nodes without edges."""
    count = len(sketch.boxes)
    across = max(1, round((count * ASPECT * ROW / PITCH) ** 0.5))
    wide = max(PITCH, float(sketch.boxes[:, [0, 2]].max()) + 2 * GAP)
    places = np.arange(count)
    points = np.column_stack([(places % across) * wide, (places // across) * ROW])
    contour = np.column_stack([points[:, 0], points[:, 1] - ROW / 2, points[:, 1] + ROW / 2])
    return _Drawn(points, np.zeros(count, dtype=np.int64), contour)


def _slide(corners: Floats, shifts: Floats, contours: Sequence[Floats]) -> None:
    """Move each group up into hollows of those over it; `corners` are those that they were packed at."""
    if len(contours) > SLID:
        return
    settled = np.empty((0, 3))
    moved = [contour + np.array([x, y, y]) for contour, (x, y) in zip(contours, shifts, strict=True)]
    for number in np.lexsort(corners.T).tolist():
        own = moved[number]
        near = np.abs(own[:, None, 0] - settled[:, 0]) < PITCH
        rise = np.where(near, own[:, None, 1] - settled[:, 2] - GAP, np.inf).min(initial=own[:, 1].min())
        rise = max(float(rise), 0.0)
        shifts[number, 1] -= rise
        settled = np.concatenate([settled, own - np.array([0.0, rise, rise])])


@dataclass(frozen=True)
class _Places:
    """What is ordered and given a height: nodes or pairs of channels of a ring, then bends of long edges."""

    solid: int
    """How many are no bends."""
    x: Floats
    """Of each layer."""
    ends: Ints
    """Pairs of places that edges join, the left one first."""
    depth: Ints
    room: Room
    links: Ints
    """Pairs of places in neighbouring layers, the left one first."""
    weight: Floats
    between: Ints
    """For each bend the two places that its edge joins."""
    part: Floats
    """How far along it stands, 0 to 1."""

    def with_bends(self, of_solid: Floats) -> Floats:
        """The values of all places, from those that are no bends; the last axis counts them."""
        start, stop = of_solid[..., self.between[:, 0]], of_solid[..., self.between[:, 1]]
        return np.concatenate([of_solid, start + (stop - start) * self.part], axis=-1)


def _bent(
    x: Floats, depth: Ints, room: Room, ends: Ints, weight: Floats, trailing: Ints, *, bends: bool
) -> _Places:
    """Long links cut at bends; and behind each trailing place the row kept free in the next layer."""
    solid, whole = len(depth), ends
    span = depth[ends[:, 1]] - depth[ends[:, 0]]
    keep = (span > 0) if bends else (span == 1)
    ends, weight, span = ends[keep], weight[keep], span[keep]
    inner = span - 1
    edge = np.repeat(np.arange(len(ends)), inner)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(inner) - inner, inner) + 1
    bend = solid + np.arange(len(edge))
    last = step == inner[edge]
    tails = solid + len(edge) + np.arange(len(trailing))
    links = [
        ends[span == 1],
        np.column_stack([np.where(step == 1, ends[edge, 0], bend - 1), bend]),
        np.column_stack([bend[last], ends[edge[last], 1]]),
        np.column_stack([trailing, tails]),
    ]
    pulls = [
        weight[span == 1],
        weight[edge] * np.where(step == 1, 2.0, 4.0),
        weight[edge[last]] * 2.0,
        np.full(len(tails), 6.0),
    ]
    lane = np.concatenate([np.full(len(edge), LANE / 2), np.full(len(tails), LANE)])
    return _Places(
        solid,
        x,
        whole,
        np.concatenate([depth, depth[ends[edge, 0]] + step, depth[trailing] + 1]),
        Room(
            np.concatenate([room.above, lane]),
            np.concatenate([room.below, lane]),
            np.concatenate([room.real, np.zeros(len(lane), dtype=bool)]),
            room.row,
        ),
        np.concatenate(links),
        np.concatenate(pulls),
        np.concatenate([ends[edge], np.column_stack([trailing, trailing])]),
        np.concatenate([step / span[edge], np.zeros(len(tails))]),
    )


def _component(sketch: Sketch, effort: _Effort, tell: Tell) -> _Drawn:
    """Nodes that hang together."""
    count = len(sketch.boxes)
    depth, returning = layers.assign(count, sketch.arcs, sketch.feedback, sketch.channel)
    tell(0.2)
    rings = _rings(returning, depth, sketch)
    place, shift, room = _stacked(sketch, rings)
    of_place = np.empty(len(room.above), dtype=np.int64)
    of_place[place] = depth
    ends = place[sketch.arcs]
    ends = np.where((of_place[ends[:, 0]] > of_place[ends[:, 1]])[:, None], ends[:, ::-1], ends)
    ends, times = np.unique(ends, axis=0, return_counts=True)
    circle = np.zeros(len(of_place), dtype=bool)
    circle[place[list(rings)]] = True
    weight = times.astype(np.float64) * np.where(circle[ends].any(axis=1), 2.0, 1.0)
    trailing = place[np.flatnonzero((sketch.boxes[:, 3] > 0) & (depth < depth.max()))]
    half = np.zeros(int(depth.max()) + 1)
    np.maximum.at(half, depth, sketch.boxes[:, 0] / 2)
    places = _bent(_columns(half, 0.0), of_place, room, ends, weight, trailing, bends=effort.bends)
    if effort.tries:
        ends_of = place[sketch.arcs]
        ringed = circle[ends_of[:, 0]] | circle[ends_of[:, 1]]
        lines = crossings.Lines(places.x[depth], sketch.arcs, place, shift, ringed)
        orders, y = _heights(places, lines, effort, tell)
    else:
        orders, y = _crowd(places, effort, tell)
    tops = np.array([(y[order] - places.room.above[order]).min() for order in orders])
    bottoms = np.array([(y[order] + places.room.below[order]).max() for order in orders])
    x = _columns(half, float(bottoms.max() - tops.min()))
    points = np.column_stack([x[depth], y[place] + shift])
    return _Drawn(points, depth, np.column_stack([x, tops, bottoms]))


def _crowd(places: _Places, effort: _Effort, tell: Tell) -> tuple[list[Ints], Floats]:
    """The places of every layer from top to bottom, and the heights of all: from one start."""
    keys = places.with_bends(ordering.spectral(places.solid, places.ends, effort.starts, effort.rounds)[0])
    tell(0.4)
    by_layer = np.lexsort((keys, places.depth))
    cuts = np.searchsorted(places.depth[by_layer], np.arange(1, int(places.depth.max()) + 1))
    orders = np.split(by_layer, cuts)
    y = coordinates.place(orders, places.links, places.weight, places.room, effort.levels)
    tell(0.6)
    return _settled(places, orders, y, effort)


def _heights(
    places: _Places, lines: crossings.Lines, effort: _Effort, tell: Tell
) -> tuple[list[Ints], Floats]:
    """The places of every layer from top to bottom, and the heights of all: the best of several."""
    solid = places.solid
    keys = places.with_bends(ordering.spectral(solid, places.ends, effort.starts, effort.rounds))
    tell(0.4)
    ladder = ordering.Ladder(places.depth, places.links)
    keys, fewest = ladder.swept(keys, effort.sweeps)
    found: list[tuple[float, list[Ints], Floats]] = []

    def offer(orders: list[Ints], y: Floats) -> int:
        crossed = lines.crossed(y[:solid])
        found.append((crossed + CLIMB * lines.climb(y[:solid]), orders, y))
        return crossed

    for start in np.argsort(fewest, kind="stable")[: effort.tries].tolist():
        tell(0.5)
        within = ladder.sifted(ladder.sorted(keys[start]), effort.sifts)
        orders = [layer[order] for layer, order in zip(ladder.layers, within, strict=True)]
        y = _levelled(places, orders, effort)
        turns = [(offer(orders, y), orders, y)]
        for turn in range(effort.turns if turns[0][0] else 0):
            if turn:
                y = coordinates.place(orders, places.links, places.weight, places.room, BACK, y)
            orders, y = _settled(places, orders, y, effort)
            turns.append((offer(orders, y), orders, y))
        turns.sort(key=lambda each: each[0])
        for _, orders, y in turns[: effort.keeps if turns[0][0] else 0]:
            tell(0.7)
            orders, y = _uncrossed(places, orders, lines, y, effort)
            offer(orders, y)
            if effort.polish:
                offer(orders, _levelled(places, orders, effort))
    return min(found, key=lambda each: each[0])[1:]


def _levelled(places: _Places, orders: Sequence[Ints], effort: _Effort) -> Floats:
    y = coordinates.place(orders, places.links, places.weight, places.room, effort.levels)
    return coordinates.straightened(orders, places.links, places.room, y) if effort.polish else y


def _uncrossed(
    places: _Places, orders: Sequence[Ints], lines: crossings.Lines, y: Floats, effort: _Effort
) -> tuple[list[Ints], Floats]:
    """Orders and heights with fewer crossings of straight lines; bends stand on these as far as they can."""
    solid = [order[order < places.solid] for order in orders]
    found = crossings.refined(lines, solid, y[: places.solid], places.room, effort.passes)
    found = crossings.drawn_in(lines, solid, found, places.room, effort.polish)
    orders, y = _on_lines(places, orders, found)
    if effort.polish:
        y = coordinates.straightened(orders, places.links, places.room, y)
    return orders, y


def _settled(
    places: _Places, orders: Sequence[Ints], y: Floats, effort: _Effort
) -> tuple[list[Ints], Floats]:
    """Orders and heights with fewer crossings of straight lines, by their bands."""
    solid = [order[order < places.solid] for order in orders]
    y = y[: places.solid]
    found = bands.settled(places.x, solid, places.ends, y, places.room, effort.settles)
    return _on_lines(places, orders, found)


def _on_lines(places: _Places, orders: Sequence[Ints], found: Floats) -> tuple[list[Ints], Floats]:
    """Orders and heights of all places from those that are no bends: bends stand on the straight lines."""
    wanted = places.with_bends(found)
    orders = [order[np.argsort(wanted[order], kind="stable")] for order in orders]
    y = np.empty(len(wanted))
    weight = np.where(places.room.real, 1.0, 0.2)
    for order in orders:
        y[order] = places.room.fitted(order, wanted[order], weight[order])
    return orders, y


def _stacked(sketch: Sketch, rings: dict[int, int]) -> tuple[Ints, Floats, Room]:
    """The place of each node, how far below its middle it stands, and the room of every place.

    The two channels of a ring share one.
    """
    count = len(sketch.boxes)
    back, forward = np.array(list(rings), dtype=np.int64), np.array(list(rings.values()), dtype=np.int64)
    reach = reaches(sketch.boxes)
    above, below, shift = reach[:, 1].copy(), reach[:, 3].copy(), np.zeros(count)
    beside = sketch.arcs[np.isin(sketch.arcs, back).any(axis=1)].ravel()
    below[beside] = np.maximum(below[beside], RING + GAP)
    above[forward] = below[forward] = reach[forward, 1] + RING + NAME
    shift[forward], shift[back] = -RING, RING
    own = np.ones(count, dtype=bool)
    own[back] = False
    place = np.cumsum(own) - 1
    place[back] = place[forward]
    real = np.ones(int(own.sum()), dtype=bool)
    return place, shift, Room(above[own] + GAP / 2, below[own] + GAP / 2, real, ROW)


def _rings(returning: Collection[int], depth: Ints, sketch: Sketch) -> dict[int, int]:
    """For each channel that closes a loop of two applications, the channel on the way out."""
    if not returning:
        return {}
    out: dict[int, set[int]] = {}
    into: dict[int, set[int]] = {}
    for source, target in sketch.arcs.tolist():
        out.setdefault(source, set()).add(target)
        into.setdefault(target, set()).add(source)
    rings: dict[int, int] = {}
    for back in sorted(returning):
        between = {
            forward
            for left in out.get(back, ())
            for right in into.get(back, ())
            for forward in out.get(left, set()) & into.get(right, set())
            if sketch.channel[forward] and forward not in returning and depth[forward] == depth[back]
        } - set(rings.values())
        if between:
            rings[back] = min(between, key=lambda node: (len(out[node]) + len(into[node]), node))
    return rings


def _columns(half: Floats, height: float) -> Floats:
    """The middle of every layer from half its width: the usual pitch, more for wide cards and where the
    height leaves room anyway, less where there are many layers.
    """
    room = PITCH - 88.0
    gaps = max(len(half) - 1, 1)
    natural = 2 * float(half.sum()) + room * (len(half) - 1)
    if natural > WIDE:
        room = max(38.0, room - (natural - WIDE) / gaps)
    elif natural < ASPECT * height:
        room = min(room + 32.0, room + (ASPECT * height - natural) / gaps)
    x = [0.0]
    for left, right in pairwise(half.tolist()):
        x.append(x[-1] + left + room + right)
    return np.array(x)
