"""Compressed bytes: what is inside, within a bound."""

from __future__ import annotations

import zlib

import zstandard

from inspector.decode.base import Declined, Inside, Reading
from inspector.record import Headers

UNPACKED_BYTES = 32 << 20
"""Anything that unpacks to more is not unpacked: a few bytes can stand for terabytes."""
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class Gzip:
    """gzip (RFC 1952), one member after the other."""

    name = "gzip"

    def decode(self, data: bytes, headers: Headers) -> Reading | Inside:
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

    def decode(self, data: bytes, headers: Headers) -> Reading | Inside:
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


def _bound(size: int) -> None:
    if size > UNPACKED_BYTES:
        raise Declined(f"it unpacks to more than {UNPACKED_BYTES >> 20} MB")
