"""The text of a .proto file as a descriptor: what decoding needs of it, which is messages, enums and fields.

https://protobuf.dev/reference/protobuf/proto3-spec/ and proto2-spec. Options, services, extensions and
reserved ranges are passed over: readers of messages do without.
"""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

WORDS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|\s+"""
    r"""|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\.?[A-Za-z_][\w.]*|[-+]?[\d.][\w.]*|[{}\[\]()<>;=,:+-])""",
    re.DOTALL,
)
SCALARS = {
    "double": 1, "float": 2, "int64": 3, "uint64": 4, "int32": 5, "fixed64": 6, "fixed32": 7, "bool": 8,
    "string": 9, "bytes": 12, "uint32": 13, "sfixed32": 15, "sfixed64": 16, "sint32": 17, "sint64": 18,
}  # fmt: skip
"""`FieldDescriptorProto.Type`."""
LABELS = {"optional": 1, "required": 2, "repeated": 3}
MOST_DEEP = 50
CLOSING = {"{": "}", "[": "]", "(": ")"}


class NotProto(ValueError):
    """The text is no .proto file that can be read here; a clause that says where."""


def file_descriptor(name: str, text: str) -> FileDescriptorProto:
    """The descriptor of a file of this name. Raises `NotProto`."""
    return _Reader(_words(text)).file(name)


def _words(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(text):
        word = WORDS.match(text, at)
        if word is None:
            raise NotProto(f"line {text.count(chr(10), 0, at) + 1} cannot be read")
        if word[1]:
            found.append(word[1])
        at = word.end()
    return found


class _Reader:
    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._at = 0
        self._proto3 = False

    def file(self, name: str) -> FileDescriptorProto:
        made = FileDescriptorProto(name=name)
        while self._at < len(self._words):
            match self._next():
                case "syntax":
                    self._expect("=")
                    made.syntax = self._next()[1:-1]
                    self._proto3 = made.syntax == "proto3"
                    self._expect(";")
                case "edition":
                    raise NotProto("it is written in an edition, of which only descriptor files can be read")
                case "package":
                    made.package = self._next()
                    self._expect(";")
                case "import":
                    kind = self._next()
                    made.dependency.append((self._next() if kind in ("public", "weak") else kind)[1:-1])
                    if kind == "public":
                        made.public_dependency.append(len(made.dependency) - 1)
                    self._expect(";")
                case "message":
                    self._message(made.message_type.add(name=self._next()), MOST_DEEP)
                case "enum":
                    self._enum(made.enum_type.add(name=self._next()))
                case ";":
                    pass
                case _:
                    self._skip()
        return made

    def _message(self, made: DescriptorProto, deep: int) -> None:
        if not deep:
            raise NotProto("its messages are nested too deeply")
        self._expect("{")
        while (word := self._next()) != "}":
            match word:
                case "message":
                    self._message(made.nested_type.add(name=self._next()), deep - 1)
                case "enum":
                    self._enum(made.enum_type.add(name=self._next()))
                case "oneof":
                    made.oneof_decl.add(name=self._next())
                    self._oneof(made, len(made.oneof_decl) - 1)
                case "map" if self._peek() == "<":
                    self._map(made)
                case "option" | "reserved" | "extensions" | "extend":
                    self._skip()
                case ";":
                    pass
                case label if label in LABELS:
                    field = made.field.add(label=LABELS[label])
                    self._field(made, field, self._next(), deep)
                    field.proto3_optional = self._proto3 and label == "optional"
                case kind:
                    self._field(made, made.field.add(label=1), kind, deep)
        # A oneof of its own is how a descriptor says that a field of proto3 has presence.
        for field in made.field:
            if field.proto3_optional:
                field.oneof_index = len(made.oneof_decl)
                made.oneof_decl.add(name=f"_{field.name}")

    def _oneof(self, made: DescriptorProto, number: int) -> None:
        self._expect("{")
        while (word := self._next()) != "}":
            if word == "option":
                self._skip()
            elif word != ";":
                self._field(made, made.field.add(label=1, oneof_index=number), word, MOST_DEEP)

    def _field(self, message: DescriptorProto, made: FieldDescriptorProto, kind: str, deep: int) -> None:
        made.name = self._next()
        self._expect("=")
        made.number = self._number()
        if kind == "group":
            made.type = FieldDescriptorProto.TYPE_GROUP
            made.type_name = made.name
            self._options()
            self._message(message.nested_type.add(name=made.name), deep - 1)
            made.name = made.name.lower()
            return
        self._typed(made, kind)
        self._options()
        self._expect(";")

    def _map(self, message: DescriptorProto) -> None:
        self._expect("<")
        key = self._next()
        self._expect(",")
        value = self._next()
        self._expect(">")
        made = message.field.add(label=3, name=self._next())
        entry = message.nested_type.add(name=_camel(made.name) + "Entry")
        entry.options.map_entry = True
        for number, (name, kind) in enumerate((("key", key), ("value", value)), 1):
            self._typed(entry.field.add(name=name, number=number, label=1), kind)
        made.type, made.type_name = FieldDescriptorProto.TYPE_MESSAGE, entry.name
        self._expect("=")
        made.number = self._number()
        self._options()
        self._expect(";")

    def _typed(self, made: FieldDescriptorProto, kind: str) -> None:
        if kind in SCALARS:
            made.type = SCALARS[kind]  # type: ignore[assignment]
        else:  # whether it is a message or an enum the pool finds out
            made.type_name = kind

    def _enum(self, made: Any) -> None:
        self._expect("{")
        while (word := self._next()) != "}":
            if word in ("option", "reserved") and self._peek() != "=":
                self._skip()
            elif word != ";":
                self._expect("=")
                number = self._number()
                # What else has the number is another name for the same.
                if all(value.number != number for value in made.value):
                    made.value.add(name=word, number=number)
                self._options()
                self._expect(";")

    def _options(self) -> None:
        if self._peek() == "[":
            self._at += 1
            self._until("]")

    def _skip(self) -> None:
        """Pass over a statement: to its semicolon, or over its block."""
        while (word := self._next()) != ";":
            if word in CLOSING:
                self._until(CLOSING[word])
                if word == "{":
                    return

    def _until(self, closing: str) -> None:
        waiting = [closing]
        while waiting:
            word = self._next()
            if word == waiting[-1]:
                waiting.pop()
            elif word in CLOSING:
                waiting.append(CLOSING[word])

    def _number(self) -> int:
        word = self._next()
        if word == "-":
            word += self._next()
        try:
            return int(word, 0)
        except ValueError as error:
            raise NotProto(f"{word} stands where a number belongs") from error

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _next(self) -> str:
        if self._at >= len(self._words):
            raise NotProto("it ends too early")
        self._at += 1
        return self._words[self._at - 1]

    def _expect(self, wanted: str) -> None:
        word = self._next()
        if word != wanted:
            raise NotProto(f"{word} stands where {wanted} belongs")


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
