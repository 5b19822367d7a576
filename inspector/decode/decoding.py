"""How records are read: by which decoders, by whose choice, and with which schemas, as one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from graph.identity import ServerId
from inspector.connection import parse
from inspector.decode.base import About
from inspector.decode.chain import BY_CHOICE, DECODERS, Attempt, Decoded, run
from inspector.decode.folder import Folder
from inspector.decode.plugins import NO_PLUGINS, Plugins
from inspector.decode.registry import Newest, Registry
from inspector.decode.schemas import NO_SCHEMAS, Language, Missing, Schema, Schemas
from inspector.errors import InspectorError
from inspector.project.model import ChosenDecoder, Project
from inspector.record import Record


class SeveralSchemas:
    """Sources in their order: the first that has a schema gives it."""

    def __init__(self, sources: Sequence[Schemas]) -> None:
        self._sources = sources

    def by_id(self, number: int) -> Schema:
        """Raises `Missing`, with the number where a registry may still be asked."""
        return self._first(lambda each: each.by_id(number))

    def by_fingerprint(self, fingerprint: bytes) -> Schema:
        """Raises `Missing`."""
        return self._first(lambda each: each.by_fingerprint(fingerprint))

    def named(self, name: str, language: Language) -> Schema:
        """Raises `Missing`."""
        return self._first(lambda each: each.named(name, language))

    def _first(self, ask: Callable[[Schemas], Schema]) -> Schema:
        reasons: list[Missing] = []
        for source in self._sources:
            try:
                return ask(source)
            except Missing as missing:
                reasons.append(missing)
        # One that can still be asked says most, and then a registry, which stands behind the folders.
        raise next((each for each in reasons if each.number is not None), reasons[-1])


class Decoding:
    """What is known about reading records; safe in several threads.

    Attributes:
        faults: what is wrong with addresses of registries and with plug-ins, in sentences.
    """

    def __init__(
        self,
        chosen: Sequence[ChosenDecoder] = (),
        plugins: Plugins = NO_PLUGINS,
        registries: Mapping[ServerId | None, Sequence[str]] | None = None,
        folders: Iterable[Path] = (),
        cache: Path | None = None,
    ) -> None:
        """`registries` are addresses by server, those of None for all servers; `cache` keeps schemas."""
        self.faults = list(plugins.faults)
        self._chosen = tuple(chosen)
        self._decoders = (*plugins.decoders, *DECODERS)
        self._by_name = {each.name.lower(): each for each in (*BY_CHOICE, *self._decoders)}
        self._folders = [Folder(path) for path in folders]
        self._registries: dict[ServerId | None, list[Registry]] = {}
        for server, addresses in (registries or {}).items():
            for address in addresses:
                try:
                    made = Registry(address, cache)
                except InspectorError as failure:
                    self.faults.append(f"{failure.message} {failure.remedy}")
                else:
                    self._registries.setdefault(server, []).append(made)

    @property
    def names(self) -> list[str]:
        """The decoders that can be chosen, by their names for people."""
        return [each.name for each in self._by_name.values()]

    def value(self, record: Record) -> Decoded:
        """What the value of a record says; never raises."""
        return self._part(record, "value", record.value)

    def key(self, record: Record) -> Decoded:
        """What its key says; never raises."""
        return self._part(record, "key", record.key)

    def fetch(self, server: ServerId, numbers: Iterable[int]) -> None:
        """Ask registries for what `Decoded.missing` names. It waits: not in the window's thread."""
        wanted = list(numbers)
        for registry in self._of(server):
            registry.fetch(wanted)
            wanted = [number for number in wanted if not _has(registry, number)]

    def registered(self, server: ServerId) -> bool:
        """Whether a registry of a server is known."""
        return bool(self._of(server))

    def newest(self, server: ServerId, subject: str) -> Newest | None:
        """The newest version of a subject in the first registry that has it. It waits, as `fetch` does.

        Raises `InspectorError` where a registry does not answer.
        """
        return next((found for each in self._of(server) if (found := each.newest(subject))), None)

    def about(self, record: Record, part: Literal["key", "value"]) -> About:
        """All that is known of the key or value of a record beside its bytes."""
        channel = record.channel.name
        headers = record.headers if part == "value" else ()
        _, _, argument = self._choice(channel, part).partition(":")
        schemas = self.schemas(record.channel.server)
        return About(headers, channel, part, record.key, schemas, argument.strip())

    def _part(self, record: Record, part: Literal["key", "value"], data: bytes | None) -> Decoded:
        name = self._choice(record.channel.name, part).partition(":")[0]
        chosen = self._by_name.get(name.strip().lower())
        if name and chosen is None and data:
            known = ", ".join(self.names)
            said = f"The decoder {name} is chosen for this channel, and there is none; there are {known}."
            return Decoded(data, "binary", (Attempt(name, "there is none of this name"),), said)
        return run(data, self.about(record, part), self._decoders, chosen)

    def _choice(self, channel: str, part: Literal["key", "value"]) -> str:
        fitting = (each for each in self._chosen if fnmatchcase(channel, each.channels))
        return next((said for each in fitting if (said := getattr(each, part))), "")

    def schemas(self, server: ServerId) -> Schemas:
        """Where schemas of a server's records are looked for; what was not fetched is missing."""
        registries: Sequence[Schemas] = self._of(server) or [NO_SCHEMAS]
        return SeveralSchemas([*self._folders, *registries])

    def _of(self, server: ServerId) -> list[Registry]:
        return [*self._registries.get(server, ()), *self._registries.get(None, ())]


def of_project(
    project: Project, urls: Iterable[str], folder: Path, cache: Path | None, plugins: Plugins = NO_PLUGINS
) -> Decoding:
    """What a project says, with the registries that addresses of servers name.

    Args:
        folder: that of the project file, which its paths begin at.
        cache: where schemas are kept; None for nowhere.
    """
    registries: dict[ServerId | None, Sequence[str]] = {None: project.schemas.registries}
    for url in (*urls, *(server.url for server in project.connections)):
        try:
            connection = parse(url)
        except InspectorError:
            continue  # it is told where somebody connects
        if named := connection.option("registry"):
            registries[connection.server] = tuple(named.split(","))
    folders = [folder / path for path in project.schemas.folders]
    return Decoding(project.decoders, plugins, registries, folders, cache)


def _has(registry: Registry, number: int) -> bool:
    try:
        registry.by_id(number)
    except Missing:
        return False
    return True
