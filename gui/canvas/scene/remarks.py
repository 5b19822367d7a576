"""What is said of nodes and lines beside their names: lag, problems, age, differences and words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from graph.delivery import at_most_once
from graph.identity import (
    ApplicationId,
    ChannelId,
    EdgeId,
    Line,
    LoopId,
    NodeId,
    OperationId,
    Place,
    RouteId,
    ServerId,
)
from graph.model import ApplicationKind, DependencyGraph, EdgeState, Severity
from graph.view.changed import Mark
from graph.view.settings import LabelKind
from gui.canvas.scene import wording

Marks = Mapping[NodeId | EdgeId | LoopId | ServerId, Mark]
GRAVITY = tuple(Severity)
"""The gravest first."""
DRAWN = frozenset({"unattributed-producer"})
"""Rules of findings that the shape of a node tells already."""


@dataclass(frozen=True)
class Problems:
    """Findings about one thing: how grave the gravest is, and how many they are."""

    severity: Severity
    count: int = 1


@dataclass(frozen=True)
class NodeRemark:
    """What is said of a node."""

    lag: int = 0
    """Records that wait for it."""
    problems: Problems | None = None
    mark: Mark | None = None
    """What happened to it since another moment."""
    age: EdgeState = EdgeState.OBSERVED
    """The freshest evidence of what it does."""
    icon: str = ""
    """The icon of an application that is no plain service."""


@dataclass(frozen=True)
class LineRemark:
    """What is said of an edge, or of several drawn as one."""

    at_most_once: bool = False
    problems: Problems | None = None
    mark: Mark | None = None
    words: str = ""
    loud: bool = False
    """Whether its words are a warning."""
    count: int = 1
    """Edges that are drawn as one."""


QUIET = NodeRemark()
PLAIN = LineRemark()


def nodes(graph: DependencyGraph, marks: Marks | None = None) -> dict[NodeId, NodeRemark]:
    """The remarks on all nodes of which there is something to say."""
    told, ages, marks = _problems(graph), _ages(graph), marks or {}
    made: dict[NodeId, NodeRemark] = {}
    everything: tuple[NodeId, ...] = (*graph.applications, *graph.channels)
    for node in everything:
        application = graph.applications.get(node) if isinstance(node, ApplicationId) else None
        kind = application.kind if application else ApplicationKind.SERVICE
        remark = NodeRemark(
            (application.lag if application else None) or 0,
            told.get(node),
            marks.get(node),
            ages.get(node, EdgeState.OBSERVED),
            kind.value if kind in (ApplicationKind.CONNECTOR, ApplicationKind.STREAM_PROCESSOR) else "",
        )
        if remark != QUIET:
            made[node] = remark
    return made


def lines(graph: DependencyGraph, kind: LabelKind, marks: Marks | None = None) -> dict[EdgeId, LineRemark]:
    """The remarks on all edges of which there is something to say."""
    told, lossy, marks = _problems(graph), at_most_once(graph), marks or {}
    made: dict[EdgeId, LineRemark] = {}
    for edge in graph.edges():
        words, loud = wording.on_edge(graph, edge, kind)
        remark = LineRemark(edge in lossy, told.get(edge), marks.get(edge), words, loud)
        if remark != PLAIN:
            made[edge] = remark
    return made


def of_group(members: Iterable[NodeRemark], mark: Mark | None = None) -> NodeRemark:
    """What is said of nodes that are drawn as one."""
    every = list(members)
    ages = [each.age for each in every]
    age = next((state for state in EdgeState if state in ages), EdgeState.OBSERVED)
    return NodeRemark(sum(each.lag for each in every), _joined(every), mark, age)


def of_bundle(edges: Collection[LineRemark], mark: Mark | None = None) -> LineRemark:
    """What is said of edges that are drawn as one: how many they are."""
    lossy = bool(edges) and all(each.at_most_once for each in edges)
    count = len(edges)
    return LineRemark(lossy, _joined(edges), mark, f"{count:,}" if count > 1 else "", False, count)


def _joined(remarks: Iterable[NodeRemark | LineRemark]) -> Problems | None:
    found = [each.problems for each in remarks if each.problems]
    if not found:
        return None
    return Problems(
        min((each.severity for each in found), key=GRAVITY.index), sum(each.count for each in found)
    )


def _problems(graph: DependencyGraph) -> dict[Place | Line, Problems]:
    found: dict[Place | Line, Problems] = {}
    for finding in graph.findings:
        subject = finding.subject
        if finding.rule in DRAWN or not isinstance(
            subject, ApplicationId | ChannelId | OperationId | RouteId
        ):
            continue
        known = found.get(subject)
        if known is None:
            found[subject] = Problems(finding.severity)
        else:
            gravest = min(known.severity, finding.severity, key=GRAVITY.index)
            found[subject] = replace(known, severity=gravest, count=known.count + 1)
    return found


def _ages(graph: DependencyGraph) -> dict[NodeId, EdgeState]:
    """The freshest state of the edges of every node none of whose edges was seen lately."""
    order = tuple(EdgeState)
    ages: dict[NodeId, EdgeState] = {}
    for key, operation in graph.operations.items():
        for node in (key.application, key.channel):
            known = ages.get(node)
            if known is None or order.index(operation.state) < order.index(known):
                ages[node] = operation.state
    for route in graph.routes:
        ages.update({route.source: EdgeState.OBSERVED, route.target: EdgeState.OBSERVED})
    return {node: age for node, age in ages.items() if age is not EdgeState.OBSERVED}
