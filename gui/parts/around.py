"""What the blocks of a details panel need of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graph.identity import ChannelId, Subject
from graph.model import Alias
from gui.actions import Actions
from gui.look import Look
from inspector.record import Position


@dataclass(frozen=True)
class Around:
    """The theme, the actions, and what lines and buttons lead to."""

    look: Look
    actions: Actions
    select: Callable[[Subject], None]
    split: Callable[[Alias], None]
    open_record: Callable[[ChannelId, Position], object]
