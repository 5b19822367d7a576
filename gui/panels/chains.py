"""The ways that records took, the slowest first, and beside them the hubs of the system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QWidget

from graph.hubs import Hub, find_hubs
from graph.identity import Action, ApplicationId, ChannelId, EdgeId, NodeId, OperationId
from graph.model import CausalPath, DependencyGraph
from gui import figures
from gui.background import Background
from gui.canvas.scene import wording
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import application_mark, channel_mark
from gui.panels.lists import ListPanel
from gui.parts.cells import Cell
from gui.parts.marks import Mark
from gui.parts.tables import Column, Line
from gui.parts.text import column
from gui.session import Session

WAYS = (
    Column("Way that records took", 0),
    Column("Took", 64, right=True),
    Column("Waiting", 76, right=True),
    Column("Steps", 50, right=True),
    Column("Chains", 60, right=True),
)
HUBS = (
    Column("Hub", 0),
    Column("Fan-in / out", 94, right=True),
    Column("Reach in / out", 108, right=True),
)
MOST_HUBS = 50
EVERY_S = 5.0
"""How often at most hubs are looked for: who is one hardly changes."""
NOTHING = "nothing has been seen to be sent or received yet."
UNFOLLOWED = (
    "No record of the last ten minutes could be followed from one channel to the next: none names the record "
    "that caused it, or it is not known who sent it. Ways appear once senders write the id of the cause into "
    "what they send, such as the CloudEvents extension causationid."
)


class ChainsPanel(QWidget):
    """Two tables side by side; a way that is selected is to be lit in the picture."""

    followed = Signal(object, object)
    """The edges of the way that is selected, and by channel the time since its start in words."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.ways = _WaysTable(session, look)
        self.hubs = _HubsTable(session, look)
        self.ways.followed.connect(self.followed)
        beside = QSplitter(Qt.Orientation.Horizontal)
        beside.setHandleWidth(1)
        beside.setChildrenCollapsible(False)
        for part, share in ((self.ways, 7), (self.hubs, 4)):
            beside.addWidget(part)
            beside.setStretchFactor(beside.count() - 1, share)
        self.setLayout(column(beside, gap=0))

    @property
    def count(self) -> int:
        """How many ways there are."""
        return self.ways.count

    def put_out(self) -> None:
        """Let no way be lit any more."""
        self.ways.put_out()

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self.hubs.close_background()


class _WaysTable(ListPanel):
    followed = Signal(object, object)

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__(session, look, WAYS, "Ways that records took")
        self.setMinimumWidth(240)
        self._way: CausalPath | None = None
        """The one that is lit."""
        self.table.chosen.connect(self._choose)
        session.graph_changed.connect(session.turns.take(self.refresh))
        session.selection_changed.connect(self._selected)
        session.opened.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        graph = self.session.graph
        none = UNFOLLOWED if graph.operations else f"No way is known, because {NOTHING}"
        if graph.unavailable:
            blind = figures.plural(len(graph.unavailable), "thing")
            none += f" {blind} could not be seen; the Problems tab names them."
        self.show_lines([_way(graph, path) for path in graph.chains], none)
        lit = None if self._way is None else self._way.hops
        self._follow(lit)
        self.table.choose(lit)

    def _choose(self, hops: tuple[NodeId, ...]) -> None:
        self.session.select(None)
        self._follow(hops)

    def put_out(self) -> None:
        self._follow(None)
        self.table.choose(None)

    def _selected(self) -> None:
        if self.session.selection is not None:
            self.put_out()

    def _follow(self, hops: tuple[NodeId, ...] | None) -> None:
        """Light the way as it is now, or put it out where there is none."""
        graph, before = self.session.graph, self._way
        self._way = way = next((each for each in graph.chains if each.hops == hops), None)
        if way is not None and way != before:
            self.followed.emit(tuple(edges(graph, way.hops)), _times(way))
        elif way is None and before is not None:
            self.followed.emit((), {})


class _HubsTable(ListPanel):
    def __init__(self, session: Session, look: Look) -> None:
        super().__init__(session, look, HUBS, "Hubs")
        self.setMinimumWidth(240)
        self._background = Background(self)
        self._background.failed.connect(lambda sentence: session.trouble("hubs", sentence))
        self.table.chosen.connect(session.select)
        self._measure_soon = session.turns.take(self._measure, every_s=EVERY_S)
        session.graph_changed.connect(self._measure_soon)
        session.selection_changed.connect(self._select)
        session.opened.connect(self._measure_soon)
        self._show(())

    def close_background(self) -> None:
        self._background.close()

    def showEvent(self, event: QShowEvent) -> None:
        self._measure_soon()

    def _measure(self) -> None:
        if self.isVisible() and not self._background.busy:
            graph = self.session.graph
            self._background.ask(lambda: find_hubs(graph)[:MOST_HUBS], self._show)

    def _show(self, hubs: Iterable[Hub]) -> None:
        graph = self.session.graph
        lines = [_hub(graph, hub) for hub in hubs]
        self.show_lines(lines, f"No hub is known, because {NOTHING}")
        self._select()

    def _select(self) -> None:
        self.table.choose(self.session.selection)


def edges(graph: DependencyGraph, hops: Iterable[NodeId]) -> Iterator[EdgeId]:
    """The edges that a way goes along."""
    for source, target in pairwise(hops):
        if isinstance(source, ApplicationId):
            assert isinstance(target, ChannelId)
            yield OperationId(source, Action.SEND, target)
        elif isinstance(target, ApplicationId):
            yield OperationId(target, Action.RECEIVE, source)
        else:
            yield from (route for route in graph.routes if (route.source, route.target) == (source, target))


def _times(path: CausalPath) -> dict[ChannelId, str]:
    """Since the first record, by channel; where a way comes back, when it does."""
    channels = [hop for hop in path.hops if isinstance(hop, ChannelId)]
    times, passed_ms = {channels[0]: "0 s"}, 0.0
    for channel, took_ms in zip(channels[1:], path.latencies_ms, strict=True):
        passed_ms += took_ms or 0.0
        times[channel] = wording.duration(passed_ms)
    return times


def _way(graph: DependencyGraph, path: CausalPath) -> Line:
    share = path.between_share
    cells = (
        Cell(_short(graph, path), Role.NAME, middle=True),
        Cell(wording.duration(path.latency_ms), Role.HEAD, right=True),
        Cell("not known" if share is None else figures.per_cent(share), Role.SECONDARY, "dim", right=True),
        Cell(f"{len(path.latencies_ms)}", right=True),
        Cell(f"{path.records:,}", right=True),
    )
    return Line(path.hops, cells, path.hops, tip="\n".join(_told(graph, path)))


def _short(graph: DependencyGraph, path: CausalPath) -> str:
    """Where a way begins and ends, and the applications on it; of a route the channels."""
    hops = path.hops
    shown = [
        wording.node_name(graph, hop)
        for at, hop in enumerate(hops[:-1])
        if not at or isinstance(hop, ApplicationId) or not isinstance(hops[at - 1], ApplicationId)
    ]
    end = wording.node_name(graph, hops[-1])
    if hops[-1] not in hops[:-1]:
        return " → ".join((*shown, end))
    return " → ".join(shown) + (" ↺" if hops[-1] == hops[0] else f" ↺ {end}")


def _told(graph: DependencyGraph, path: CausalPath) -> Iterator[str]:
    """A way in full."""
    legs = iter(path.latencies_ms)
    leg = wording.node_name(graph, path.hops[0])
    for hop in path.hops[1:]:
        leg += f" → {wording.node_name(graph, hop)}"
        if isinstance(hop, ChannelId):
            took_ms = next(legs)
            yield leg if took_ms is None else f"{leg}: {wording.duration(took_ms)}"
            leg = hop.name
    whole = f"About {figures.plural(path.records, 'chain')} of records went all the way, "
    yield whole + f"half of them within {wording.duration(path.latency_ms)}."
    if path.between_share is None:
        yield "How much of it they waited cannot be told: some application was never seen idle."
    else:
        yield f"They waited between applications for {figures.per_cent(path.between_share)} of it."
    if path.hops[-1] in path.hops[:-1]:
        yield f"There it came back to {wording.node_name(graph, path.hops[-1])}; further rounds are not told."


def _hub(graph: DependencyGraph, hub: Hub) -> Line:
    node, name = hub.node, wording.node_name(graph, hub.node)
    others = figures.plural(hub.before, "application"), figures.plural(hub.after, "application")
    mark: Mark
    if isinstance(node, ChannelId):
        mark = channel_mark(graph, node)
        near = f"{others[0]} sent to {name}, {others[1]} received from it."
    else:
        mark = application_mark(graph, node)
        near = (
            f"{name} receives from {figures.plural(hub.fan_in, 'channel')}, fed by {others[0]} besides, and "
            f"sends to {figures.plural(hub.fan_out, 'channel')}, received by {others[1]}."
        )
    far = (
        f"Records of {figures.plural(hub.upstream, 'application')}, or what they cause, can reach it; "
        f"it can reach {hub.downstream:,}. It can stand between {figures.plural(hub.between, 'pair')}."
    )
    cells = (
        Cell(name, Role.NAME, mark=mark, middle=True),
        Cell(f"{hub.fan_in:,} / {hub.fan_out:,}", right=True),
        Cell(f"{hub.upstream:,} / {hub.downstream:,}", right=True),
    )
    return Line(node, cells, node, tip=f"{near}\n{far}")
