"""Where declarations stand: which line of which file says that somebody sends or receives."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graph.identity import Action, ApplicationId, ChannelId, LoopId, OperationId, Subject
from graph.model import PRODUCER_ID, DependencyGraph
from inspector.declaration import ConfirmedEdge, Declaration, DeclaredChannel

_Said = tuple[str, Action, str]
"""The declared name, what it does, and the name of the channel."""
_KEYS = {Action.SEND: "sends", Action.RECEIVE: "receives"}
"""What a project file calls it; elsewhere the channel alone is looked for."""
_WORD = re.compile(r"[\w.-]+")


def readable(path: Path) -> str:
    """A path as text that can be written anywhere: bytes of it that are no UTF-8 as `\\xff`."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


@dataclass(frozen=True, order=True)
class Place:
    """One line of a file that declares something."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{readable(self.path)}:{self.line}"


class _Text:
    """A file in which names are found without going through all of its lines for each. Lines count from 0."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._with: dict[str, list[int]] = {}
        for at, line in enumerate(self._lines):
            for word in set(_WORD.findall(line)):
                self._with.setdefault(word, []).append(at)

    def naming(self, key: str, name: str) -> int:
        """The line of a key with a name; the first one where there is none."""
        says = re.compile(rf"\b(?:{key})[\"']?\s*[:=]\s*[\"']?{re.escape(name)}[\"']?\s*(?:[,}}#].*)?$")
        return next((at for at in self._having(name, 0) if says.search(self._lines[at])), 0)

    def line(self, key: str, channel: str, start: int) -> int:
        """The line of a channel: under its key if that can be told, else the next after `start`, else any."""
        under = re.compile(rf"\s*{key}\s*=")
        for at in self._having(channel, start):
            if under.match(self._lines[at]):
                return at
        return next(self._having(channel, start), next(self._having(channel, 0), start))

    def _having(self, name: str, start: int) -> Iterator[int]:
        """The lines from `start` on that hold a name, its words as whole ones."""
        words = [self._with.get(word, []) for word in _WORD.findall(name)]
        lines = min(words, key=len) if words else list(range(len(self._lines)))
        return (at for at in lines[bisect_left(lines, start) :] if name in self._lines[at])


@dataclass
class Places:
    """Of every declared edge, the lines that declare it."""

    _of: dict[_Said, list[Place]] = field(default_factory=dict)
    _texts: dict[Path, _Text] = field(default_factory=dict)

    def add(self, said: Declaration, path: Path, text: str) -> None:
        """Take in a declaration with its file."""
        lines = self._text(path, text)
        start = lines.naming("name|title", said.name)
        for action, channel in said.operations:
            self._put(
                said.name, action, channel, Place(path, lines.line(_KEYS[action], channel.name, start) + 1)
            )

    def confirm(self, edge: ConfirmedEdge, path: Path, text: str) -> None:
        """Take in what a person confirmed, with its file."""
        lines = self._text(path, text)
        start = lines.naming("application", f"{edge.name.kind}:{edge.name.value}")
        found = lines.line("channel", edge.channel.name, start)
        self._put(edge.name.value, edge.action, edge.channel, Place(path, found + 1))

    def _text(self, path: Path, text: str) -> _Text:
        if path not in self._texts:
            self._texts[path] = _Text(text)
        return self._texts[path]

    def _put(self, name: str, action: Action, channel: DeclaredChannel, place: Place) -> None:
        self._of.setdefault((name, action, _plain(channel.name)), []).append(place)

    def joined(self, other: Places) -> Places:
        """The lines of both."""
        return Places({key: self._of.get(key, []) + other._of.get(key, []) for key in self._of | other._of})

    def of(self, graph: DependencyGraph, subject: Subject) -> tuple[Place, ...]:
        """Where things are declared that a finding is about; none where nobody declared them."""
        return tuple(dict.fromkeys(self._places(graph, subject)))

    def _places(self, graph: DependencyGraph, subject: Subject) -> Iterator[Place]:
        match subject:
            case OperationId():
                for name in _names(graph, subject.application):
                    yield from self._of.get((name, subject.action, subject.channel.name), ())
            case LoopId() if subject in graph.loops:
                for edge in graph.loops[subject].edges:
                    yield from self._places(graph, edge)
            case ApplicationId():
                names = _names(graph, subject)
                yield from (place for key, places in self._of.items() if key[0] in names for place in places)
            case ChannelId():
                yield from (
                    place for key, places in self._of.items() if key[2] == subject.name for place in places
                )


def _names(graph: DependencyGraph, application: ApplicationId) -> set[str]:
    """The names under which an application may have been declared."""
    known = graph.applications.get(application)
    return set() if known is None else {alias.value for alias in known.aliases if alias.kind != PRODUCER_ID}


def _plain(channel: str) -> str:
    """The name of a channel that is given by its name or its whole id."""
    whole = re.fullmatch(r"\w+://[^/]+/\w+/(.+)", channel)
    return whole[1] if whole else channel
