"""Fields by name: what a query may ask of one sort of thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from graph.query.kinds import Kind

T = TypeVar("T")

Reader = Callable[[T], Sequence[Any]]
"""The values that a thing has in a field; none where it has none."""
Readers = Callable[[str, str], "Reader[T] | None"]
"""How a field is read, by its name and what stands behind its dot; None where things of a sort lack it."""


@dataclass(frozen=True)
class Field:
    """One thing that can be asked."""

    name: str
    help: str
    kind: Kind
    example: str = ""
    """What may stand right of its name, operator included."""
    open: bool = False
    """Whether a name of the observed system stands behind a dot, such as `header.trace-id`."""


@dataclass(frozen=True)
class Vocabulary:
    """All fields that can be asked for."""

    fields: tuple[Field, ...]
    free: tuple[str, ...] = field(default=("name",))
    """The fields in which free text is looked for."""
    free_note: str = ""
    """What is to be known about that; a clause."""

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by name."""
        return {each.name: each for each in self.fields}
