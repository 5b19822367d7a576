"""Documents changed at a place: what lies elsewhere is shared with the document that it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inspector.encode.misfit import Misfit, Steps
from inspector.search.paths import Path

NOTHING: Any = object()
"""In place of a value: there is none, or there is to be none."""
Change = Callable[[Any, Steps], Any]
"""What a value becomes by what it was and where it stands; `NOTHING` for a field that is not there yet, or
that is taken away."""


def changed(document: Any, path: Path, change: Change, *, lenient: bool = False) -> Any:
    """The document with another value at a path; None in a path is every element of a list.

    Raises `Misfit` where the path leads nowhere, unless `lenient`: then nothing changes there.
    """
    return _changed(document, path, change, lenient, ())


def _changed(value: Any, path: Path, change: Change, lenient: bool, steps: Steps) -> Any:
    if not path:
        return change(value, steps)
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and isinstance(step, str):
        key = _key(value, step)
        if key is NOTHING:
            if rest and not lenient:
                raise Misfit("there is no such field", (*steps, step))
            made = NOTHING if rest else change(NOTHING, (*steps, step))
            return value if made is NOTHING else {**value, step: made}
        made = _changed(value[key], rest, change, lenient, (*steps, step))
        if made is NOTHING:
            return {name: item for name, item in value.items() if name is not key}
        return value if made is value[key] else {**value, key: made}
    if isinstance(value, list) and not isinstance(step, str):
        places = range(len(value)) if step is None else [step + len(value) * (step < 0)]
        if step is None or 0 <= places[0] < len(value):
            made = list(value)
            for place in places:
                made[place] = _changed(value[place], rest, change, lenient, (*steps, place))
            if all(one is other for one, other in zip(made, value, strict=True)):
                return value
            return [item for item in made if item is not NOTHING]
    if lenient:
        return value
    where = (*steps, "[*]" if step is None else step)
    raise Misfit("there is no such field" if isinstance(step, str) else "there is no such element", where)


def _key(value: dict[Any, Any], step: str) -> Any:
    """The name as the document has it: in some formats names are numbers."""
    if step in value:
        return step
    return next((key for key in value if not isinstance(key, str) and str(key) == step), NOTHING)
