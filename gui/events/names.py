"""Who is behind the names of senders in a list of events, and which channels belong to loops."""

from __future__ import annotations

from graph.evidence import CERTAIN
from graph.identity import Action, ChannelId, OperationId
from graph.model import DANGER, Alias, Application, DependencyGraph, LoopStatus, Operation
from gui import figures
from gui.parts.cells import Cell
from gui.session import Session
from inspector.store.selection import Row

BARS = {LoopStatus.RUNAWAY: "run", LoopStatus.ACTIVE: "act"}


class Names:
    """What the graph says about the rows of a list."""

    def __init__(self) -> None:
        self._loops: dict[ChannelId, LoopStatus] = {}
        self._graph = DependencyGraph()
        self._known: tuple[DependencyGraph, dict[Alias, Application]] | None = None
        self._sent: tuple[DependencyGraph, dict[ChannelId, list[Operation]]] | None = None

    def learn(self, session: Session) -> bool:
        """Take over names and loops of the graph; whether cells may look otherwise now."""
        graph = session.graph
        loops: dict[ChannelId, LoopStatus] = {}
        for status in reversed(DANGER):
            loops.update(dict.fromkeys(session.loop_channels(status), status))
        old, self._graph = self._graph, graph
        changed, self._loops = loops != self._loops, loops
        # To find out what else differs takes longer than to paint what is in sight once more.
        same = old.applications is graph.applications and old.operations is graph.operations
        return changed or not same

    # Both are made when they are first asked for: of most graphs that come, nothing is.

    @property
    def _senders(self) -> dict[Alias, Application]:
        """Who is behind each name."""
        if self._known is None or self._known[0] is not self._graph:
            applications = self._graph.applications.values()
            self._known = self._graph, {alias: app for app in applications for alias in app.aliases}
        return self._known[1]

    def _lone(self, channel: ChannelId) -> Operation | None:
        """The operation of a channel that has one sender."""
        if self._sent is None or self._sent[0] is not self._graph:
            sent: dict[ChannelId, list[Operation]] = {}
            for key, operation in self._graph.operations.items():
                if key.action is Action.SEND:
                    sent.setdefault(key.channel, []).append(operation)
            self._sent = self._graph, sent
        found = self._sent[1].get(channel, ())
        return found[0] if len(found) == 1 else None

    def application(self, alias: Alias) -> Application | None:
        """Who was seen under a name."""
        return self._senders.get(alias)

    def loop(self, channel: ChannelId | None) -> LoopStatus | None:
        """The worst loop through a channel."""
        return None if channel is None else self._loops.get(channel)

    def bar(self, channel: ChannelId | None) -> str:
        """The tone of the bar before a row; nothing where its channel is in no loop."""
        status = self.loop(channel)
        return "" if status is None else BARS.get(status, "")

    def sender(self, row: Row) -> Cell:
        """Who sent a record, and how doubtful that is."""
        if row.sender is None:
            return self._only_sender(row)
        application = self._senders.get(row.sender)
        if application is None or application.name is None:
            return Cell(row.sender.value, tone="dim", middle=True)
        assert row.channel is not None
        operation = self._graph.operations.get(OperationId(application.id, Action.SEND, row.channel))
        sure = application.confidence if operation is None else operation.confidence
        return Cell(application.name, aside="" if sure >= CERTAIN else figures.per_cent(sure))

    def _only_sender(self, row: Row) -> Cell:
        """For a record that names nobody: the only one known to send to its channel, with the doubt."""
        found = self._lone(row.channel) if row.channel is not None else None
        application = self._graph.applications.get(found.id.application) if found is not None else None
        if found is None or application is None or application.name is None:
            return Cell("unattributed", tone="dim", italic=True)
        return Cell(application.name, tone="dim", aside=figures.per_cent(found.confidence), middle=True)
