"""The preview of a value, cut into paths, strings, numbers and the rest, so that each has its hue."""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(
    r'(?P<path>"(?:[^"\\]|\\.)*")\s*:\s*'
    r'|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])"
    r"|(?P<open>[{\[])|(?P<rest>[}\],\s]+)|(?P<word>[^\s{}\[\],\"]+)"
)

Run = tuple[str, str]
"""A piece of text and the tone it is drawn in."""


@lru_cache(maxsize=4096)
def runs(preview: str) -> tuple[Run, ...]:
    """Pieces of one line. What does not begin like JSON is one piece.

    The line is cut off somewhere, so this reads tokens and asks for no structure.
    """
    if not preview.startswith(("{", "[")):
        return (
            (preview, "faint" if preview in ("null", "<empty>") or preview.startswith("<binary") else "text"),
        )
    made: list[Run] = []
    inside: list[str] = []
    for token in _TOKEN.finditer(preview):
        text = token.group()
        match token.lastgroup:
            case "path":
                made.append((f"{'  ' if made else ''}{token['path'].strip(chr(34))} ", "faint"))
            case "string":
                made.append((f"{_gap(made)}{text.strip(chr(34))}", "string"))
            case "number":
                made.append((f"{_gap(made)}{text}", "faint" if text == "null" else "number"))
            case "open":
                inside.append(text)
                if len(inside) > 1 and text == "[":
                    made.append(("[ ", "ghost"))
            case "rest":
                closed = [inside.pop() for letter in text if letter in "}]" and inside]
                made += [(" ]", "ghost") for opened in closed if opened == "[" and inside]
            case _:
                made.append((f"{_gap(made)}{text}", "dim"))
    return tuple(made)


def _gap(made: list[Run]) -> str:
    return " " if made and not made[-1][0].endswith(" ") else ""
