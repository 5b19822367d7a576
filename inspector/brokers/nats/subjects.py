"""Subjects and the patterns that subscriptions and streams take them by.

https://docs.nats.io/nats-concepts/subjects: tokens between dots; `*` is one token, a last `>` one or more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

INTERNAL = ("$", "_INBOX.", "_R_.")
"""What servers and clients use for themselves: `$SYS`, `$JS`, `$SRV`, `$KV`, `$O`, and where answers go."""
STORES = ("$KV.", "$O.")
"""Key-value and object stores: internal by name, and yet the system's own data."""


def is_internal(subject: str) -> bool:
    """Whether no application speaks to another there."""
    return subject.startswith(INTERNAL) and not subject.startswith(STORES)


def is_pattern(subject: str) -> bool:
    """Whether it stands for several subjects."""
    tokens = subject.split(".")
    return "*" in tokens or tokens[-1] == ">"


def covers(pattern: str, subject: str) -> bool:
    """Whether all subjects that `subject` stands for, itself or a pattern too, belong to the pattern."""
    wanted, given = pattern.split("."), subject.split(".")
    for at, token in enumerate(wanted):
        if token == ">" and at == len(wanted) - 1:
            return len(given) > at
        if at >= len(given) or given[at] == ">":
            return False
        if token not in ("*", given[at]):
            return False
    return len(given) == len(wanted)


def covered(patterns: Iterable[str], subjects: Collection[str]) -> list[str]:
    """Those of the subjects that one of the patterns covers, in their order."""
    patterns = tuple(patterns)
    exact = {pattern for pattern in patterns if not is_pattern(pattern)}
    wide = [pattern for pattern in patterns if is_pattern(pattern)]
    return [each for each in subjects if each in exact or any(covers(pattern, each) for pattern in wide)]
