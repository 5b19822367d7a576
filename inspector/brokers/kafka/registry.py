"""Schema registries that speak Confluent's interface, as Apicurio, Karapace and Redpanda do too.

https://docs.confluent.io/platform/current/schema-registry/develop/api.html
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from graph.identity import ServerId
from inspector.observation import MessageSchema, SchemasSeen
from inspector.rest import Rest

NAME, VARIABLE = "the schema registry", "EVENTSCOPE_REGISTRY_PASSWORD"
AT_ONCE = 8
"""Subjects asked about at the same time."""
MOST_SUBJECTS = 2_000
"""Beyond these, in the order of their names, nothing is asked."""

_PROTOBUF_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.MULTILINE)
_PROTOBUF_MESSAGE = re.compile(r"^\s*message\s+(\w+)\s*\{([^{}]*)", re.MULTILINE)
_PROTOBUF_FIELD = re.compile(r"\b(\w+)\s*=\s*\d+\s*[;\[]")


class Registry:
    """One schema registry; what did not change since the last look is not read again."""

    def __init__(self, server: ServerId, url: str) -> None:
        self._server = server
        self._rest = Rest(NAME, url, VARIABLE)
        self._known: dict[tuple[str, int], MessageSchema] = {}

    @property
    def title(self) -> str:
        """`The schema registry at http://host:8081`."""
        return self._rest.title

    async def look(self) -> SchemasSeen:
        """The newest schema of every subject; raises what `Rest.get` raises."""
        async with self._rest as rest:
            try:
                return await self._look(rest)
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                raise rest.something_else() from error

    async def _look(self, rest: Rest) -> SchemasSeen:
        subjects = await rest.get("subjects")
        if not isinstance(subjects, list):
            raise rest.something_else()
        wanted = sorted(str(subject) for subject in subjects)[:MOST_SUBJECTS]
        found: list[MessageSchema] = []
        for at in range(0, len(wanted), AT_ONCE):
            part = wanted[at : at + AT_ONCE]
            found += await asyncio.gather(*(self._newest(rest, subject) for subject in part))
        self._known = {key: schema for key, schema in self._known.items() if schema in found}
        return SchemasSeen(self._server, rest.url, tuple(found))

    async def _newest(self, rest: Rest, subject: str) -> MessageSchema:
        versions: Sequence[int] = await rest.get("subjects", subject, "versions")
        key = (subject, max(versions))
        known = self._known.get(key)
        if known is None or known.versions != len(versions):
            told = await rest.get("subjects", subject, "versions", str(key[1]))
            known = self._known[key] = schema_of(subject, len(versions), told)
        return known


def schema_of(subject: str, versions: int, told: dict[str, Any]) -> MessageSchema:
    """A schema as the registry answers it: Avro unless `schemaType` says something else."""
    text = told.get("schema", "")
    if told.get("schemaType") == "PROTOBUF":
        name, fields = _protobuf(text)
    else:
        name, fields = _json(text)
    return MessageSchema(subject, name, versions, tuple(sorted(fields)))


def _json(text: str) -> tuple[str, list[str]]:
    """The record of an Avro schema, or the title of a JSON schema, with its fields."""
    try:
        schema = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return "", []
    if not isinstance(schema, dict):
        return "", []
    if "fields" in schema:
        name, space = str(schema.get("name", "")), schema.get("namespace")
        full = f"{space}.{name}" if space and "." not in name else name
        return full, [str(each["name"]) for each in schema["fields"]]
    return str(schema.get("title", "")), [str(each) for each in schema.get("properties", {})]


def _protobuf(text: str) -> tuple[str, list[str]]:
    """The first message of a file, which is the one that serializers take by default."""
    package, message = _PROTOBUF_PACKAGE.search(text), _PROTOBUF_MESSAGE.search(text)
    if message is None:
        return "", []
    name = f"{package[1]}.{message[1]}" if package else message[1]
    return name, _PROTOBUF_FIELD.findall(message[2])
