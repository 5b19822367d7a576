"""The TOML of a project file: read with one sentence for what is wrong, written without losing a comment."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec
import tomlkit
from msgspec import Struct
from msgspec.structs import fields
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array

from graph.view.settings import TOGGLES
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.masks import Mask, Masks
from inspector.check.rules import FailOn
from inspector.connection import parse
from inspector.conventions.rules import HeaderRule, Rules
from inspector.errors import AddressError, InspectorError, ProjectError
from inspector.project.colours import COLOURS
from inspector.project.model import (
    AcknowledgedLoop,
    Bookmark,
    Checks,
    ChosenDecoder,
    ColourRule,
    Confirmed,
    CountedLoops,
    DeclaredApplication,
    Identities,
    KnownServer,
    NamedFilter,
    NamedView,
    Note,
    Project,
    Protected,
    SchemaSources,
    Storing,
    alias,
)
from inspector.project.patterns import endless

LONGEST_PATTERN = 500
HEAD = """\
# What people decided about the systems that Eventscope looks at. Passwords never stand here.
"""

TABLES: dict[str, type[Struct]] = {
    "connections": KnownServer,
    "confirmed": Confirmed,
    "rules": HeaderRule,
    "applications": DeclaredApplication,
    "acknowledged": AcknowledgedLoop,
    "notes": Note,
    "views": NamedView,
    "filters": NamedFilter,
    "colour_rules": ColourRule,
    "bookmarks": Bookmark,
    "masks": Mask,
    "levels": ChannelLevel,
    "decoders": ChosenDecoder,
}
SECTIONS: dict[str, type[Struct]] = {
    "identities": Identities,
    "loops": CountedLoops,
    "check": Checks,
    "storing": Storing,
    "schemas": SchemaSources,
    "protected": Protected,
}

_KEY = re.compile(r"[.\[]([^.\[\]]+)\]?")


def read(text: str, name: str) -> Project:
    """The project that a text says; `name` is its file's, for messages. Unknown keys are passed over, but not
    where something mistyped would mean that there is no limit, or no mask.

    Raises `ProjectError` with the line and the key of what is wrong.
    """
    try:
        plain = tomlkit.parse(text).unwrap()
    except TOMLKitError as damage:
        line = getattr(damage, "line", None)
        where = f" in line {line}" if line else ""
        reason = str(damage).split(" at line")[0].rstrip(".")
        raise ProjectError(f"{name} is no TOML{where}: {reason}.", "Mend that line.") from damage
    try:
        project = msgspec.convert(plain, Project)
    except msgspec.ValidationError as wrong:
        reason, _, path = str(wrong).partition(" - at `$")
        raise _wrong(text, name, _keys(path.rstrip("`")), reason[:1].lower() + reason[1:]) from wrong
    for keys, reason in _mistakes(project):
        raise _wrong(text, name, keys, reason)
    return project


def _keys(path: str) -> list[str | int]:
    return [int(key) if key.isdigit() else key for key in _KEY.findall(path)]


def _wrong(text: str, name: str, keys: Sequence[str | int], reason: str) -> ProjectError:
    shown = ""
    for key in keys:
        shown += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if shown else key
    return ProjectError(
        f"{name}, line {_line(text, keys)}: {shown}: {reason}.", "Mend it, then open it again."
    )


def _line(text: str, keys: Sequence[str | int]) -> int:
    """The line in which a key stands, as far as the usual way of writing tells."""
    lines = text.splitlines()
    at = 0
    for key, after in zip(keys, [*keys[1:], ""], strict=True):
        if isinstance(key, int):
            continue
        head = re.compile(rf"\s*\[\[?\s*{re.escape(key)}\s*\]|\s*[\"']?{re.escape(key)}[\"']?\s*=")
        found = [number for number in range(at, len(lines)) if head.match(lines[number])]
        place = after if isinstance(after, int) else 0
        if not found:
            break
        at = found[min(place, len(found) - 1)]
    return at + 1


def _mistakes(project: Project) -> Iterable[tuple[list[str | int], str]]:
    """What the types alone do not tell: the place and what is wrong with it."""
    for number, server in enumerate(project.connections):
        at: list[str | int] = ["connections", number, "url"]
        try:
            connection = parse(server.url)
        except AddressError as wrong:
            yield at, wrong.message.rstrip(".")
        else:
            if connection.password is not None or connection.written(with_secrets=True) != str(connection):
                yield at, "a password stands in it; keep it in the keyring or the environment instead"
    for kind in ("together", "apart"):
        for number, names in enumerate(getattr(project.identities, kind)):
            if len(names) < 2:
                yield ["identities", kind, number], "it needs two names or more"
            for name in names:
                if (wrong_name := _wrong_name(name)) is not None:
                    yield ["identities", kind, number], wrong_name
    for number, pattern in enumerate(project.identities.patterns):
        if (reason := why_no_pattern(pattern)) is not None:
            yield ["identities", "patterns", number], reason
    for number, confirmed in enumerate(project.confirmed):
        if (wrong_name := _wrong_name(confirmed.application)) is not None:
            yield ["confirmed", number, "application"], wrong_name
    for number, rule in enumerate(project.rules):
        try:
            Rules.of([rule])
        except InspectorError as wrong:
            yield ["rules", number], wrong.message.rstrip(".")
    for number, mask in enumerate(project.masks):
        try:
            Masks.of([mask])
        except InspectorError as wrong:
            yield (
                ["masks", number],
                f"{wrong.message.rstrip('.')}; {wrong.remedy[:1].lower()}{wrong.remedy[1:-1]}",
            )
    for number, chosen in enumerate(project.levels):
        if not chosen.channels:
            yield ["levels", number, "channels"], "it is empty; write * for all"
        if (chosen.level is Level.MATCHING) != bool(chosen.query.strip()):
            yield ["levels", number], "a query belongs to the level matching, and only there"
    for number, picked in enumerate(project.decoders):
        if not picked.channels:
            yield ["decoders", number, "channels"], "it is empty; write * for all"
        if not (picked.value or picked.key):
            yield ["decoders", number], "it chooses no decoder; write value = or key ="
    for number, application in enumerate(project.applications):
        if not application.name.strip():
            yield ["applications", number, "name"], "it is empty"
    for number, note in enumerate(project.notes):
        for key in ("on", "text"):
            if not getattr(note, key).strip():
                yield ["notes", number, key], "it is empty"
    for number, view in enumerate(project.views):
        if not view.name.strip():
            yield ["views", number, "name"], "it is empty"
        if strange := [each for each in view.without if each not in TOGGLES]:
            yield ["views", number, "without"], f"{strange[0]!r} is none of {', '.join(TOGGLES)}"
    for number, kept in enumerate(project.filters):
        for key in ("name", "query"):
            if not getattr(kept, key).strip():
                yield ["filters", number, key], "it is empty"
    for number, painted in enumerate(project.colour_rules):
        if not painted.query.strip():
            yield ["colour_rules", number, "query"], "it is empty"
        if painted.colour not in COLOURS:
            yield ["colour_rules", number, "colour"], f"{painted.colour!r} is none of {', '.join(COLOURS)}"
    for number, mark in enumerate(project.bookmarks):
        if not mark.channel.strip():
            yield ["bookmarks", number, "channel"], "it is empty"
    try:
        FailOn.of(project.check.fail_on)
    except ValueError as wrong_rule:
        yield ["check", "fail_on"], f"{str(wrong_rule).lower()}; eventscope check --list-rules lists them all"
    for number, loop in enumerate(project.acknowledged):
        if len(loop.hops) < 2 or not all(map(str.strip, loop.hops)):
            yield ["acknowledged", number, "hops"], "it needs two names or more, in the order of the loop"
        if not loop.reason.strip():
            yield ["acknowledged", number, "reason"], "it is empty; write down why the loop is meant to be"
        limit = loop.gain_below
        if limit is not None and not (math.isfinite(limit) and limit > 0):
            yield ["acknowledged", number, "gain_below"], "it is a number above 0, such as 0.5"


def _wrong_name(name: str) -> str | None:
    try:
        alias(name)
    except ValueError:
        return f"{name!r} is no name; write its kind before it, such as group:{name or 'billing'}"
    return None


def why_no_pattern(pattern: str) -> str | None:
    """What is wrong with a regular expression over names; None where nothing is."""
    if not pattern:
        return "the pattern is empty"
    if len(pattern) > LONGEST_PATTERN:
        return f"the pattern is longer than {LONGEST_PATTERN} characters"
    if endless(pattern):
        return "the pattern repeats what repeats, or repeats too often, which can take for ever to match"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as wrong:
        return f"the pattern is no regular expression ({wrong})"
    return None


def written(text: str, project: Project) -> str:
    """The text changed so that it says `project`; comments, order and unknown keys stay.

    Raises `ProjectError` where the text is written in a way that cannot be changed in place.
    """
    document = tomlkit.parse(text or HEAD)
    plain = _plain(project)
    for title, kind in SECTIONS.items():
        if title not in plain and title not in document:
            continue
        section = document.setdefault(title, tomlkit.table())
        for key in fields(kind):
            (_switch if key.type is bool else _set)(section, key.name, plain.get(title, {}).get(key.name))
        if not section and "#" not in section.as_string():
            del document[title]
    _set(document, "asyncapi", plain.get("asyncapi"))
    for name, sort in TABLES.items():
        _set(document, name, plain.get(name), partial(_known, sort))
    made = tomlkit.dumps(document)
    if read(made, "The project") != project:
        raise ProjectError("The project file cannot be changed as it is written.", "Change it by hand.")
    return made


def _plain(entry: Struct) -> dict[str, Any]:
    """A struct as lists and maps, without the fields that say nothing."""
    told = ((each, getattr(entry, each.name)) for each in fields(entry))
    return {each.name: _plain_value(value) for each, value in told if value != each.default}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Struct):
        return _plain(value)
    if isinstance(value, tuple):
        return [_plain_value(each) for each in value]
    return value.value if isinstance(value, StrEnum) else value


def _known(sort: type[Struct], table: Any) -> dict[str, Any]:
    """A table of the file without the keys that this version does not know."""
    return _plain(msgspec.convert(table, sort))


def _switch(section: Any, key: str, on: bool | None) -> None:
    """Write a switch that is on; one that is off is taken away, unless it is written as off already."""
    if on:
        section[key] = True
    elif section.get(key):
        del section[key]


def _set(
    section: Any, key: str, told: list[Any] | None, read: Callable[[Any], Any] = lambda plain: plain
) -> None:
    """Take from an array what is not wanted any more, and add what is new at its end."""
    wanted = told or []
    if key not in section:
        if wanted:
            section[key] = _array(wanted)
        return
    array = section[key]
    held = [read(each) for each in array.unwrap()]
    for number in reversed(range(len(held))):
        if held[number] not in wanted:
            del array[number]
    for each in wanted:
        if each not in held:
            if isinstance(array, AoT) and len(array):
                array[-1].add(tomlkit.nl())
            array.append(each)
    if held and not wanted:
        del section[key]
    elif [read(each) for each in array.unwrap()] != wanted:
        section[key] = _array(wanted)


def _array(values: list[Any]) -> Array | AoT:
    if isinstance(values[0], dict):
        tables = tomlkit.aot()
        for value in values:
            tables.append(tomlkit.item(value))
        return tables
    made = tomlkit.array().multiline(len(values) > 1 or isinstance(values[0], list))
    made.extend(values)
    return made
