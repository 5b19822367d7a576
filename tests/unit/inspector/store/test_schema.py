from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.errors import CaptureError
from inspector.record import Record
from inspector.store import schema
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

Make = Callable[..., tuple[Record, Traits]]


def refusal(path: Path) -> str:
    with pytest.raises(CaptureError) as refused:
        CaptureReader(path)
    message = str(refused.value)
    assert message.startswith(("There is no", str(path)))
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_a_missing_file(path: Path) -> None:
    assert "There is no file" in refusal(path)
    assert not path.exists()


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_an_empty_file(path: Path) -> None:
    path.touch()
    assert "is empty: nothing was recorded" in refusal(path)


@pytest.mark.parametrize("content", [b"x", b"PK\3\4" + b"zip" * 99, b"SQLite format 3\0" + b"\xff" * 3000])
def test_something_else(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refusal(path)
    with pytest.raises(CaptureError):
        CaptureWriter.open(path)
    assert path.read_bytes() == content


def test_another_program_s_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmark (url TEXT)")
    connection.close()
    before = path.read_bytes()
    assert "is not an Eventscope capture" in refusal(path)
    with pytest.raises(CaptureError, match="is not an Eventscope capture"):
        CaptureWriter.open(path)
    assert path.read_bytes() == before


def pragma(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_newer_format_is_refused_and_a_newer_minor_one_is_not(path: Path) -> None:
    CaptureWriter.open(path).close()
    pragma(path, f"PRAGMA user_version = {schema.MAJOR << 16 | 99}")
    CaptureReader(path).close()
    pragma(path, f"PRAGMA user_version = {(schema.MAJOR + 1) << 16}")
    assert "newer Eventscope (format 3, and this one reads up to 2). Update" in refusal(path)
    with pytest.raises(CaptureError, match="newer Eventscope"):
        CaptureWriter.open(path)


def test_an_early_format_is_refused(path: Path) -> None:
    CaptureWriter.open(path).close()
    pragma(path, f"PRAGMA user_version = {1 << 16}")
    assert "was written by an early Eventscope (format 1)" in refusal(path)


def test_a_capture_without_its_tables(path: Path) -> None:
    CaptureWriter.open(path).close()
    pragma(path, "DROP TABLE block")
    assert (
        "is damaged (a table is missing). See what is left of it with eventscope capture repair."
        in refusal(path)
    )


@pytest.mark.parametrize("share", [0.001, 0.02, 0.3, 0.6, 0.95])
def test_a_truncated_capture_gives_what_can_be_read_or_a_sentence(
    path: Path, pair: Make, share: float
) -> None:
    writer = CaptureWriter.open(path)
    for start in range(0, 3000, 300):
        pairs = [pair(i, value=os.urandom(900)) for i in range(start, start + 300)]
        writer.add([record for record, _ in pairs], [traits for _, traits in pairs])
        writer.flush()
    writer.close()
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    try:
        reader = CaptureReader(path)
    except CaptureError:
        assert "damaged" in refusal(path)
        return
    assert reader.damaged
    assert reader.end_row
    for row in range(0, reader.end_row, 100):
        with contextlib.suppress(CaptureError):
            assert reader.record(row).position.offset == row
    reader.close()


def test_a_place_that_cannot_be_written_or_read(tmp_path: Path) -> None:
    # Root may write everywhere, so a folder that is a file stands for a folder without permission.
    (tmp_path / "file").write_text("")
    inside = tmp_path / "file" / "shop.evs"
    with pytest.raises(CaptureError, match="There is no folder"):
        CaptureWriter.open(inside)
    with pytest.raises(CaptureError, match="cannot be read"):
        CaptureReader(inside)


NO_PERMISSION = """
import os, sys
from inspector.errors import CaptureError
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter

if os.geteuid() == 0:  # root may read and write everything, so go on as nobody
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for open_it in (CaptureReader, CaptureWriter.open):
    try:
        open_it(sys.argv[1])
    except CaptureError as refusal:
        print(refusal)
"""


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="this system has no users to change to")
def test_no_permission() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        os.chmod(folder, 0o755)
        path = Path(folder) / "shop.evs"
        CaptureWriter.open(path).close()
        path.chmod(0)
        root = Path(__file__).resolve().parents[4]
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                f"import sys; sys.path.insert(0, {str(root)!r})\n{NO_PERMISSION}",
                str(path),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    reading, writing = done.stdout.splitlines()
    assert "cannot be read (Permission denied)" in reading
    assert "cannot be opened" in writing
