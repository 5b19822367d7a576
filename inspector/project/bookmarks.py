"""Bookmarks and notes on events, kept by channel and position: a capture may hold them or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graph.identity import ChannelId
from graph.names import plain
from inspector.project.model import Bookmark, Change, Project
from inspector.project.naming import written
from inspector.record import Position

LONGEST = 500
"""Characters of a note."""

Key = tuple[str, int, int]


def keep(project: Project, channel: ChannelId, position: Position, note: str = "") -> Change:
    """Bookmark an event, with this note in the place of the one that was there.

    Raises ValueError with a sentence for a note that is too long.
    """
    note = " ".join(note.split())
    if len(note) > LONGEST:
        raise ValueError(f"The note has {len(note):,} characters. {LONGEST} is the most.")
    made = Bookmark(written(channel), position.partition, position.offset, note)
    before = tuple(each for each in entries(project, channel, position) if each != made)
    what = f"{'Write a note on' if note else 'Bookmark'} {plain(channel)} {position}"
    return Change(what, Project(bookmarks=(made,)), Project(bookmarks=before))


def forget(project: Project, channel: ChannelId, position: Position) -> Change:
    """An event is bookmarked no more."""
    before = tuple(entries(project, channel, position))
    return Change(f"Forget the bookmark {plain(channel)} {position}", removed=Project(bookmarks=before))


def entries(project: Project, channel: ChannelId, position: Position) -> Iterable[Bookmark]:
    """What a project says of one event; the first one counts."""
    names = {str(channel), written(channel)}
    at = (position.partition, position.offset)
    there = (each for each in project.bookmarks if (each.partition, each.offset) == at)
    return (each for each in there if each.channel in names)


class Marked:
    """The bookmarks of a project, to be asked for every row of a list."""

    def __init__(self, project: Project) -> None:
        found: dict[Key, Bookmark] = {}
        for each in project.bookmarks:
            found.setdefault((each.channel, each.partition, each.offset), each)
        self._found: Mapping[Key, Bookmark] = found

    def on(self, channel: ChannelId, position: Position) -> Bookmark | None:
        """The bookmark of an event."""
        if not self._found:
            return None
        at = position.partition, position.offset
        return self._found.get((written(channel), *at)) or self._found.get((str(channel), *at))


def channel_of(mark: Bookmark, channels: Iterable[ChannelId]) -> ChannelId | None:
    """Which of some channels a bookmark speaks of."""
    return next((each for each in channels if mark.channel in (str(each), written(each))), None)
