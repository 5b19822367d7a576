"""Parts of a JSON document replaced by `MASK`; the rest keeps its bytes, but for blanks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import EllipsisType

import msgspec

from inspector.errors import InspectorError

MASK = b"***"

ANY, ANYWHERE = None, ...
Step = str | int | EllipsisType | None
JsonPath = tuple[Step, ...]
"""Names of fields and positions in lists from the outside in; `ANY` for each, `ANYWHERE` before one at any
depth."""

# What RFC 9535 writes with `.name`, `[0]`, `['name']`, `*` and `..`, without filters and slices.
_STEP = re.compile(
    r"(?P<deep>\.\.(?=\[)|\.(?=\.))?"
    r"(?:\.(?P<name>[^\s.\[\]'\"*?@(),:]+)"
    r"|\[(?P<place>-?\d{1,9})\]"
    r"|(?P<any>\.\*|\[\*\])"
    r"|\[(?P<quote>['\"])(?P<quoted>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)\])",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MASKED = msgspec.Raw(b'"***"')
_PREFIX = 5
"""Bytes before JSON in the format of schema registries: a zero and the number of the schema."""

_objects = msgspec.json.Decoder(dict[str, msgspec.Raw])
_arrays = msgspec.json.Decoder(list[msgspec.Raw])
_strings = msgspec.json.Decoder(str)
_anything = msgspec.json.Decoder()
_encode = msgspec.json.encode


class NotJson(Exception):
    """A value that holds no JSON."""


def json_path(text: str) -> JsonPath:
    """The steps of a path; raises InspectorError where it is none."""
    steps: list[Step] = []
    at = 1
    while text.startswith("$") and at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            break
        if step["deep"]:
            steps.append(ANYWHERE)
        if step["place"] is not None:
            steps.append(int(step["place"]))
        elif step["any"]:
            steps.append(ANY)
        else:
            steps.append(_ESCAPED.sub(r"\1", step["quoted"]) if step["name"] is None else step["name"])
        at = step.end()
    if not steps or at < len(text):
        raise InspectorError(
            f"{text} is no path that a mask can follow.",
            "Start with $, such as $.card.number, $.items[*].price, $['card number'] or $..email.",
        )
    return tuple(steps)


def masked_json(
    value: bytes, paths: Sequence[JsonPath], patterns: Sequence[Callable[[bytes], bytes]] = ()
) -> bytes:
    """A value with what stands at the paths, and what patterns match in its texts, masked; raises NotJson."""
    prefix, body = (value[:_PREFIX], value[_PREFIX:]) if value[0] == 0 else (b"", value)
    try:
        _anything.decode(body)  # all of it, as what is passed over below is not looked at
        masked = _masked(msgspec.Raw(body), paths, patterns)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise NotJson from wrong
    return value if masked is None else prefix + bytes(masked)


def _masked(
    raw: msgspec.Raw, paths: Sequence[JsonPath], patterns: Sequence[Callable[[bytes], bytes]]
) -> msgspec.Raw | None:
    """The document with everything masked; None where nothing is."""
    if () in paths:
        return _MASKED
    if not (paths or patterns):
        return None
    first = bytes(memoryview(raw)[:64]).lstrip()[:1] or bytes(raw).lstrip()[:1]
    if first == b"{":
        items = _objects.decode(raw)
        done = {
            _text(name, patterns): masked
            if (masked := _masked(each, _below(paths, name), patterns)) is not None
            else each
            for name, each in items.items()
        }
        changed = any(done.get(name) is not each for name, each in items.items())
        return msgspec.Raw(_encode(done)) if changed else None
    if first == b"[":
        places = _arrays.decode(raw)
        count = len(places)
        made = [
            masked if (masked := _masked(each, _below(paths, number, count), patterns)) is not None else each
            for number, each in enumerate(places)
        ]
        changed = any(one is not each for one, each in zip(made, places, strict=True))
        return msgspec.Raw(_encode(made)) if changed else None
    if first == b'"':
        said = _strings.decode(raw)
        shown = _text(said, patterns)
        return msgspec.Raw(_encode(shown)) if shown != said else None
    said = bytes(raw).decode()
    return _MASKED if _text(said, patterns) != said else None


def _below(paths: Sequence[JsonPath], place: str | int, count: int = 0) -> list[JsonPath]:
    """What is left of paths one step further in."""
    left: list[JsonPath] = []
    for path in paths:
        step, rest = path[0], path[1:]
        if step is ANYWHERE:
            left.append(path)
            step, rest = rest[0], rest[1:]
        if step is ANY or step == place or (isinstance(step, int) and step < 0 and step + count == place):
            left.append(rest)
    return left


def _text(text: str, patterns: Sequence[Callable[[bytes], bytes]]) -> str:
    data = text.encode("utf-8", "surrogatepass")
    for pattern in patterns:
        data = pattern(data)
    return data.decode("utf-8", "replace")
