"""Names and values seen in a capture, for what may be written next in a query."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from graph.identity import ChannelId
from graph.model import DependencyGraph
from graph.query.completion import MOST, Completion, Offer, complete
from graph.query.lexer import Kind, tokens
from inspector.decode.sight import AS_IT_IS, Sight
from inspector.errors import CaptureError
from inspector.search.vocabulary import VOCABULARY, Names, parsed
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.traits import read

SAMPLES = 200
"""Records that names of headers and paths are taken from, spread over the capture."""
TRIED = 8
"""Records of a type, or of a sender, that are looked at for whether masks leave it to be seen."""
DEEPEST = 6


class Seen:
    """What there is to write in queries over one capture; `learn` again as it grows. Raises nothing."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[str, ...]] = {}
        self.headers: tuple[str, ...] = ()
        self.paths: tuple[str, ...] = ()

    def learn(self, capture: CaptureReader, graph: DependencyGraph, sight: Sight = AS_IT_IS) -> None:
        """Take in what a capture has, as it may be seen; it reads some records."""
        names = Names.of(graph)
        channels = capture.channels()
        bare = frozenset(each for each in channels if not sight.on(each.name))

        def shown(hold: RowFilter) -> bool:
            return not sight.any or _shown(capture, hold, sight, bare)

        types = [each for each in capture.types() if shown(RowFilter(type=each))]
        senders = [each.value for each in capture.senders() if shown(RowFilter(senders=frozenset({each})))]
        self._words = {
            "channel": _sorted(each.name for each in channels),
            "server": _sorted(word for each in channels for word in names.of_server(each.server)),
            "type": _sorted(types),
            "app": _sorted([*names.senders.values(), *senders]),
        }
        first, end = capture.first_row, capture.end_row
        headers, paths = dict.fromkeys(self.headers), dict.fromkeys(self.paths)
        for row in range(end - 1, first - 1, -max((end - first) // SAMPLES, 1)):
            try:
                record = sight.record(capture.record(row))
            except CaptureError:
                continue
            headers.update((name, None) for name, _ in record.headers)
            paths.update((path, None) for path in _paths(parsed(record, sight.value)))
        self.headers, self.paths = _sorted(headers), _sorted(paths)

    def values(self, field: str) -> tuple[str, ...]:
        """The values of a field that were seen, as `graph.query.completion.complete` asks for them."""
        return self._words.get(field, ())

    def complete(self, text: str, cursor: int) -> Completion:
        """What fits where the cursor stands: also names of headers and paths of values."""
        word = next((each for each in tokens(text) if each.start < cursor <= each.end), None)
        if word is not None and word.kind in (Kind.TEXT, Kind.FIELD) and not word.quoted:
            field, dot, typed = text[word.start : cursor].partition(".")
            known = {"header": self.headers, "value": self.paths}.get(field.lower(), ())
            if dot and known:
                found = (each if each.startswith("[") else f".{each}" for each in _nearest(typed, known))
                return Completion(word.start, word.end, tuple(Offer(field + each) for each in found))
        return complete(text, cursor, VOCABULARY, self.values)


def _shown(capture: CaptureReader, hold: RowFilter, sight: Sight, bare: frozenset[ChannelId]) -> bool:
    """Whether a type or a sender is still said by a record that has it, when that is seen."""
    if len(capture.select(replace(hold, channels=bare))):
        return True
    for row in capture.select(hold)[-TRIED:].tolist():
        with suppress(CaptureError):
            record = capture.record(row)
            seen = sight.record(record)
            said = read(seen)
            if seen is record or (
                said.type == hold.type if hold.type else said.sender in (hold.senders or ())
            ):
                return True
    return False


def _nearest(typed: str, known: Iterable[str]) -> list[str]:
    wanted = typed.casefold()
    found = [(each.casefold().find(wanted) > 0, each) for each in known if wanted in each.casefold()]
    return [each for _, each in sorted(found)][:MOST]


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


def _paths(value: Any, before: str = "", depth: int = 0) -> Iterable[str]:
    """The paths of what is no object and no list."""
    if isinstance(value, dict) and depth < DEEPEST:
        for name, each in value.items():
            yield from _paths(each, step(before, str(name)), depth + 1)
    elif isinstance(value, list) and depth < DEEPEST:
        for each in value[:3]:
            yield from _paths(each, before, depth + 1)
    elif before:
        yield before


def step(before: str, name: str) -> str:
    """A path with a name behind it, in quotes where it needs them."""
    if name and all(letter.isalnum() or letter in "_-" for letter in name):
        return f"{before}.{name}" if before else name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{before}["{quoted}"]'
