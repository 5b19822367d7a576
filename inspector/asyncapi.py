"""AsyncAPI 2 and 3 documents: what an application is said to send and receive.

https://www.asyncapi.com/docs/reference/specification/v3.0.0 and v2.6.0. In version 2 the words are those
of the other side: `publish` holds what the application *receives* ("messages consumed by the application
from the channel") and `subscribe` what it *sends* ("messages produced by the application").
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from graph.export.asyncapi import APPLICATION
from graph.identity import Action
from graph.model import Alias
from inspector.declaration import Declaration, DeclaredChannel
from inspector.errors import ProjectError

SOURCE = "declared.asyncapi"
LARGEST = 4_000_000
"""Bytes of a document that is read."""
MOST = 1_000
"""Documents that are read for one project."""
LONGEST = 600
"""Characters of a description that are kept."""
DEEPEST = 100
_MOST_REFERENCES = 16
"""References that are followed one after the other."""
_VERSION_2 = {"publish": Action.RECEIVE, "subscribe": Action.SEND}

# Every scalar stays text and no tag makes an object, so that nothing in a document can run or grow.
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def declared(patterns: Iterable[str], folder: Path) -> tuple[list[Declaration], list[ProjectError]]:
    """What the documents at paths and globs say, and what is wrong with others of them.

    Relative paths begin in `folder`.
    """
    found: list[Declaration] = []
    wrong: list[ProjectError] = []
    for pattern in patterns:
        paths = sorted(islice(glob.iglob(pattern, root_dir=folder, recursive=True), MOST + 1))
        if len(paths) > MOST:
            wrong.append(
                ProjectError(
                    f"More than {MOST:,} files are at {pattern}; none of them was read.",
                    "Name fewer in the project file.",
                )
            )
            continue
        if not paths:
            wrong.append(
                ProjectError(f"No AsyncAPI file is at {pattern}.", "Correct it in the project file.")
            )
        for path in paths:
            try:
                found += read(folder / path)
            except ProjectError as failure:
                wrong.append(failure)
    return found, wrong


def read(path: Path) -> list[Declaration]:
    """What one document declares of its applications; raises ProjectError with what is wrong with it."""
    try:
        if path.stat().st_size > LARGEST:
            raise ProjectError(f"{path} is larger than {LARGEST // 1_000_000} MB.", "Name another file.")
        text = path.read_bytes()
    except OSError as failure:
        raise ProjectError(f"{path} cannot be read: {failure.strerror}.") from failure
    return Document(_parsed(text, path), path.name).declarations()


def _parsed(text: bytes, path: Path) -> dict[str, Any]:
    try:
        if _depth(text) > DEEPEST:
            raise ProjectError(f"{path} is nested deeper than {DEEPEST} levels.", "Name another file.")
        plain = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as damage:
        mark = damage.problem_mark
        line = "" if mark is None else f" in line {mark.line + 1}"
        raise ProjectError(f"{path} is no YAML or JSON{line}: {damage.problem}.") from damage
    except (yaml.YAMLError, RecursionError, ValueError) as damage:
        raise ProjectError(f"{path} is no YAML or JSON.", "Name an AsyncAPI document.") from damage
    if not isinstance(plain, dict) or str(plain.get("asyncapi", ""))[:2] not in ("2.", "3."):
        raise ProjectError(f"{path} is no AsyncAPI document of version 2 or 3.", "Name another file.")
    return plain


def _depth(text: bytes) -> int:
    """How deep a document is nested: the loader calls itself on every level, without a limit of its own."""
    depth = deepest = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            deepest = max(deepest, depth)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if deepest > DEEPEST:
            break
    return deepest


class Document:
    """One parsed document; whatever is not as the specification has it is passed over."""

    def __init__(self, root: dict[str, Any], name: str) -> None:
        self._root = root
        self._name = name
        self._newer = str(root["asyncapi"]).startswith("3.")

    def declarations(self) -> list[Declaration]:
        """What it says of its application, or of each that its operations name with `APPLICATION`.

        Raises ProjectError where nothing names the application.
        """
        info = self._map(self._root.get("info"))
        title = _text(info.get("title"))
        if title is None:
            raise ProjectError(f"{self._name} has no info.title, so nothing names its application.")
        contact = self._map(info.get("contact"))
        owner = next((_text(contact.get(key)) for key in ("name", "email", "url") if contact.get(key)), None)
        description = _text(info.get("description"))
        held = self._map(self._root.get("operations" if self._newer else "channels"))
        of: dict[str, dict[str, Any]] = {}
        for key, each in held.items():
            of.setdefault(_text(self._map(each).get(APPLICATION)) or title, {})[key] = each
        return [
            self._declaration(
                name, parts, owner if name == title else None, description if name == title else None
            )
            for name, parts in (of or {title: {}}).items()
        ]

    def _declaration(
        self, name: str, held: dict[str, Any], owner: str | None, description: str | None
    ) -> Declaration:
        found = list(self._newer_operations(held) if self._newer else self._older_operations(held))
        operations = [(action, channel, names) for action, channel, names in found if channel is not None]
        return Declaration(
            name,
            SOURCE,
            self._name,
            owner,
            None if description is None else description[:LONGEST],
            tuple(sorted({(action, channel) for action, channel, _ in operations}, key=str)),
            tuple(sorted({name for *_, names in operations for name in names})),
            tuple(dict.fromkeys(self._replies(held))) if self._newer else (),
            len(found) - len(operations),
        )

    def _newer_operations(
        self, operations: dict[str, Any]
    ) -> Iterator[tuple[Action, DeclaredChannel | None, list[Alias]]]:
        for held in operations.values():
            operation = self._map(held)
            reply = self._map(operation.get("reply"))
            there, back = (Action.SEND, Action.RECEIVE)
            if operation.get("action") == Action.RECEIVE:
                there, back = back, there
            elif operation.get("action") != Action.SEND:
                continue
            yield there, self._addressed(operation.get("channel")), self._names(operation)
            # Where replies go is often told by the request alone.
            if (answered := self._addressed(reply.get("channel"))) is not None:
                yield back, answered, self._names(operation)

    def _replies(self, operations: dict[str, Any]) -> Iterator[tuple[DeclaredChannel, DeclaredChannel]]:
        for held in operations.values():
            operation = self._map(held)
            request = self._addressed(operation.get("channel"))
            reply = self._addressed(self._map(operation.get("reply")).get("channel"))
            if request is not None and reply is not None:
                yield request, reply

    def _addressed(self, channel: Any) -> DeclaredChannel | None:
        item = self._map(channel)
        return self._channel(item, _text(item.get("address")))

    def _older_operations(
        self, channels: dict[str, Any]
    ) -> Iterator[tuple[Action, DeclaredChannel | None, list[Alias]]]:
        for name, held in channels.items():
            item = self._map(held)
            found = self._channel(item, name)
            for verb, action in _VERSION_2.items():
                if verb in item:
                    yield action, found, self._names(self._map(item[verb]))

    def _channel(self, item: dict[str, Any], address: str | None) -> DeclaredChannel | None:
        """A channel that a broker could have; None where its name is not known or has parameters."""
        kafka = self._map(self._map(item.get("bindings")).get("kafka"))
        name = _text(kafka.get("topic")) or address
        if name is None or "{" in name:
            return None
        servers = self._map(self._root.get("servers"))
        told = item.get("servers")
        if isinstance(told, list) and told:
            chosen = [servers.get(each, {}) if isinstance(each, str) else each for each in told]
        else:
            chosen = list(servers.values())
        hosts = (self._host(self._map(each)) for each in chosen)
        return DeclaredChannel(name, tuple(sorted({host for host in hosts if host is not None})))

    def _host(self, server: dict[str, Any]) -> str | None:
        """`host:port` of a server, its variables replaced by their defaults."""
        written = _text(server.get("host")) or _text(server.get("url"))
        if written is None:
            return None
        for name, held in self._map(server.get("variables")).items():
            written = written.replace(f"{{{name}}}", _text(self._map(held).get("default")) or "")
        host = written.rpartition("://")[2].partition("/")[0].rpartition("@")[2]
        return host if ":" in host or not host else f"{host}:9092"

    def _names(self, operation: dict[str, Any]) -> list[Alias]:
        """The group and client id that the Kafka binding of an operation fixes."""
        kafka = self._map(self._map(operation.get("bindings")).get("kafka"))
        found = []
        for key, kind in (("groupId", "group"), ("clientId", "client-id")):
            schema = self._map(kafka.get(key))
            values = schema.get("enum", [schema.get("const", kafka.get(key))])
            if isinstance(values, list) and len(values) == 1 and (value := _text(values[0])) is not None:
                found.append(Alias(kind, value))
        return found

    def _map(self, held: Any) -> dict[str, Any]:
        """A map, references within the document followed and merged keys filled in; else an empty one."""
        for _ in range(_MOST_REFERENCES):
            if not isinstance(held, dict):
                return {}
            reference = held.get("$ref")
            if not isinstance(reference, str):
                return self._with_merged(held)
            held = self._at(reference)
        return {}

    @staticmethod
    def _with_merged(held: dict[str, Any]) -> dict[str, Any]:
        merged = held.get("<<")
        others = merged if isinstance(merged, list) else [merged]
        return {key: value for each in others if isinstance(each, dict) for key, value in each.items()} | held

    def _at(self, reference: str) -> Any:
        """What a JSON pointer within the document (RFC 6901) leads to; None for every other reference."""
        if not reference.startswith("#/"):
            return None
        held: Any = self._root
        for step in reference[2:].split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            held = held.get(key) if isinstance(held, dict) else None
        return held


def _text(held: Any) -> str | None:
    """A text that says something. `null` and `~` are read as text by the loader."""
    text = held.strip() if isinstance(held, str) else ""
    return text if text not in ("", "null", "~") else None
