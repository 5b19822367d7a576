"""What commands over events share: the project's masks, queries with their mistakes shown, quiet ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer

from graph.model import DependencyGraph
from graph.query.error import QueryError
from graph.query.moments import Clock
from inspector.errors import InspectorError
from inspector.project.file import ProjectFile
from inspector.project.model import Project

if TYPE_CHECKING:
    from inspector.decode.sight import Sight
    from inspector.search.query import RecordQuery
    from inspector.store.reader import CaptureReader

ProjectOption = Annotated[
    Path | None,
    typer.Option("--project", metavar="FILE", help="Go by the masks and decoders of this eventscope.toml."),
]


def sight_of(project: Path | None, urls: Sequence[str] = ()) -> Sight:
    """How records are seen by a project, and with the registries of servers; raises InspectorError."""
    from inspector.decode.decoding import of_project
    from inspector.decode.plugins import installed
    from inspector.decode.sight import Sight

    file = None if project is None else ProjectFile.open(project.resolve())
    decided = Project() if file is None else file.project
    folder = Path() if file is None else file.path.parent
    cache = platformdirs.user_cache_path("eventscope", appauthor=False) / "schemas"
    return Sight(decided.masks, of_project(decided, urls, folder, cache, installed()), fetching=True)


def asked(
    text: str, reader: CaptureReader | None, graph: DependencyGraph, sight: Sight
) -> RecordQuery | None:
    """A query, None for an empty one; raises InspectorError that shows the place of a mistake."""
    from inspector.search.query import RecordQuery

    if not text.strip():
        return None
    zone = datetime.now().astimezone().tzinfo or Clock().zone
    try:
        now_ns = time.time_ns()
        return RecordQuery(
            text, reader, graph=graph, now_ns=now_ns, masks=sight, zone=zone, decode=sight.value
        )
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
