"""The forms in which events are taken elsewhere, each written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from inspector.errors import InspectorError
from inspector.exchange.cells import WHOLE, Cell, columns
from inspector.exchange.selection import Selection


class Form(StrEnum):
    """Forms of events; the value is what the command line calls it."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    AVRO = "avro"
    HTML = "html"
    CAPTURE = "evs"

    @property
    def words(self) -> str:
        """For a person who chooses one."""
        return {
            Form.JSONL: "JSON lines, byte for byte",
            Form.CSV: "CSV, for spreadsheets",
            Form.PARQUET: "Parquet",
            Form.AVRO: "Avro",
            Form.HTML: "Report to share (HTML)",
            Form.CAPTURE: "Eventscope capture",
        }[self]

    @property
    def text(self) -> bool:
        """Whether it can be looked at on a terminal."""
        return self in (Form.JSONL, Form.CSV, Form.HTML)


def of_file(path: Path) -> Form | None:
    """The form that a file's name ends with."""
    suffix = path.suffix.lower().removeprefix(".")
    return {"json": Form.JSONL, "ndjson": Form.JSONL, "htm": Form.HTML}.get(suffix) or (
        Form(suffix) if suffix in set(Form) else None
    )


def write(
    form: Form,
    events: Selection,
    file: BinaryIO,
    cells: Mapping[str, Cell] | None = None,
    *,
    decoded: bool = False,
    title: str = "",
) -> None:
    """Write events in a form other than that of a capture; raises InspectorError.

    Args:
        cells: the columns of CSV; all of them where it is None.
        decoded: whether lines of JSON also say what decoders make of values.
        title: what a report is headed with.
    """
    # Whoever starts a command or the window must not wait for what one form needs.
    match form:
        case Form.JSONL:
            from inspector.exchange import jsonl

            jsonl.write(events, file, decoded=decoded)
        case Form.CSV:
            from inspector.exchange import csv

            csv.write(events, file, columns(WHOLE) if cells is None else cells)
        case Form.PARQUET:
            from inspector.exchange import parquet

            parquet.write(events, file)
        case Form.AVRO:
            from inspector.exchange import avro

            avro.write(events, file)
        case Form.HTML:
            from inspector.exchange import report

            report.write(events, file, title)
        case Form.CAPTURE:
            raise ValueError("a capture is written by its path")


def save(
    form: Form,
    events: Selection,
    path: Path,
    cells: Mapping[str, Cell] | None = None,
    *,
    decoded: bool = False,
    title: str = "",
) -> None:
    """Write events into a file, which is replaced when all is done; raises InspectorError."""
    with replaced(path) as beside:
        if form is Form.CAPTURE:
            from inspector.exchange.captures import copy

            copy(events, beside)
            return
        with beside.open("wb") as file:
            write(form, events, file, cells, decoded=decoded, title=title)


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A place to write beside a file, which takes its place at the end; on an error nothing is left of it."""
    target = path.resolve()
    beside: Path | None = None
    try:
        folder = tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)
        beside = Path(folder) / target.name
        yield beside
        os.replace(beside, target)
    except OSError as failure:
        if isinstance(failure, BrokenPipeError):
            raise
        reason = failure.strerror or str(failure)
        raise InspectorError(f"{path} cannot be written: {reason}.", "Name another file.") from failure
    finally:
        if beside is not None:
            _clear(beside.parent)


def _clear(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()
