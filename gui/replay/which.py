"""Which events are replayed: one, those selected, what a query finds, a channel, or dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from graph.identity import ChannelId, RouteKind
from gui import fonts
from gui.events.habit_keeper import HabitKeeper
from gui.events.query_bar import EventsField
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Choice as Chooser
from gui.parts.buttons import Tick
from gui.parts.text import Text, column
from gui.replay.range_box import RangeBox
from gui.session import Session
from inspector.replay.choice import Choice
from inspector.replay.returning import Origin

THIS, SELECTED, FOUND, CHANNEL, BACK, ALL_BACK = range(6)


class WhichBox(QWidget):
    """Chooses events of the capture, or of a server."""

    changed = Signal()

    def __init__(self, session: Session, look: Look, keeper: HabitKeeper) -> None:
        super().__init__()
        self._session = session
        self._rows: tuple[int, ...] = ()
        self._origins: tuple[Origin, ...] = ()
        self.kind = Chooser(look)
        self.kind.setAccessibleName("Which events")
        self.query = EventsField(look, session, keeper)
        self.query.setAccessibleName("Query for the events to be sent")
        self.channel = Chooser(look)
        self.channel.setAccessibleName("Channel whose events are sent")
        self.channel.setFont(fonts.font(Role.NAME))
        self.range = RangeBox()
        self.live = Tick(look, "Read it from the server, all that it still holds")
        self._sentence = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self.setLayout(
            column(
                Text("Which", tone="dim"), self.kind, self.query, self.query.sentence, self.channel,
                self.range, self.live, self._sentence, gap=5,
            )
        )  # fmt: skip
        self.kind.currentIndexChanged.connect(self._turned)
        self.query.taken.connect(lambda _query: self.changed.emit())
        self.channel.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.range.changed.connect(self.changed)
        self.live.toggled.connect(lambda _on: self.changed.emit())

    def offer(
        self, row: int | None, selected: Sequence[int], query: str, words: str = "selected events"
    ) -> None:
        """Offer the event of a row, those selected, what a query finds, and every channel."""
        self._rows = tuple(sorted(selected))
        with QSignalBlocker(self.kind), QSignalBlocker(self.channel):
            self.kind.clear()
            if row is not None:
                self.kind.addItem("This event", (THIS, row))
            if len(self._rows) > 1:
                self.kind.addItem(f"The {len(self._rows):,} {words}", (SELECTED, row))
            self.kind.addItem("Events that a query finds", (FOUND, row))
            self.kind.addItem("All events of a channel", (CHANNEL, row))
            self.kind.setCurrentIndex(1 if len(self._rows) > 1 and row is not None else 0)
            self.channel.clear()
            for name, channel in self._channels():
                self.channel.addItem(name, channel)
        self.query.show_query(query)
        self._turned()

    def prefer(self, channel: ChannelId) -> None:
        """Have a channel ready, for whoever wants all of its events."""
        with QSignalBlocker(self.channel):
            known = [each for _name, each in self._channels()]
            if channel in known:
                self.channel.setCurrentIndex(known.index(channel))

    def choose_channel(self, channel: ChannelId) -> None:
        """Choose all events of a channel."""
        self.channel.setCurrentText(next(name for name, each in self._channels() if each == channel))
        self.kind.setCurrentIndex(self.kind.findText("All events of a channel"))
        self._turned()

    def offer_back(self, origins: Sequence[Origin]) -> None:
        """Offer the dead letters of the chosen channel by where they came from, and choose the first: all of
        them where they came from several channels."""
        self._origins = tuple(origins)
        offered = [
            (f"Dead letters from {origin.channel.name}, {origin.records:,} seen", (BACK, number))
            for number, origin in enumerate(origins)
        ]
        if (count := len(self._homes)) > 1:
            offered.insert(0, (f"Dead letters, each back to its own of {count} channels", (ALL_BACK, 0)))
        with QSignalBlocker(self.kind):
            for number, (words, data) in enumerate(offered):
                self.kind.insertItem(number, words, data)
            self.kind.setCurrentIndex(0)
        self._turned()

    def say(self, sentence: str) -> None:
        """Say something about what is chosen."""
        self._sentence.setText(sentence)
        self._sentence.show()

    @property
    def _back(self) -> Origin | None:
        """Where the chosen dead letters came from; None where something else is chosen."""
        kind, number = self.kind.currentData()
        return self._origins[number] if kind == BACK else None

    @property
    def homes(self) -> tuple[ChannelId, ...]:
        """The channels that the chosen dead letters were on before; none where something else is chosen."""
        if (back := self._back) is not None:
            return (back.channel,)
        return self._homes if self.kind.currentData()[0] == ALL_BACK else ()

    @property
    def _homes(self) -> tuple[ChannelId, ...]:
        return tuple(dict.fromkeys(origin.channel for origin in self._origins))

    def _channels(self) -> list[tuple[str, ChannelId]]:
        """Dead-letter channels first: they are what is sent again most."""
        graph = self._session.graph
        dead = {route.target for route in graph.routes if route.kind is RouteKind.DEAD_LETTER}
        known = [channel.id for channel in graph.channels.values() if not channel.internal]
        known.sort(key=lambda channel: (channel not in dead, channel.name))
        return [(f"{each.name} (dead letters)" if each in dead else each.name, each) for each in known]

    @property
    def is_one(self) -> bool:
        """Whether it is one event, which can be edited by hand."""
        return bool(self.kind.currentData()[0] == THIS)

    @property
    def choice(self) -> Choice | None:
        """What is chosen; None while the query is wrong or nothing is there to be chosen."""
        kind, row = self.kind.currentData()
        capture = str(self._session.capture or "")
        match kind:
            case _ if kind == THIS:
                return Choice(source=capture, rows=(row,))
            case _ if kind == SELECTED:
                return Choice(source=capture, rows=self._rows)
            case _ if kind == FOUND:
                good = self.query.text().strip() == self.query.query
                return Choice(source=capture, query=self.query.query) if good else None
        channel: ChannelId | None = self.channel.currentData()
        if channel is None:
            return None
        url = self._url(channel)
        source = url if self.live.isChecked() and url else capture
        if (back := self._back) is not None:
            return Choice(source=source, channels=(channel.name,), query=back.query)
        if self.homes:
            return Choice(source=source, channels=(channel.name,))
        return self.range.choice(source, channel)

    @property
    def fault(self) -> str:
        """What is wrong with what is written; empty where nothing is."""
        return self.range.fault if self.kind.currentData()[0] == CHANNEL else ""

    @property
    def origin(self) -> ChannelId | None:
        """The one channel that it comes from, where that is known."""
        if self.kind.currentData()[0] in (CHANNEL, BACK, ALL_BACK):
            channel: ChannelId | None = self.channel.currentData()
            return channel
        return None

    def _url(self, channel: ChannelId) -> str:
        connection = self._session.connections.get(channel.server)
        return connection.url if connection is not None else ""

    def _turned(self) -> None:
        kind = self.kind.currentData()[0]
        self.query.setVisible(kind == FOUND)
        self.channel.setVisible(kind == CHANNEL)
        self.range.setVisible(kind == CHANNEL)
        self.live.setVisible(kind in (CHANNEL, BACK, ALL_BACK) and self._session.live)
        self.query.sentence.setVisible(kind == FOUND and bool(self.query.sentence.text()))
        name = Path(self._session.capture).name if self._session.capture else "the capture"
        self._sentence.setText(
            ""
            if kind == THIS
            else f"From {name}. Where it ends is fixed with the plan, so nothing sent later is taken."
        )
        self._sentence.setVisible(bool(self._sentence.text()))
        self.changed.emit()
