"""Rules of people about where their own records say who sent them and what caused them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

import msgspec
from msgspec import Struct

from inspector.conventions.bodies import ENVELOPE_BYTES, UNREADABLE
from inspector.conventions.headers import LONGEST, text
from inspector.errors import InspectorError
from inspector.record import Record

FACTS = ("sender", "type", "id", "parent", "flow")


class HeaderRule(Struct, frozen=True):
    """One fact of the records of some channels, in a header or in the body."""

    fact: str
    """`sender`, `type`, `id`, `parent` or `flow`."""
    header: str = ""
    """Name of the header, in any case; empty where `path` is given."""
    path: str = ""
    """JSON path into the decoded body, such as `$.metadata.source`."""
    channels: str = "*"
    """Glob over channel names."""


Path = tuple[str | int, ...]
"""Names of fields and positions in lists, from the outside in."""

# The singular queries of RFC 9535, section 2.3.5, without `\u` escapes.
_STEP = re.compile(
    r"\.(?P<name>[^\s.\[\]'\"*?@(),:]+)"
    r"|\[(?P<place>-?\d{1,9})\]"
    r"|\[(?P<quote>['\"])(?P<quoted>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)\]",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def json_path(path: str) -> Path:
    """The steps of a path such as `$.a.b`, `$.a[0].b` or `$['x y']`; raises InspectorError for any other."""
    steps: list[str | int] = []
    at = 1 if path.startswith("$") else -1
    while 0 < at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            at = -1
            break
        if step["place"] is not None:
            steps.append(int(step["place"]))
        else:
            steps.append(_ESCAPED.sub(r"\1", step["quoted"]) if step["name"] is None else step["name"])
        at = step.end()
    if at < 0:
        raise InspectorError(
            f"{path} is no path that a header rule can follow.",
            "Start with $ and name one field after the other, such as $.metadata.source, $.items[0].id or "
            "$['sent by'].",
        )
    return tuple(steps)


def at_path(body: Any, path: Path) -> str | None:
    """The text or whole number at a path in a decoded body, cut at `LONGEST`; None where there is none."""
    for step in path:
        if isinstance(step, str):
            body = body.get(step) if isinstance(body, dict) else None
        else:
            body = body[step] if isinstance(body, list) and -len(body) <= step < len(body) else None
    if isinstance(body, int) and not isinstance(body, bool):
        return str(body)[:LONGEST]
    return body[:LONGEST] or None if isinstance(body, str) else None


class _Compiled(Struct, frozen=True):
    fact: str
    header: str
    path: Path
    channels: str


def _compiled(rule: HeaderRule) -> _Compiled:
    if rule.fact not in FACTS:
        raise InspectorError(
            f"A header rule is for “{rule.fact}”, which is no fact of a record.",
            f"Write {', '.join(FACTS[:-1])} or {FACTS[-1]}.",
        )
    if bool(rule.header) == bool(rule.path):
        raise InspectorError(
            f"A header rule for {rule.fact} names {'both' if rule.header else 'neither'} a header "
            f"{'and' if rule.header else 'nor'} a path.",
            "Give one of them.",
        )
    if not rule.channels or "[" in re.sub(r"\[!?.[^\]]*\]", "", rule.channels):
        raise InspectorError(
            f"“{rule.channels}” in a header rule for {rule.fact} is no pattern for names of channels.",
            "Write * for all, orders-* for those that begin with orders-, and close each [ with ].",
        )
    return _Compiled(rule.fact, rule.header.lower(), json_path(rule.path) if rule.path else (), rule.channels)


class Rules:
    """Rules, checked once, and which of them apply to each channel, worked out once. One thread only."""

    def __init__(self, rules: Iterable[HeaderRule]) -> None:
        self._rules = tuple(map(_compiled, rules))
        self._by_channel: dict[str, tuple[_Compiled, ...]] = {}

    @classmethod
    def of(cls, rules: Iterable[HeaderRule]) -> Rules:
        """Rules in the order of their rank; raises InspectorError for one that cannot be followed."""
        made = cls(rules)
        return made if made._rules else NO_RULES

    def read(self, record: Record) -> dict[str, str]:
        """The facts that rules find in a record; of several rules for a fact the first that finds it.

        The body is decoded only where a rule with a path applies to the channel.
        """
        name = record.channel.name
        rules = self._by_channel.get(name)
        if rules is None:
            rules = tuple(rule for rule in self._rules if fnmatchcase(name, rule.channels))
            self._by_channel[name] = rules
        found: dict[str, str] = {}
        body: Any = _UNREAD
        for rule in rules:
            if rule.fact in found:
                continue
            if rule.header:
                value = _in_header(record, rule.header)
            else:
                body = _decoded(record.value) if body is _UNREAD else body
                value = at_path(body, rule.path)
            if value is not None:
                found[rule.fact] = value
        return found


_UNREAD = object()
NO_RULES = Rules(())


def _in_header(record: Record, wanted: str) -> str | None:
    """The last header of that name that says something: who sends a copy on appends its own."""
    for name, value in reversed(record.headers):
        if value and name.lower() == wanted and (said := text(value)) is not None:
            return said
    return None


def _decoded(value: bytes | None) -> Any:
    if not value or len(value) > ENVELOPE_BYTES:
        return None
    try:
        return msgspec.json.decode(value)
    except UNREADABLE:
        return None
