"""Paths into a decoded value as queries write them: `items[0].sku`, `items.sku`, `["a name"].x`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int | None, ...]
"""Names of fields, positions in lists, and None for every element of a list."""

_STEP = re.compile(
    r'\.?(?P<name>[^\s.\[\]":~<>=()]+)|\[(?P<place>-?\d{1,9})\]|(?P<every>\[\*\]|\[\])'
    r'|\["(?P<quoted>(?:\\.|[^"\\])*)"\]',
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse(text: str) -> Path:
    """The steps of a path; raises ValueError with a sentence."""
    steps: list[str | int | None] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or (text[at] == "." and not steps):
            raise ValueError(f'{text} is no path. Write it like items[0].sku or ["a name"].sku.')
        if found["name"] is not None:
            steps.append(found["name"])
        elif found["place"] is not None:
            steps.append(int(found["place"]))
        else:
            steps.append(None if found["every"] else _ESCAPED.sub(r"\1", found["quoted"]))
        at = found.end()
    if not steps:
        raise ValueError("A path needs a name, such as items[0].sku.")
    return tuple(steps)


def values(value: Any, path: Path, at: int = 0) -> Iterator[Any]:
    """What stands at a path; a name that meets a list is looked for in each of its elements.

    Of a list that stands there, its elements too.
    """
    for place in range(at, len(path)):
        step = path[place]
        if isinstance(value, dict):
            if not isinstance(step, str) or step not in value:
                return
            value = value[step]
        elif isinstance(value, list):
            if isinstance(step, int):
                if not -len(value) <= step < len(value):
                    return
                value = value[step]
            else:
                below = place + (step is None)
                for each in value:
                    if not (step is not None and isinstance(each, list)):
                        yield from values(each, path, below)
                return
        else:
            return
    yield value
    if isinstance(value, list):
        yield from value
