"""Where everything stands in the picture, in a file of its own beside the project file.

Places change with every drag, so they would drown decisions in a project file's history. One line a place,
in order, so that two versions can be compared and merged.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NamedTuple

import msgspec

from inspector.errors import ProjectError
from inspector.project import whole

SUFFIX = ".places.json"
MOST = 50_000
"""Places that are kept; of more, those of this picture."""
LARGEST = 16_000_000
"""Bytes of a file that is read."""


class Place(NamedTuple):
    """The middle of a node in px, y downwards, and whether a person put it there."""

    x: float
    y: float
    pinned: bool = False


Places = dict[str, Place]
"""By the text form of an id."""


def beside(project: Path) -> Path:
    """The file of places of a project file: `eventscope.places.json`."""
    return project.with_name(project.stem + SUFFIX)


def read(path: Path) -> Places:
    """The places in a file, none where there is no file; raises ProjectError with what is wrong with it."""
    try:
        if path.stat().st_size > LARGEST:
            raise ProjectError(f"{path} is too large for a file of places.", "Delete it to begin afresh.")
        found = msgspec.json.decode(path.read_bytes(), type=Places)
    except FileNotFoundError:
        return {}
    except OSError as failure:
        raise ProjectError(f"{path} cannot be read: {failure.strerror}.") from failure
    except (msgspec.MsgspecError, UnicodeDecodeError) as damage:
        raise ProjectError(
            f"{path.name} does not hold places: {damage}.", "Mend it, or delete it to begin afresh."
        ) from damage
    return {key: place for key, place in found.items() if math.isfinite(place.x) and math.isfinite(place.y)}


def write(path: Path, places: Places) -> None:
    """Add places to those of a file; raises ProjectError where it cannot be written, or holds something else.

    Places of what is not in this picture are kept, as a project is looked at through many pictures.
    """
    rounded = {key: Place(round(at.x, 1), round(at.y, 1), at.pinned) for key, at in places.items()}
    kept = read(path)
    if rounded.items() <= kept.items():
        return
    merged = {**kept, **rounded}
    chosen = merged if len(merged) <= MOST else rounded
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(chosen[key])}" for key in sorted(chosen))
    whole.write(path, f"{{\n{lines}\n}}\n")
