"""The first page: connect to a broker, try the demo, open a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from gui import figures, fonts, icons
from gui.actions import Actions
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Tick
from gui.parts.text import Elided, Rule, Text, column, emptied, row
from gui.recent import Recent, Remembered
from gui.top_bar import Logo
from inspector.connection import DEFAULT_PORTS, Connection, parse
from inspector.errors import AddressError

WORDS = {"kafka": "Kafka"}
COMMANDS = (
    ("eventscope scan URL", "what is there, once"),
    ("eventscope demo", "a real broker with loops in it"),
    ("eventscope open FILE", "a capture, without a broker"),
)


class ConnectForm(QWidget):
    """An address that is read while it is typed, and a password where the address names a user."""

    wanted = Signal(object, bool)
    """The connection, and whether its password is to be kept in the keyring."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.address = QLineEdit()
        self.address.setFont(fonts.font(Role.VALUE))
        self.address.setProperty("large", True)
        self.address.setPlaceholderText("kafka://localhost:9092")
        self.address.setAccessibleName("Address of the broker")
        self.button = Button(look, "Connect", "primary", run=self.submit)
        self.button.setMinimumSize(104, 38)
        self.problem = Text(role=Role.BODY, tone="dim", wrap=True)
        self._chips = row(gap=8)
        for system in WORDS:
            chip = Button(look, WORDS[system], "chip", run=partial(self._begin, system))
            chip.setToolTip(f"Begin an address with {system}://")
            self._chips.addWidget(chip)
        self._chips.addStretch(1)
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setFont(fonts.font(Role.VALUE))
        self.password.setProperty("large", True)
        self.password.setAccessibleName("Password")
        self.password.returnPressed.connect(self.submit)
        self.keep = Tick(look, "Keep it in the keyring of this computer")
        self.login = QWidget()
        self.login.setLayout(column(self.password, self.keep, gap=4))
        self.setLayout(
            column(row(self.address, self.button, gap=10), self.problem, self._chips, self.login, gap=10)
        )
        self.address.textChanged.connect(self._typed)
        self.address.returnPressed.connect(self.submit)
        self._typed("")

    @property
    def connection(self) -> Connection | None:
        """What the address says; None where it cannot be read."""
        try:
            return parse(self.address.text(), self.password.text() or None)
        except AddressError:
            return None

    def _begin(self, system: str) -> None:
        rest = self.address.text().partition("://")[2]
        self.address.setText(f"{system}://{rest or 'localhost:'}{'' if rest else DEFAULT_PORTS[system]}")
        self.address.setFocus()

    def _typed(self, text: str) -> None:
        try:
            connection = parse(text)
        except AddressError as failure:
            # While the address is still being begun it is not wrong.
            begun = any(f"{system}://".startswith(text.strip().lower()) for system in DEFAULT_PORTS)
            self.problem.setText("" if begun else str(failure))
            self.problem.setVisible(not begun)
            self.address.setProperty("wrong", not begun)
            self.login.hide()
            self.button.setEnabled(False)
        else:
            self.problem.hide()
            self.address.setProperty("wrong", False)
            self.login.setVisible(connection.user is not None and connection.password is None)
            self.password.setPlaceholderText(
                f"Password of {connection.user}, or empty for the one that is kept"
            )
            self.button.setEnabled(True)
        self.address.style().unpolish(self.address)
        self.address.style().polish(self.address)

    def submit(self) -> None:
        """Connect, when the address can be read."""
        connection = self.connection
        if connection is not None:
            self.wanted.emit(connection, self.keep.isChecked() and bool(self.password.text()))
            self.password.clear()


class Card(QWidget):
    """A large button with an icon, a title, a shortcut and two lines."""

    pressed = Signal()

    def __init__(self, look: Look, icon: str, title: str, shortcut: str, words: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self._look, self._icon = look, icon
        self._sign = Text()
        self._title = Text(title, Role.TITLE)
        self.words = Text(words, tone="dim", wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.words.setMinimumHeight(38)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        head = row(self._sign, self._title, None, Text(shortcut, Role.RATE, "dim"), gap=10)
        self.setLayout(column(head, self.words, gap=10, margins=(22, 18, 16, 16)))
        look.changed.connect(self._colour)
        self._colour()

    def _colour(self) -> None:
        self._sign.setPixmap(
            icons.picture(self._icon, self._look.colour("accent"), 18, self.devicePixelRatioF())
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


class RecentLine(QWidget):
    """Something that was opened before."""

    HEIGHT = 50

    def __init__(self, look: Look, entry: Recent, now_ns: int, run: Callable[[], object]) -> None:
        super().__init__()
        self.setFixedHeight(self.HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"Open {entry.name}")
        self.setToolTip(entry.target)
        self._run = run
        sign = Text()
        icon = "tree-structure" if entry.kind == "server" else "file"
        sign.setPixmap(icons.picture(icon, look.colour("dim"), 16, self.devicePixelRatioF()))
        when = figures.ago((now_ns - entry.at_ns) / 1e9)
        kind = entry.target.partition("://")[0] if entry.kind == "server" else "capture"
        words = column(
            Elided(entry.name, Role.NAME), Elided(f"{kind} · {when}", Role.SECONDARY, "dim"), gap=2
        )
        made = row(sign, 4, gap=8, margins=(12, 4, 12, 4))
        made.addLayout(words, 1)
        made.addWidget(Text(entry.note, Role.SECONDARY, "dim"))
        self.setLayout(made)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._run()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._run()
        else:
            super().keyPressEvent(event)


class WelcomePage(QWidget):
    """Shown until something is connected or opened."""

    file_wanted = Signal(object)

    def __init__(self, look: Look, actions: Actions, remembered: Remembered, version: str) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look, self._remembered = look, remembered
        self._key = Text()
        self.form = ConnectForm(look)
        self.demo = Card(
            look,
            "play",
            "Try the demo",
            "Ctrl D",
            "A real broker on this computer and a small shop with three loops in it.",
        )
        self.open = Card(
            look, "folder-open", "Open a file", "Ctrl O", "A capture (*.evs). Works without any broker."
        )
        self.demo.pressed.connect(actions["demo"].trigger)
        self.open.pressed.connect(actions["open"].trigger)
        card = QWidget()
        card.setObjectName("card")
        card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        key = Text(
            "A password is asked for when the address names a user, and kept only when you say so.",
            tone="dim",
            wrap=True,
        )
        keep = row(self._key, key, gap=8)
        keep.setStretch(1, 1)
        card.setLayout(
            column(
                Text("Connect to a broker", Role.TITLE),
                Text("Reads only. Joins no group, commits no offset, takes no message.", tone="dim"),
                4,
                self.form,
                4,
                Rule(),
                keep,
                gap=8,
                margins=(24, 20, 24, 18),
            )
        )
        self.said = Text(role=Role.NAME, tone="accent", wrap=True)
        self.said.hide()
        name = Text("Eventscope", Role.PAGE)
        large = name.font()
        large.setPixelSize(30)
        name.setFont(large)
        lead = Text("See who sends what to whom, where it goes round in circles, and why.", Role.TITLE, "dim")
        lead_font = lead.font()
        lead_font.setWeight(lead_font.Weight.Normal)
        lead.setFont(lead_font)
        left = column(
            row(Logo(look, 46), name, None, gap=14),
            6,
            lead,
            24,
            card,
            row(self.demo, self.open, gap=16),
            self.said,
            None,
            gap=14,
        )
        self._recent_box = QVBoxLayout()
        self._recent_box.setSpacing(2)
        self._clear = Button(look, "Clear", "link", run=self._forget)
        right = column(row(Text("Recent", Role.SECTION), None, self._clear), 4, gap=4)
        right.addLayout(self._recent_box)
        right.addSpacing(14)
        right.addWidget(Rule())
        right.addSpacing(10)
        right.addWidget(Text("From the terminal", Role.SECTION))
        for command, what in COMMANDS:
            right.addLayout(
                row(Text(command, Role.CELL), None, Text(what, Role.SECONDARY, "dim"), margins=(0, 3, 0, 3))
            )
        right.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(48)
        sides = [QWidget(), QWidget()]
        sides[0].setLayout(left)
        sides[1].setLayout(column(94, right))
        sides[0].setMaximumWidth(640)
        sides[1].setMaximumWidth(424)
        body.addStretch(1)
        body.addWidget(sides[0], 60)
        body.addWidget(sides[1], 40)
        body.addStretch(1)
        inside = QWidget()
        inside.setObjectName("plane")
        inside.setLayout(column(None, body, None, None, margins=(40, 24, 40, 24)))
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inside)
        foot = row(
            Text(version, Role.SECONDARY, "dim"),
            None,
            Text("Ctrl K finds every action", Role.SECONDARY, "dim"),
            margins=(40, 10, 40, 10),
        )
        self.setLayout(column(area, Rule(), foot, gap=0))
        look.changed.connect(self.refresh)
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(1200, 800)

    def refresh(self) -> None:
        """List what was opened before."""
        dim = self._look.colour("dim")
        self._key.setPixmap(icons.picture("key", dim, 16, self.devicePixelRatioF()))
        emptied(self._recent_box)
        entries = self._remembered.memory.recent
        self._clear.setVisible(bool(entries))
        if not entries:
            none = "Nothing has been opened yet. What you connect to or open is listed here."
            self._recent_box.addWidget(Text(none, tone="dim", wrap=True))
        now_ns = time.time_ns()
        for entry in entries[:6]:
            self._recent_box.addWidget(RecentLine(self._look, entry, now_ns, partial(self._again, entry)))

    def say(self, sentence: str, tone: str = "accent") -> None:
        """What is going on, or what went wrong."""
        self.said.setText(sentence)
        self.said.set_tone(tone)
        self.said.setVisible(bool(sentence))

    def _again(self, entry: Recent) -> None:
        if entry.kind == "server":
            self.form.address.setText(entry.target)
            self.form.submit()
        else:
            self.file_wanted.emit(Path(entry.target))

    def _forget(self) -> None:
        self._remembered.clear()
        self.refresh()
