"""Schemas from the files of a folder: .avsc, .proto, .json and descriptor sets of Protobuf."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from inspector.decode.avro import fingerprint_of
from inspector.decode.base import Declined
from inspector.decode.schemas import NO_SCHEMAS, Language, Missing, Schema

LANGUAGES = {
    ".avsc": Language.AVRO,
    ".proto": Language.PROTOBUF,
    ".json": Language.JSON,
    ".desc": Language.PROTOBUF,
    ".protoset": Language.PROTOBUF,
    ".pb": Language.PROTOBUF,
}
PACKED = (".desc", ".protoset", ".pb")
"""A `FileDescriptorSet`, as `protoc --descriptor_set_out` writes it."""
MOST_FILES = 2_000
LARGEST = 4 << 20
IMPORT = re.compile(r"(?:^|;)\s*import\s+(?:public\s+|weak\s+)?[\"']([^\"']+)[\"']", re.MULTILINE)


class Folder:
    """Schemas by the names of their files and by the types that they define, read when first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def by_id(self, number: int) -> Schema:
        """Of the file that is called after the id, such as `12.avsc`. Raises `Missing`."""
        schema = self._files.get(str(number))
        if schema is None:
            raise Missing(f"no file {number}.avsc, .proto or .json is in {self.path}")
        return schema

    def by_fingerprint(self, fingerprint: bytes) -> Schema:
        """Raises `Missing`."""
        if fingerprint not in self._fingerprints:
            return NO_SCHEMAS.by_fingerprint(fingerprint)
        return self._fingerprints[fingerprint]

    def named(self, name: str, language: Language) -> Schema:
        """By the name of a file without its ending, or of a type inside one. Raises `Missing`."""
        for known in (self._files, self._types):
            schema = known.get(name)
            if schema is not None and schema.language is language:
                return schema
        raise Missing(f"nothing in {self.path} is called {name}")

    @cached_property
    def _files(self) -> dict[str, Schema]:
        """By name without ending; of two files of a name the first."""
        found: dict[str, Schema] = {}
        for path in sorted(self._paths()):
            try:
                found.setdefault(path.stem, self._read(path))
            except (OSError, UnicodeDecodeError):
                continue
        return found

    @cached_property
    def _types(self) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for schema in self._files.values():
            for name in _defined(schema):
                found.setdefault(name, schema)
        return found

    @cached_property
    def _fingerprints(self) -> dict[bytes, Schema]:
        found: dict[bytes, Schema] = {}
        for schema in self._files.values():
            if schema.language is Language.AVRO:
                try:
                    found[fingerprint_of(schema)] = schema
                except Declined:
                    continue
        return found

    def _paths(self) -> Iterator[Path]:
        if not self.path.is_dir():
            return
        left = MOST_FILES
        for path in self.path.rglob("*"):
            left -= 1
            if left < 0:
                return
            if path.suffix in LANGUAGES and path.is_file() and path.stat().st_size <= LARGEST:
                yield path

    def _read(self, path: Path) -> Schema:
        if path.suffix in PACKED:
            text = b64encode(path.read_bytes()).decode()
            return Schema(Language.PROTOBUF, text, path.name)
        text = path.read_text("utf-8")
        if path.suffix != ".proto":
            return Schema(LANGUAGES[path.suffix], text, path.name)
        name = path.relative_to(self.path).as_posix()
        return Schema(Language.PROTOBUF, text, name, tuple(self._imports(text, {name})))

    def _imports(self, text: str, seen: set[str]) -> Iterator[tuple[str, str]]:
        for name in IMPORT.findall(text):
            path = self.path / name
            if name in seen or not path.is_file() or self.path.resolve() not in path.resolve().parents:
                continue
            seen.add(name)
            inner = path.read_text("utf-8")
            yield from self._imports(inner, seen)
            yield name, inner


def _defined(schema: Schema) -> list[str]:
    try:
        if schema.language is Language.PROTOBUF:
            from inspector.decode.proto_messages import names  # its runtime takes a while to load

            return list(names(schema))
        told = json.loads(schema.text)
    except (Declined, ValueError):
        return []
    if schema.language is not Language.AVRO or not isinstance(told, dict) or "name" not in told:
        return []
    name, space = str(told["name"]), told.get("namespace")
    return [f"{space}.{name}" if space and "." not in name else name]
