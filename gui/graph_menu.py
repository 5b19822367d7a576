"""The menus of the graph: for whatever is under the pointer, the actions that fit it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from graph.identity import (
    ApplicationId,
    BundleId,
    ChannelId,
    GroupId,
    LoopId,
    OperationId,
    RouteId,
    ServerId,
    Subject,
)
from gui.canvas.scene import wording
from gui.figures import plural

if TYPE_CHECKING:
    from gui.main_window import MainWindow

LINE = ""
"""Stands for a line between groups of actions."""
FOCUS = ("focus.1", "focus.2", "focus.3", "graph.upstream", "graph.downstream")
NODE = (*FOCUS, LINE, "node.hide", "node.only", LINE, "node.note", "node.unpin", "node.copy")
SEVERAL = ("node.only", "node.hide", LINE, "node.unpin", "node.copy")
GROUND = ("graph.fit", "graph.tidy", LINE, "view.back", "view.forward", "view.keep", LINE, "graph.find")
OVER = (LINE, "view.legend", "view.minimap")
TAKE_AWAY = (LINE, "graph.copy", "graph.save", "graph.export")
REPLAYS = ("replay.channel", "replay.range", "replay.back")
WHERE_FITTING = (*REPLAYS[2:], "edge.doubt", "node.unpin", "loop.take-back", "group.expand", "group.collapse")
"""Actions that are offered only where they do something: two that are each other's opposite, and those that
take something back."""
MOST_TYPES = 12
"""Event types of a channel that a menu lists."""


def offered(subject: Subject | None) -> tuple[str, ...]:
    """The ids of the actions for something, with lines between them; None is the ground."""
    match subject:
        case None:
            return (*GROUND, *OVER, *TAKE_AWAY)
        case ChannelId():
            return ("events.show", *REPLAYS, LINE, "graph.center", LINE, *NODE)
        case ApplicationId():
            return ("events.show", "graph.center", LINE, *NODE)
        case GroupId():
            turns = ("group.expand", "group.collapse")
            return (*turns, "events.show", LINE, *(each for each in NODE if each != "node.note"))
        case OperationId():
            return ("edge.confirm", "edge.doubt", LINE, "events.show", *FOCUS[:1], "node.copy")
        case RouteId() | BundleId():
            return ("events.show", *FOCUS[:1], "node.copy")
        case LoopId():
            loop = ("loop.focus", "loop.play", "loop.cuts", LINE, "loop.acknowledge", "loop.take-back")
            return (*loop, "loop.copy", LINE, "events.show")
        case ServerId():
            return ("events.show",)


def show(window: MainWindow, subject: Subject | None, at: QPoint) -> QMenu:
    """Open the menu for something at a place of the screen; it dies when it is closed."""
    window.actions_.refresh()
    menu = QMenu(window)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setToolTipsVisible(True)
    marked = window.canvas.marked
    several = subject in marked and len(marked) > 1
    menu.setAccessibleName(_title(window, subject, len(marked) if several else 0))
    # A section's words are not painted in this style.
    menu.addAction(menu.accessibleName()).setEnabled(False)
    menu.addSeparator()
    for each in SEVERAL if several else offered(subject):
        if each == LINE:
            menu.addSeparator()
        elif each not in WHERE_FITTING or window.actions_[each].isEnabled():
            menu.addAction(window.actions_[each])
    if isinstance(subject, ChannelId) and not several:
        _types(window, subject, menu)
    menu.popup(at)
    return menu


def _title(window: MainWindow, subject: Subject | None, several: int) -> str:
    if several:
        return plural(several, "node")
    if subject is None:
        return "Graph"
    return wording.describe(window.session.graph, subject).partition("\n")[0] or "Graph"


def _types(window: MainWindow, channel: ChannelId, menu: QMenu) -> None:
    found = window.session.graph.channels.get(channel)
    if found is None or not found.types:
        return
    inside = menu.addMenu("Follow an event type")
    for kind in found.types[:MOST_TYPES]:
        inside.addAction(kind.name, partial(window.commands.views.follow_type, kind.name))
