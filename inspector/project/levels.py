"""What people choose to capture of single channels: a rule for one stands before those for many."""

from __future__ import annotations

from fnmatch import fnmatchcase
from glob import escape

from inspector.capture.level import ChannelLevel, Level
from inspector.project.model import Change, Project


def choose(project: Project, channel: str, level: Level | None, query: str = "") -> Change:
    """Capture a channel, by its name, on a level from now on.

    None stands for what holds for it without a rule of its own; `query` for what `Level.MATCHING` captures.
    """
    own = escape(channel)
    others = tuple(each for each in project.levels if each.channels != own)
    mine = () if level is None else (ChannelLevel(own, level, query),)
    what = "as usual" if level is None else f"on the level {level.value}"
    return Change(f"Capture {channel} {what}", Project(levels=mine + others), Project(levels=project.levels))


def chosen(project: Project, channel: str) -> ChannelLevel | None:
    """The rule that holds for a channel; None where there is none, so that it is captured as usual."""
    return next((each for each in project.levels if fnmatchcase(channel, each.channels)), None)
