"""What commands over events share: the project's masks, queries with their mistakes shown, quiet ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graph.model import DependencyGraph
from graph.query.error import QueryError
from graph.query.moments import Clock
from inspector.capture.masks import Masks
from inspector.errors import InspectorError
from inspector.project.file import ProjectFile

if TYPE_CHECKING:
    from inspector.search.query import RecordQuery
    from inspector.store.reader import CaptureReader

ProjectOption = Annotated[
    Path | None,
    typer.Option("--project", metavar="FILE", help="Apply the masks of this eventscope.toml."),
]


def masks_of(project: Path | None) -> Masks:
    """The masks of a project; raises InspectorError."""
    return Masks.of(() if project is None else ProjectFile.open(project).project.masks)


def asked(
    text: str, reader: CaptureReader | None, graph: DependencyGraph, masks: Masks
) -> RecordQuery | None:
    """A query, None for an empty one; raises InspectorError that shows the place of a mistake."""
    from inspector.search.query import RecordQuery

    if not text.strip():
        return None
    zone = datetime.now().astimezone().tzinfo or Clock().zone
    try:
        return RecordQuery(text, reader, graph=graph, now_ns=time.time_ns(), masks=masks, zone=zone)
    except QueryError as wrong:
        marks = " " * wrong.start + "^" * max(1, wrong.end - wrong.start)
        raise InspectorError(f"The query is wrong: {wrong.message}\n  {text}\n  {marks}") from None


@contextmanager
def until_enough(follow: bool) -> Iterator[None]:
    """Whoever reads the answer may stop at any time; Ctrl+C is how following ends."""
    try:
        yield
    except BrokenPipeError:
        # The interpreter must not complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except KeyboardInterrupt:
        if not follow:
            raise
