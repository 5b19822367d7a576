"""Events as CSV (RFC 4180, UTF-8): null is nothing between two commas, empty text is `""`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import BinaryIO

from inspector.exchange.cells import Cell
from inspector.exchange.selection import Event

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection")."""


def write(events: Iterable[Event], file: BinaryIO, columns: Mapping[str, Cell]) -> None:
    """A line with the names of the columns, then one for each event."""
    file.write(line(columns))
    file.writelines(line(cell(event) for cell in columns.values()) for event in events)


def line(cells: Iterable[str | None]) -> bytes:
    """One line of cells, its break included."""
    return (",".join(map(quoted, cells)) + "\r\n").encode("utf-8", "backslashreplace")


def quoted(text: str | None) -> str:
    """One cell. Text that a spreadsheet would run has an apostrophe before it; numbers have none."""
    if text is None:
        return ""
    if text.startswith(FORMULAS) and not _number(text):
        text = f"'{text}"
    if text and not any(letter in text for letter in ',"\r\n') and text == text.strip():
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text[-1].isdigit()
