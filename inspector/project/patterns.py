"""Regular expressions that make one application of several names, proposed from two of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from graph.model import Alias

MOST_LOOPS = 4
"""Repeats without a fixed number, such as `*` and `{1,30}`: each can end at every character."""
MOST_CHOICES = 10
"""Repeats of any kind, `?` and groups of alternatives: each at least doubles the ways to match."""
SHORTEST = 3
"""Characters that two names must share for a pattern to be made of them."""


def proposals(a: str, b: str) -> tuple[str, ...]:
    """Patterns that make one of two names, from the narrowest to the widest; never none."""
    found = []
    head, tail = _shared(a, b)
    ends = [name[len(head) : len(name) - len(tail)] for name in (a, b)]
    if len(head) + len(tail) >= SHORTEST:
        found.append(f"{_quoted(head)}.*{_quoted(tail)}")
    if head and not tail:
        found.append(f"(.+?){_either(*ends)}")
    if tail and not head:
        found.append(f"{_either(*ends)}(.+)")
    return tuple(each for each in found if _alike(each, a, b)) or (_either(a, b),)


def _shared(a: str, b: str) -> tuple[str, str]:
    """What two names begin with and end with alike, cut between words."""
    head = _beginning(a, b)
    if not all(len(name) == len(head) or not name[len(head)].isalnum() for name in (a, b)):
        head = re.sub(r"[^\W_]*$", "", head)
    rest = [name[len(head) :] for name in (a, b)]
    tail = _beginning(rest[0][::-1], rest[1][::-1])[::-1]
    if not all(len(name) == len(tail) or not name[-len(tail) - 1].isalnum() for name in rest):
        tail = re.sub(r"^[^\W_]*", "", tail)
    return head, tail


def _beginning(a: str, b: str) -> str:
    """What two texts begin with alike."""
    return a[: next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))]


def _either(a: str, b: str) -> str:
    if not (a and b):
        return f"(?:{_quoted(a or b)})?"
    return f"(?:{_quoted(a)}|{_quoted(b)})"


def _quoted(text: str) -> str:
    """Escaped, without the backslashes that nobody needs."""
    return re.escape(text).replace(r"\-", "-").replace(r"\/", "/").replace(r"\ ", " ")


def _alike(pattern: str, a: str, b: str) -> bool:
    one, other = (re.fullmatch(pattern, name) for name in (a, b))
    return one is not None and other is not None and one.groups() == other.groups()


def joined(pattern: str, names: Iterable[Alias]) -> list[tuple[Alias, ...]]:
    """The sets of two and more names that a pattern makes one; raises re.error."""
    compiled = re.compile(pattern)
    found: dict[tuple[str | None, ...], list[Alias]] = {}
    for name in sorted(set(names)):
        if match := compiled.fullmatch(name.value):
            found.setdefault(match.groups(), []).append(name)
    return [tuple(alike) for alike in found.values() if len(alike) > 1]


_PARTS = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\??|(?:[*+?]|\{(?:\d+(?:,\d*)?|,\d*)\})[?+]?|.", re.DOTALL
)
_FIXED = re.compile(r"\?.?|\{\d+\}.?")
"""Repeats that end at one place."""


def endless(pattern: str) -> bool:
    """Whether a pattern may take for ever: a repeated group that repeats or chooses, or many repeats.

    Python's expressions go back over every way to match; these are the ways that multiply.
    """
    groups, closed = [False], False
    """Of each open group, and of the one that ended just now: whether it repeats or chooses."""
    loops = choices = 0
    for part in _PARTS.findall(pattern):
        before, closed = closed, False
        if part in ("(", "(?"):
            groups.append(False)
        elif part == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1] |= closed
        elif part == "|":
            choices += not groups[-1]
            groups[-1] = True
        elif part[0] in "*+?" or (part[0] == "{" and len(part) > 1):
            if before and part[0] != "?":
                return True
            choices += 1
            loops += not _FIXED.fullmatch(part)
            groups[-1] = True
    return loops > MOST_LOOPS or choices > MOST_CHOICES
