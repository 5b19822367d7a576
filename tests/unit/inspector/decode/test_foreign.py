"""What Java wrote (ObjectOutputStream of OpenJDK 17), and heads of images."""

from __future__ import annotations

import struct

import pytest

from inspector.decode import decode

MAP = bytes.fromhex(
    "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f"
    "724900097468726573686f6c6478703f4000000000000c7708000000100000000274000161737200136a6176612e7574"
    "696c2e41727261794c6973747881d21d99c7619d03000149000473697a65787000000002770400000002737200116a61"
    "76612e6c616e672e496e746567657212e2a0a4f781873802000149000576616c7565787200106a6176612e6c616e672e"
    "4e756d62657286ac951d0b94e08b0200007870000000017371007e00050000000278740001627372000e6a6176612e75"
    "74696c2e44617465686a81014b5974190300007870770800000000000000007878"
)


def test_the_classes_of_java_objects_are_named() -> None:
    decoded = decode(MAP)
    assert decoded.encoding == "Java serialization"
    assert decoded.value["classes"] == [
        "java.util.HashMap", "java.util.ArrayList", "java.lang.Integer", "java.lang.Number", "java.util.Date",
    ]  # fmt: skip


def _jpeg(width: int, height: int) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 6) + b"\xff\xc0!!"
    return b"\xff\xd8" + comment + b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + bytes(9)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 31, 7) + bytes(9), "PNG"),
        (b"GIF89a" + struct.pack("<HH", 31, 7) + bytes(3), "GIF"),
        (b"\xff\xd8" + b"\xff\xfe\0\4ok" + _jpeg(31, 7)[2:], "JPEG"),
        (_jpeg(31, 7), "JPEG"),
        (b"RIFF" + bytes(4) + b"WEBPVP8X" + bytes(8) + b"\x1e\0\0\x06\0\0", "WebP"),
        (b"BM" + struct.pack("<I", 30) + bytes(8) + struct.pack("<Iii", 40, 31, -7) + bytes(4), "BMP"),
    ],
)
def test_images_are_told_with_their_size(data: bytes, kind: str) -> None:
    decoded = decode(data)
    assert decoded.encoding == f"{kind} image"
    assert (decoded.value["width"], decoded.value["height"]) == (31, 7)


def test_an_image_that_is_cut_off_is_declined() -> None:
    assert "image" not in decode(b"\x89PNG\r\n\x1a\n\0").encoding
