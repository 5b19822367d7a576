"""Texts that are looked for: with `*` for anything, or as regular expressions that always end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import re2  # type: ignore[import-untyped]

LONGEST = 1_000
"""Characters that a regular expression may have."""


def wild(pattern: str) -> Callable[[str], bool]:
    """Whether a whole text is as a pattern says, in which `*` is anything; upper and lower case are alike."""
    head, *rest = pattern.casefold().split("*")
    if not rest:
        return lambda text: text.casefold() == head
    *middle, tail = rest

    def fits(text: str) -> bool:
        folded = text.casefold()
        at, stop = len(head), len(folded) - len(tail)
        if at > stop or not folded.startswith(head) or not folded.endswith(tail):
            return False
        for part in middle:
            at = folded.find(part, at, stop)
            if at < 0:
                return False
            at += len(part)
        return True

    return fits


def contained(pattern: str) -> Callable[[str], bool]:
    """Whether a text has a pattern in it, or is as it says where it has a `*`."""
    if "*" in pattern:
        return wild(pattern)
    folded = pattern.casefold()
    return lambda text: folded in text.casefold()


def regex(pattern: str) -> Callable[[str], bool]:
    """Whether a regular expression occurs in a text; upper and lower case are alike.

    RE2's expressions take time in proportion to the text, whatever the pattern, and for that know neither
    backreferences nor looking around. Raises ValueError with a sentence.
    """
    compiled = _compiled(pattern)
    return lambda text: compiled.search(_bytes(text)) is not None


def replaced(pattern: str, by: bytes) -> Callable[[bytes], bytes]:
    """Bytes with `by` in place of whatever a regular expression matches; upper and lower case are alike.

    Raises ValueError with a sentence, also for one that matches where there is nothing.
    """
    compiled = _compiled(pattern)
    if compiled.search(b"") is not None:
        raise ValueError("This regular expression matches where there is nothing.")
    return lambda data: compiled.sub(by, data)


def _compiled(pattern: str) -> Any:
    if len(pattern) > LONGEST:
        raise ValueError(f"The regular expression is longer than {LONGEST:,} characters.")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    try:
        return re2.compile(_bytes(pattern), options)
    except re2.error as wrong:
        reason = wrong.args[0].decode("utf-8", "replace") if wrong.args else "unknown"
        raise ValueError(f"This is no regular expression: {reason}.") from None


def _bytes(text: str) -> bytes:
    """What a text is to RE2; half a surrogate pair, which no encoding has, is a question mark."""
    return text.encode("utf-8", "replace")
