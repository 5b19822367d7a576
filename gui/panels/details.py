"""The right panel: what it is, how bad, why believed, what to do, of whatever is selected."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from graph.identity import (
    ApplicationId,
    BundleId,
    ChannelId,
    GroupId,
    LoopId,
    OperationId,
    Place,
    RouteId,
    ServerId,
    Subject,
)
from graph.model import LoopStatus
from gui import figures, loop_words
from gui.canvas.scene import wording
from gui.look import Look
from gui.loop_history import LoopHistory
from gui.panels import (
    details_application,
    details_channel,
    details_group,
    details_loop,
    details_operation,
)
from gui.panels.details_evidence import TONES, loop_name
from gui.parts.around import Around
from gui.parts.block_widgets import Blocks
from gui.parts.blocks import Block, Doing, Fact, Facts, Figures, Head, Section, Sentence
from gui.parts.buttons import tool
from gui.parts.marks import DotMark
from gui.parts.text import column
from gui.session import Session
from inspector.link import ConnectionState

STATES = {
    ConnectionState.LIVE: ("Live", "ok"),
    ConnectionState.CONNECTING: ("Connecting", "plain"),
    ConnectionState.LOST: ("Lost", "act"),
    ConnectionState.REFUSED: ("Refused", "runbg"),
    ConnectionState.CLOSED: ("Closed", "plain"),
}


class DetailsPanel(QWidget):
    """Follows what is marked or selected; with nothing of that it gives the overview."""

    def __init__(self, session: Session, look: Look, around: Around, history: LoopHistory) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session, self._history, self._actions = session, history, around.actions
        self._marked: Collection[Place] = ()
        self.blocks = Blocks(around)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self.blocks)
        self._close = tool(around.actions["select.none"])
        self._close.setParent(self)
        self._close.setFixedSize(26, 26)
        self.setLayout(column(self._scroll))
        session.selection_changed.connect(self._chosen)
        session.graph_changed.connect(session.turns.take(self.refresh))
        session.connections_changed.connect(self.refresh)
        session.zone_changed.connect(self.refresh)
        history.changed.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: object) -> None:
        self._close.move(self.width() - 38, 8)
        self._close.raise_()

    def _chosen(self) -> None:
        self._scroll.verticalScrollBar().setValue(0)
        self.refresh()

    def show_marked(self, places: Collection[Place]) -> None:
        """Say what several places have in common while they are marked."""
        self._marked = places if len(places) > 1 else ()
        self._chosen()

    def show_section(self, title: str) -> None:
        """Bring a section to the top, where there is one so called."""
        self.layout().activate()  # type: ignore[union-attr]
        if (place := self.blocks.place_of(title)) is not None:
            self._scroll.verticalScrollBar().setValue(place)

    def refresh(self) -> None:
        """Say what is known now."""
        subject = self._session.selection
        self._close.setVisible(subject is not None or bool(self._marked))
        if self._marked:
            self.blocks.show_blocks(details_group.several(self._session.graph, self._marked))
        else:
            self.blocks.show_blocks(self._overview() if subject is None else self._about(subject))

    def _about(self, subject: Subject) -> tuple[Block, ...]:
        session = self._session
        graph, zone, now_ns = session.graph, session.zone, session.now_ns
        if not session.exists(subject):
            return (Head("Gone", "Not in the graph", "It was selected, and the graph has it no more."),)
        match subject:
            case ApplicationId():
                return details_application.blocks(graph, subject, zone, now_ns)
            case ChannelId():
                return details_channel.blocks(graph, subject, zone, now_ns)
            case OperationId():
                return details_operation.blocks(graph, subject, zone, now_ns)
            case RouteId():
                return details_channel.route_blocks(graph, subject, zone, now_ns)
            case LoopId():
                return details_loop.blocks(graph, subject, zone, now_ns, self._history.of(subject))
            case ServerId():
                return details_channel.server_blocks(graph, subject, self._state(subject))
            case GroupId() | BundleId():
                collapsed = bool(self._actions.why_not("group.collapse"))
                return details_group.blocks(graph, subject, collapsed=collapsed)

    def _state(self, server: ServerId) -> tuple[str, str, str]:
        report = self._session.connections.get(server)
        if report is None:
            return ("From a file", "plain", "") if not self._session.live else ("Not connected", "plain", "")
        return (*STATES[report.state], report.message)

    def _overview(self) -> tuple[Block, ...]:
        session = self._session
        graph = session.graph
        if session.empty:
            return (
                Head("Overview", "Nothing is connected"),
                Sentence("What you select is explained here: what it is, how bad, and why it is believed."),
                Doing((("Connect…", "connect", "primary"), ("Open a file…", "open", "plain"))),
            )
        rate = sum(channel.rate_per_s or 0.0 for channel in graph.channels.values())
        nameless = sum(app.name is None for app in graph.applications.values())
        made: list[Block] = [
            Head(
                "Overview",
                session.capture.name if session.capture and not session.live else "Everything that was seen",
            ),
            Figures(
                (
                    ("Applications", f"{len(graph.applications):,}", "text"),
                    ("Channels", f"{len(graph.channels):,}", "text"),
                    ("Records", wording.rate(rate), "text"),
                    (
                        "Loops",
                        f"{len(graph.loops):,}",
                        "run" if session.loops(LoopStatus.RUNAWAY) else "text",
                    ),
                    ("Unattributed", f"{nameless:,}", "warn" if nameless else "text"),
                    ("Not visible", f"{len(graph.unavailable):,}", "warn" if graph.unavailable else "text"),
                )
            ),
            Section("Loops", figures.plural(len(graph.loops), "loop")),
        ]
        loops = loop_words.by_danger(graph.loops.values())
        if loops:
            made.append(
                Facts(
                    tuple(
                        Fact(
                            loop_name(graph, each),
                            wording.badge(each),
                            DotMark(TONES.get(each.status, "ack")),
                            subject=each.id,
                        )
                        for each in loops[:12]
                    )
                )
            )
        elif graph.channels:
            made.append(Sentence(f"No loop in {figures.plural(len(graph.operations), 'operation')} so far."))
        else:
            made.append(Sentence("Waiting for the server to say what is there."))
        made += [Section("How to read the graph"), Sentence(HELP)]
        return tuple(made)


HELP = (
    "Records travel from left to right. A solid line is certain, a dashed one likely, a dotted one guessed. "
    "Click an application, a channel, a line or a loop to see why it is believed."
)
