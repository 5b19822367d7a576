"""Compressed bytes: what is inside, within a bound."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode

import zstandard

from inspector.decode.base import About, Declined, Inside, Reading
from inspector.decode.foreign import JAVA_MAGIC

UNPACKED_BYTES = 32 << 20
"""Anything that unpacks to more is not unpacked: a few bytes can stand for terabytes."""
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
SHORTEST_BASE64 = 16
BASE64 = re.compile(rb"[A-Za-z0-9+/]+(?:\r?\n[A-Za-z0-9+/]+)*={0,2}\Z")
URL_SAFE = bytes.maketrans(b"-_", b"+/")
TELLING = (GZIP_MAGIC, ZSTD_MAGIC, JAVA_MAGIC, b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF-", b"Obj\x01")


class Gzip:
    """gzip (RFC 1952), one member after the other."""

    name = "gzip"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """What was compressed."""
        if not data.startswith(GZIP_MAGIC):
            raise Declined("it does not begin with 1f 8b")
        unpacked = b""
        while data.startswith(GZIP_MAGIC):
            member = zlib.decompressobj(wbits=31)
            try:
                unpacked += member.decompress(data, UNPACKED_BYTES + 1 - len(unpacked))
            except zlib.error as error:
                raise Declined(f"it cannot be unpacked ({error})") from error
            _bound(len(unpacked))
            if not member.eof:
                raise Declined("it ends too early")
            data = member.unused_data
        if data.strip(b"\0"):
            raise Declined("other bytes follow it")
        return Inside(unpacked, self.name)


class Zstd:
    """Zstandard (RFC 8878)."""

    name = "zstd"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """What was compressed."""
        if not data.startswith(ZSTD_MAGIC):
            raise Declined("it does not begin with 28 b5 2f fd")
        decompressor = zstandard.ZstdDecompressor(max_window_size=UNPACKED_BYTES)
        try:
            with decompressor.stream_reader(data, read_across_frames=True) as reader:
                unpacked = reader.read(UNPACKED_BYTES + 1)
            _bound(len(unpacked))
            # The bounded way above does not tell a frame that was cut off from a whole one.
            while data:
                frame = decompressor.decompressobj()
                frame.decompress(data)
                if not frame.eof:
                    raise Declined("it ends too early")
                data = frame.unused_data
        except zstandard.ZstdError as error:
            raise Declined(f"it cannot be unpacked ({error})") from error
        return Inside(unpacked, self.name)


class Base64:
    """Base64 (RFC 4648) of something that its first bytes tell: almost any word could be Base64."""

    name = "base64"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """What was packed."""
        text = data.strip().translate(URL_SAFE)
        if len(text) < SHORTEST_BASE64 or not BASE64.match(text):
            raise Declined("it is not all letters, digits, + and /")
        text = b"".join(text.split())
        head = b64decode(text[:16])
        if not head.startswith(TELLING) and not head.lstrip().startswith((b'{"', b"[{", b"<?xml")):
            raise Declined("what it would hold is not told by its first bytes")
        try:
            return Inside(b64decode(text + b"=" * (-len(text) % 4), validate=True), self.name)
        except ValueError as error:
            raise Declined("it cannot be unpacked") from error


def _bound(size: int) -> None:
    if size > UNPACKED_BYTES:
        raise Declined(f"it unpacks to more than {UNPACKED_BYTES >> 20} MB")
