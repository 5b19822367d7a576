"""Smile, JSON's binary form of Jackson: https://github.com/FasterXML/smile-format-specification"""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import Any

from inspector.decode.base import About, Declined, Inside, Reading

MAGIC = b":)\n"
SHARED_NAMES, SHARED_VALUES = 1, 2
MOST_SHARED = 1024
LONGEST_SHARED = 64
"""Bytes of a text that can be referred to later."""
MOST_DEEP = 500
END_OF_TEXT, END_OF_ARRAY, END_OF_OBJECT, END_OF_CONTENT = 0xFC, 0xF9, 0xFB, 0xFF


class Smile:
    """One value behind the header of Smile."""

    name = "Smile"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """The value."""
        if not data.startswith(MAGIC) or len(data) < 5:
            raise Declined("it does not begin with 3a 29 0a")
        reader = _Reader(data)
        try:
            value = reader.value(reader.byte(), MOST_DEEP)
        except (IndexError, UnicodeDecodeError, struct.error) as error:
            raise Declined(f"it is damaged at byte {reader.at}") from error
        if data[reader.at :] not in (b"", bytes([END_OF_CONTENT])):
            raise Declined(f"{len(data) - reader.at} bytes follow it")
        return Reading(value, self.name)


class _Shared(list[str]):
    """Texts that were written, by the order in which they came; begins again when it is full."""

    def __init__(self, kept: bool) -> None:
        super().__init__()
        self._kept = kept

    def take(self, text: str, size: int) -> str:
        if self._kept and size <= LONGEST_SHARED:
            if len(self) == MOST_SHARED:
                self.clear()
            self.append(text)
        return text


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 4
        self._names = _Shared(bool(data[3] & SHARED_NAMES))
        self._values = _Shared(bool(data[3] & SHARED_VALUES))

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def value(self, token: int, deep: int) -> Any:
        if not deep:
            raise Declined("it is nested too deeply")
        simple = {0x20: "", 0x21: None, 0x22: False, 0x23: True}
        if token in simple:
            return simple[token]
        match token:
            case _ if 0x01 <= token <= 0x1F:
                return self._values[token - 1]
            case 0x24 | 0x25:
                return self._signed()
            case 0x26:
                return self._big()
            case 0x28:
                return struct.unpack(">f", (self._sevens(5) & 0xFFFFFFFF).to_bytes(4, "big"))[0]
            case 0x29:
                return struct.unpack(">d", (self._sevens(10) & (1 << 64) - 1).to_bytes(8, "big"))[0]
            case 0x2A:
                scale = self._signed()
                return Decimal(self._big()).scaleb(-scale)
            case _ if 0x40 <= token <= 0x7F:
                return self._values.take(*self._text(token - 0x3F))
            case _ if 0x80 <= token <= 0xBF:
                return self._values.take(*self._text(token - 0x7E))
            case _ if 0xC0 <= token <= 0xDF:
                return _zigzag(token & 0x1F)
            case 0xE0 | 0xE4:
                return self._long_text()
            case 0xE8:
                return self._packed()
            case _ if 0xEC <= token <= 0xEF:
                return self._values[(token & 3) << 8 | self.byte()]
            case 0xF8:
                return self._array(deep)
            case 0xFA:
                return self._object(deep)
            case 0xFD:
                return self._take(self._number())
        raise Declined(f"byte {self.at - 1} is no value")

    def _array(self, deep: int) -> list[Any]:
        made = []
        while (token := self.byte()) != END_OF_ARRAY:
            made.append(self.value(token, deep - 1))
        return made

    def _object(self, deep: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while (token := self.byte()) != END_OF_OBJECT:
            name = self._name(token)
            made[name] = self.value(self.byte(), deep - 1)
        return made

    def _name(self, token: int) -> str:
        if token == 0x20:
            return ""
        if 0x30 <= token <= 0x33:
            return self._names[(token & 3) << 8 | self.byte()]
        if token == 0x34:
            return self._long_text()
        if 0x40 <= token <= 0x7F:
            return self._names[token - 0x40]
        if 0x80 <= token <= 0xBF:
            return self._names.take(*self._text(token - 0x7F))
        if 0xC0 <= token <= 0xF7:
            return self._names.take(*self._text(token - 0xBE))
        raise Declined(f"byte {self.at - 1} is no name")

    def _take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise IndexError
        self.at += size
        return self.data[self.at - size : self.at]

    def _text(self, size: int) -> tuple[str, int]:
        return self._take(size).decode(), size

    def _long_text(self) -> str:
        end = self.data.find(END_OF_TEXT, self.at)
        if end < 0:
            raise IndexError
        text = self._take(end - self.at).decode()
        self.at += 1
        return text

    def _number(self) -> int:
        """Seven bits a byte, the last one six, marked by its highest bit."""
        number = 0
        while (byte := self.byte()) < 0x80:
            number = number << 7 | byte
        return number << 6 | byte & 0x3F

    def _signed(self) -> int:
        return _zigzag(self._number())

    def _sevens(self, count: int) -> int:
        number = 0
        for byte in self._take(count):
            number = number << 7 | byte
        return number

    def _packed(self) -> bytes:
        """Seven bytes in eight of seven bits; of a rest the last byte has what bits are left over."""
        size = self._number()
        whole, rest = divmod(size, 7)
        made = b"".join(self._sevens(8).to_bytes(7, "big") for _ in range(whole))
        if rest:
            made += (self._sevens(rest) << rest | self.byte()).to_bytes(rest, "big")
        return made

    def _big(self) -> int:
        return int.from_bytes(self._packed(), "big", signed=True)


def _zigzag(number: int) -> int:
    return number >> 1 ^ -(number & 1)
