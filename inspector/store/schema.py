"""What a capture file `*.evs` is: one SQLite file of compressed blocks, and how one is told from others."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from inspector.errors import CaptureError

APPLICATION_ID = 0x45565343
"""`EVSC` in the header of the SQLite file: how `file` and everybody else tells a capture."""
MAJOR = 2
"""Raised when an older version could no longer read the file."""
MINOR = 0
"""Raised when something is added that an older version may pass over."""
PAGE_SIZE = 16384

TABLES = """
CREATE TABLE term (
    kind TEXT NOT NULL,       -- channel, sender, type, convention, codec or shape
    number INTEGER NOT NULL,  -- what columns hold
    data BLOB NOT NULL,       -- msgpack
    PRIMARY KEY (kind, number)
) WITHOUT ROWID;
CREATE TABLE block (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again: a reader looks for greater ids
    first_row INTEGER NOT NULL UNIQUE,
    count INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,  -- the least and the greatest timestamp
    last_ns INTEGER NOT NULL
);
CREATE TABLE part (
    id INTEGER PRIMARY KEY,   -- that of its block times 4096, and its kind: inspector/store/block.py
    data BLOB NOT NULL
);
CREATE TABLE graph (
    id INTEGER PRIMARY KEY,
    at_ns INTEGER NOT NULL,
    whole INTEGER NOT NULL,   -- 1: a delta from nothing, so that reading can begin here
    data BLOB NOT NULL
);
CREATE INDEX graph_whole ON graph (at_ns) WHERE whole = 1;
CREATE TABLE loop (
    id INTEGER PRIMARY KEY,
    at_ns INTEGER NOT NULL,
    turn INTEGER NOT NULL,    -- 1: a loop has begun, ended or changed its status since the row before
    data BLOB NOT NULL        -- inspector/store/courses.py
);
CREATE TABLE covered (
    channel INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    first INTEGER NOT NULL,   -- offsets from here to before `end` were looked at
    end INTEGER NOT NULL,
    level TEXT NOT NULL,
    PRIMARY KEY (channel, partition, first)
) WITHOUT ROWID;
CREATE TABLE missed (
    channel INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    PRIMARY KEY (channel, partition, reason)
) WITHOUT ROWID;
CREATE TABLE aborted (
    id INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    producer_id INTEGER NOT NULL,
    first INTEGER NOT NULL,   -- transactional records from here to before `end` were aborted
    end INTEGER NOT NULL
);
"""


def create(path: Path) -> sqlite3.Connection:
    """A connection that writes to `path`: a new capture, or an existing one to go on with."""
    try:
        there = path.exists() and path.stat().st_size > 0
    except OSError as error:
        raise cannot_write(path, error) from error
    connection = _connect(path, "rw" if there else "rwc")
    if there:
        try:
            check(connection, path)
        except CaptureError as refused:
            if isinstance(refused.__cause__, sqlite3.OperationalError):
                raise cannot_write(path, refused.__cause__) from refused
            raise
    try:
        if not _version(connection)[0]:
            # In one transaction, so that a reader never sees half a file.
            connection.executescript(
                f"PRAGMA page_size = {PAGE_SIZE}; BEGIN; PRAGMA application_id = {APPLICATION_ID};"
                f"PRAGMA user_version = {MAJOR << 16 | MINOR}; {TABLES} COMMIT;"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 256")
        connection.execute("PRAGMA journal_size_limit = 0")
    except sqlite3.Error as error:
        connection.close()
        raise cannot_write(path, error) from error
    return connection


def open_readonly(path: Path) -> sqlite3.Connection:
    """A connection that only reads `path`, which must be a capture."""
    _check_file(path)
    connection = _connect(path, "ro")
    try:
        check(connection, path)
    except CaptureError as refused:
        connection.close()
        if not isinstance(refused.__cause__, sqlite3.OperationalError):
            raise
        # A closed capture on a read-only medium: SQLite cannot make the files that it shares with a writer.
        connection = _connect(path, "ro&immutable=1")
        check(connection, path)
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself rolls back when the disk is full
            connection.execute("ROLLBACK")
        raise


def close(connection: sqlite3.Connection) -> None:
    """Close what was written to, so that it is one file again."""
    # A reader may keep the log in use; it is read all the same.
    with contextlib.suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise CaptureError, and close, when the file is not a capture that this version can read."""
    try:
        application, major = _version(connection)
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    except sqlite3.Error as error:
        connection.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise foreign(path) from error
        raise damaged(path, error) from error
    refused = None
    if application != APPLICATION_ID:
        refused = foreign(path)
    elif major > MAJOR:
        refused = CaptureError(
            f"{path} was written by a newer Eventscope (format {major}, and this one reads up to {MAJOR}).",
            "Update Eventscope to open it.",
        )
    elif major < MAJOR:
        refused = CaptureError(
            f"{path} was written by an early Eventscope (format {major}), which this one cannot read.",
            "Record again.",
        )
    elif not {"term", "block", "part", "graph"} <= tables:
        refused = damaged(path, "a table is missing")
    if refused:
        connection.close()
        raise refused


def foreign(path: Path) -> CaptureError:
    """It is some other file."""
    return CaptureError(
        f"{path} is not an Eventscope capture.", "Choose a file that Eventscope recorded (*.evs)."
    )


def damaged(path: Path, cause: object) -> CaptureError:
    """It is a capture of which nothing can be read; with a cause of the system's, not now."""
    if isinstance(cause, sqlite3.OperationalError):
        return CaptureError(f"{path} cannot be read ({cause}).", "Check the disk, and open it again.")
    return CaptureError(
        f"{path} is damaged ({cause}).", "See what is left of it with eventscope capture repair."
    )


def cannot_write(path: Path, error: sqlite3.Error | OSError) -> CaptureError:
    """Writing stopped, with what to do for the causes that people meet."""
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return CaptureError(
            f"The disk that holds {path} is full, so new records are not stored.",
            "Free some space, and storing goes on by itself.",
        )
    if isinstance(error, sqlite3.IntegrityError):
        return CaptureError(f"Another program writes to {path}.", "Record into another file.")
    if code == sqlite3.SQLITE_NOTADB:
        return foreign(path)
    return CaptureError(
        f"{path} cannot be written ({getattr(error, 'strerror', None) or error}).",
        "Check that the disk is there and that you may write to it.",
    )


def _version(connection: sqlite3.Connection) -> tuple[int, int]:
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return application, version >> 16


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=5.0,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        parent = path.absolute().parent
        if not parent.is_dir():
            raise CaptureError(
                f"There is no folder {parent}.", "Choose another place for the capture."
            ) from error
        raise CaptureError(
            f"{path} cannot be opened ({error}).", "Check that you may read and write there."
        ) from error


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise CaptureError(f"{path} is a folder.", "Choose a capture file (*.evs) in it.")
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError as error:
        raise CaptureError(f"There is no file {path}.", "Check the path.") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CaptureError(f"{path} cannot be read ({reason}).", "Check that you may read it.") from error
    if not head:
        raise CaptureError(
            f"{path} is empty: nothing was recorded into it.", "Choose another file, or record again."
        )
    if head != b"SQLite format 3\0":
        raise foreign(path)
