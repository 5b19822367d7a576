"""The first page: connect to a broker, try the demo, open a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from gui import figures, icons
from gui.actions import Actions
from gui.connect_form import ConnectForm
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Elided, Rule, Text, column, emptied, row
from gui.recent import Recent, Remembered
from gui.top_bar import Logo

COMMANDS = (
    ("eventscope scan URL", "what is there, once"),
    ("eventscope check URL", "for CI: fails on loops"),
    ("eventscope demo", "a real broker with loops in it"),
    ("eventscope open FILE", "a capture or a project"),
)


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
        icon = {"server": "tree-structure", "project": "folder"}.get(entry.kind, "file")
        sign.setPixmap(icons.picture(icon, look.colour("dim"), 16, self.devicePixelRatioF()))
        when = figures.ago((now_ns - entry.at_ns) / 1e9)
        kind = entry.target.partition("://")[0] if entry.kind == "server" else entry.kind
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
            "A real broker on this computer and a small shop with two loops in it.",
        )
        self.open = Card(
            look,
            "folder-open",
            "Open a file",
            "Ctrl O",
            "A capture (*.evs), without any broker, or a project (*.toml).",
        )
        self.demo.pressed.connect(actions["demo"].trigger)
        self.open.pressed.connect(actions["open"].trigger)
        card = QWidget()
        card.setObjectName("card")
        card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        key = Text(
            "Passwords are kept in the keyring of this computer, and only when you say so; never in a file.",
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
            row(Button(look, "Import events of other tools…", "link").follow(actions["import"]), None),
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
            self.form.show_address(entry.target)
            self.form.submit()
        else:
            self.file_wanted.emit(Path(entry.target))

    def _forget(self) -> None:
        self._remembered.clear()
        self.refresh()
