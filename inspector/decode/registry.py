"""Schemas of a registry that speaks Confluent's interface, asked for once and kept for times without it.

Karapace, Redpanda and Apicurio (under /apis/ccompat/v7) answer the same:
https://docs.confluent.io/platform/current/schema-registry/develop/api.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from inspector.decode.schemas import NO_SCHEMAS, Language, Missing, Schema
from inspector.errors import InspectorError

if TYPE_CHECKING:
    from inspector.rest import Rest

NAME, VARIABLE = "the schema registry", "EVENTSCOPE_REGISTRY_PASSWORD"
MOST_REFERENCES = 200
AGAIN_S = 30.0
"""After this, what could not be fetched is asked for again."""


class Newest(NamedTuple):
    """The newest version of a subject."""

    number: int
    """Its id."""
    schema: Schema


class Registry:
    """One registry with its folder of kept schemas. Only `fetch` asks it; the rest never waits."""

    def __init__(self, url: str, cache: Path | None) -> None:
        """Without a `cache` nothing outlives this. Raises `InspectorError` for an address that is none."""
        from inspector.rest import Rest  # what speaks HTTP takes a while to load

        self._rest = Rest(NAME, url, VARIABLE)
        name = sha256(self._rest.url.encode()).hexdigest()[:16]
        self._folder = None if cache is None else cache / name
        self._known: dict[int, Schema] = {}
        self._failed: dict[int, tuple[str, float]] = {}

    @property
    def title(self) -> str:
        """`The schema registry at http://host:8081`."""
        return self._rest.title

    def by_id(self, number: int) -> Schema:
        """From memory or the folder. Raises `Missing`, with the number where `fetch` may help."""
        schema = self._known.get(number) or self._kept(number)
        if schema is None:
            reason, at = self._failed.get(number, ("", 0.0))
            if reason and monotonic() - at < AGAIN_S:
                raise Missing(reason)
            raise Missing(f"{self.title} was not asked for it yet", number)
        self._known[number] = schema
        return schema

    def by_fingerprint(self, fingerprint: bytes) -> Schema:
        """Registries know none. Raises `Missing`."""
        return NO_SCHEMAS.by_fingerprint(fingerprint)

    def named(self, name: str, language: Language) -> Schema:
        """Only ids are asked for. Raises `Missing`."""
        return NO_SCHEMAS.named(name, language)

    def fetch(self, numbers: Iterable[int]) -> None:
        """Ask for schemas and keep them; what fails is what `by_id` then says. Not in the window's thread."""
        asyncio.run(self._fetch(numbers))

    def newest(self, subject: str) -> Newest | None:
        """Its newest version, asked for each time; None where there is no such subject.

        It waits: not in the window's thread. Raises `InspectorError` where the registry does not answer.
        """
        return asyncio.run(self._newest(subject))

    async def _newest(self, subject: str) -> Newest | None:
        from inspector.rest import NotThere

        async with self._rest as rest:
            try:
                told = await rest.get("subjects", subject, "versions", "latest")
                return Newest(int(told["id"]), await self._schema(rest, told))
            except NotThere:
                return None
            except (KeyError, TypeError, ValueError) as error:
                raise rest.something_else() from error

    async def _fetch(self, numbers: Iterable[int]) -> None:
        from inspector.rest import NotThere

        for number in numbers:
            try:
                async with self._rest as rest:
                    self._keep(number, await self._asked(rest, number))
            except NotThere:
                self._fail(number, f"{self.title} has no schema {number}; it may be that of another registry")
            except InspectorError as failure:
                self._fail(number, f"{failure.message.rstrip('.')}; {failure.remedy.rstrip('.')}")

    async def _asked(self, rest: Rest, number: int) -> Schema:
        return await self._schema(rest, await rest.get("schemas", "ids", str(number)))

    async def _schema(self, rest: Rest, told: Any) -> Schema:
        try:
            references: dict[str, str] = {}
            await self._refer(rest, told, references, set())
            language = Language(told.get("schemaType") or "AVRO")
            return Schema(language, told["schema"], "", tuple(references.items()))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise rest.something_else() from error

    async def _refer(
        self, rest: Rest, told: dict[str, Any], found: dict[str, str], seen: set[tuple[str, int]]
    ) -> None:
        """What a schema refers to, what that refers to before it."""
        for each in told.get("references") or ():
            which = each["subject"], each["version"]
            if which in seen or len(seen) >= MOST_REFERENCES:
                continue
            seen.add(which)
            inner = await rest.get("subjects", which[0], "versions", str(which[1]))
            await self._refer(rest, inner, found, seen)
            found[each["name"]] = inner["schema"]

    def _keep(self, number: int, schema: Schema) -> None:
        self._known[number] = schema
        self._failed.pop(number, None)
        if self._folder is None:
            return
        with suppress(OSError):  # it is known for as long as this runs
            self._folder.mkdir(parents=True, exist_ok=True)
            written = self._folder / f"{number}.part"
            written.write_bytes(msgspec.json.encode(schema))
            written.replace(self._folder / f"{number}.json")

    def _kept(self, number: int) -> Schema | None:
        if self._folder is None:
            return None
        try:
            return msgspec.json.decode((self._folder / f"{number}.json").read_bytes(), type=Schema)
        except (OSError, msgspec.MsgspecError):
            return None

    def _fail(self, number: int, reason: str) -> None:
        self._failed[number] = reason, monotonic()
