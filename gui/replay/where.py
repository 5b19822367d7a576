"""Where events are sent: where they came from, a shadow channel, or another channel; on any server.

A private Kafka of this computer is among the servers; it is started when it is chosen first.
"""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from graph.identity import ChannelId, ServerId
from gui import figures, fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice, Tick
from gui.parts.text import Text, column, row
from gui.session import Session
from inspector.link import PrivateMoved, StartPrivate
from inspector.replay.request import SHADOW, Target

ORIGINAL, SHADOWED, OTHER = range(3)
PRIVATE = "Private Kafka"


class WhereBox(QWidget):
    """Chooses a target."""

    changed = Signal()

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self._session = session
        self._origin: ChannelId | None = None
        self._from: ServerId | None = None
        self._homes: tuple[ChannelId, ...] = ()
        self._items: list[ChannelId] = []
        words = ("Shadow channel", "Original channel", "Other channel")
        self.ways = [Button(look, name, "tab") for name in words]
        self._group = QButtonGroup(self)
        for number, button in zip((SHADOWED, ORIGINAL, OTHER), self.ways, strict=True):
            button.setCheckable(True)
            self._group.addButton(button, number)
        self._group.idClicked.connect(lambda _way: self._turned())
        self.server = Choice(look)
        self.server.setAccessibleName("Server to send to")
        self.channel = Choice(look)
        self.channel.setAccessibleName("Channel to send to")
        for choice in (self.server, self.channel):
            choice.setFont(fonts.font(Role.NAME))
        self.partition = Tick(look, "Keep the number of the partition")
        self.time = Tick(look, "Keep the time")
        self._note = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self.setLayout(
            column(
                Text("Where to", tone="dim"), row(*self.ways, None, gap=2), self.server, self.channel,
                self._note, row(self.partition, 12, self.time, None), gap=5,
            )
        )  # fmt: skip
        self.server.currentIndexChanged.connect(lambda _index: self._chosen())
        session.private_moved.connect(self._moved)
        self.channel.currentIndexChanged.connect(lambda _index: self._turned())
        self.partition.toggled.connect(lambda _on: self.changed.emit())
        self.time.toggled.connect(lambda _on: self.changed.emit())
        self._group.button(SHADOWED).setChecked(True)

    def offer(self, source: ServerId, origin: ChannelId | None, homes: tuple[ChannelId, ...] = ()) -> None:
        """Offer the servers that are connected; events come from `origin`, or from several channels.

        Those that go back to where they were before do so to `homes`.
        """
        others = homes != self._homes
        self._from, self._origin, self._homes = source, None if homes else origin, homes
        session = self._session
        servers = sorted(
            {source, *session.connections, *session.graph.servers, *filter(None, (session.private,))}
        )
        with QSignalBlocker(self.server):
            self.server.clear()
            for server in servers:
                known = session.graph.servers.get(server)
                name = known.name if known else server.address
                self.server.addItem(f"{PRIVATE} at {name}" if server == session.private else name, server)
            if session.private is None and session.live:
                self.server.addItem(f"{PRIVATE}, started for this")
            self.server.setCurrentIndex(servers.index(source))
        self.server.setVisible(self.server.count() > 1)
        if others:
            self.choose(ORIGINAL if homes else SHADOWED)
        else:
            self._turned()

    def _chosen(self) -> None:
        if self.server.currentData() is None:
            self._note.setText("Starting a Kafka of your own on this computer.")
            self._session.send(StartPrivate())
            self.changed.emit()
            return
        if self.server.currentData() == self._session.private:
            self._group.button(ORIGINAL).setChecked(True)
        self._turned()

    def _moved(self, report: PrivateMoved) -> None:
        """What the private Kafka says while it starts; it is chosen once it runs."""
        if self._from is None or not self.waiting:
            return
        if report.failed:
            self.offer(self._from, self._origin, self._homes)
        if report.server is None:
            self._note.setText(report.message)
        else:
            self.offer(self._from, self._origin, self._homes)
            items = [self.server.itemData(number) for number in range(self.server.count())]
            self.server.setCurrentIndex(items.index(report.server))

    def choose(self, way: int, channel: ChannelId | None = None) -> None:
        """Choose a way, and for `OTHER` a channel."""
        self._group.button(way).setChecked(True)
        self._turned()
        if channel in self._items:
            # Qt looks values of Python up by identity.
            self.channel.setCurrentIndex(self._items.index(channel))

    @property
    def waiting(self) -> bool:
        """Whether the private Kafka was chosen and does not run yet."""
        return self.server.count() > 0 and self.server.currentData() is None

    @property
    def target(self) -> Target | None:
        """What is chosen; None where there is no channel to choose."""
        server: ServerId | None = self.server.currentData()
        way = self._group.checkedId()
        channel: ChannelId | None = self.channel.currentData() if way == OTHER else None
        if server is None or (way == OTHER and channel is None):
            return None
        return Target(
            server,
            channel,
            SHADOW if way == SHADOWED else "",
            self.partition.isChecked(),
            self.time.isChecked(),
            create=server == self._session.private,
            returning=bool(self._homes) and way != OTHER,
        )

    def _turned(self) -> None:
        server: ServerId | None = self.server.currentData()
        if server is None:
            return
        way = self._group.checkedId()
        self._fill(server)
        self.channel.setVisible(way == OTHER)
        name = "The channel of each one's own name"
        if self._homes:
            names = ", ".join(each.name for each in self._homes)
            name = f"The channel that each was on before ({names})" if len(self._homes) > 1 else names
        elif self._origin is not None:
            name = self._origin.name
        chosen = ChannelId(server, self._origin.kind, name) if self._origin is not None else None
        match way:
            case _ if way == SHADOWED:
                made = "which is made where it is missing. Nobody receives it by accident."
                note = f"{name}{SHADOW if self._origin is not None else f' and {SHADOW}'}, {made}"
            case _ if way == ORIGINAL and server == self._session.private:
                note = f"{name}, which is made there. Only this computer reaches it; it ends with Eventscope."
            case _ if way == ORIGINAL:
                note = f"{name}{self._parts(chosen)}. Everyone who receives it there gets it again."
            case _:
                other: ChannelId | None = self.channel.currentData()
                note = f"{other.name}{self._parts(other)}." if other else "There is no other channel."
        self._note.setText(note)
        self.changed.emit()

    def _fill(self, server: ServerId) -> None:
        channels = sorted(
            each.id
            for each in self._session.graph.channels.values()
            if each.id.server == server and not each.internal and each.id != self._origin
        )
        if self._items == channels:
            return
        self._items = channels
        with QSignalBlocker(self.channel):
            self.channel.clear()
            for channel in channels:
                self.channel.addItem(channel.name, channel)

    def _parts(self, channel: ChannelId | None) -> str:
        known = self._session.graph.channels.get(channel) if channel else None
        if known is None or not known.partitions:
            return ""
        count = figures.plural(known.partitions, "partition")
        return f", {count}, {'numbers are kept' if self.partition.isChecked() else 'the key decides which'}"
