"""How lists of events are looked at, in a file beside the project file: columns, their widths, queries asked.

They change with every drag of a column, so they would drown decisions in a project file's history.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from inspector.errors import ProjectError
from inspector.project import whole

SUFFIX = ".lists.json"
MOST_ASKED = 100
"""Queries that are kept."""
LARGEST = 1_000_000
"""Bytes of a file that is read."""


class ShownColumn(Struct, frozen=True):
    """A column of the list of events."""

    key: str
    """What it shows; `gui.events.columns` lists them."""
    width: int
    """In px; 0 takes what is left."""


class Habits(Struct, frozen=True):
    """All that is kept."""

    columns: tuple[ShownColumn, ...] = ()
    """From left to right; none for the usual ones."""
    asked: tuple[str, ...] = ()
    """Queries, the newest last."""


def beside(project: Path) -> Path:
    """The file of a project file: `eventscope.lists.json`."""
    return project.with_name(project.stem + SUFFIX)


def read(path: Path) -> Habits:
    """What is in a file, nothing where there is none; raises ProjectError with what is wrong with it."""
    remedy = "Delete it to begin afresh."
    try:
        if path.stat().st_size > LARGEST:
            raise ProjectError(f"{path} is too large for what it should hold.", remedy)
        return msgspec.json.decode(path.read_bytes(), type=Habits)
    except FileNotFoundError:
        return Habits()
    except OSError as failure:
        raise ProjectError(f"{path} cannot be read: {failure.strerror}.") from failure
    except (msgspec.MsgspecError, UnicodeDecodeError) as damage:
        raise ProjectError(f"{path.name} does not hold columns and queries: {damage}.", remedy) from damage


def write(path: Path, habits: Habits) -> None:
    """Write a file anew; raises ProjectError where it cannot be written."""
    kept = Habits(habits.columns, habits.asked[-MOST_ASKED:])
    whole.write(path, msgspec.json.format(msgspec.json.encode(kept), indent=1).decode() + "\n")
