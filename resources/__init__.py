"""Files that ship with the program, and the only way to them."""

from __future__ import annotations

from importlib.resources import files

FONTS = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "Inter-Italic.otf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-Medium.ttf",
)


def font(name: str) -> bytes:
    """The bytes of one of `FONTS`."""
    return (files(__name__) / "fonts" / name).read_bytes()
