"""What makes searching quick, added to blocks that were written: runs of letters, and columns of JSON paths.

It is made after the blocks, when nothing waits to be written, and lies in the file beside the block it is of:
it goes where the file goes, and is deleted with its block. A capture without it is read all the same.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from inspector.store import schema
from inspector.store.block import FIELD_PARTS, FIELDS, FRAME, FRAMES, GRAM_PARTS, GRAMS, KEYS, KINDS, MIXED
from inspector.store.blocks import Parts, StoredBlock
from inspector.store.fields import fields
from inspector.store.grams import GROUPS_MOST, LONG, grams
from inspector.store.packing import Damaged, TextColumn
from inspector.store.text import odd

LEAST = FRAME
"""Records from which on a block of a capture at rest gets an index."""


def indexed(block: StoredBlock) -> dict[int, bytes]:
    """The parts of an index by kind; none for a block of too many frames. Raises Damaged."""
    if block.frames > GROUPS_MOST - 2:
        return {}
    frames = [block.frame(number) for number in range(block.frames)]
    columns = [(KEYS, _lines(block.keys())), (MIXED, _mixed(block))]
    for place in block.directory().values():
        cuts = [(place.headers[header], start) for header, start, _ in place.sources.values() if start]
        for kind in (*place.headers, *place.ids.values()):
            begins = [start for of, start in cuts if of == kind]
            columns.append((kind, _lines(block.texts(kind, place.count), begins)))
    runs, slices = grams(
        [(FRAMES + number, frame.data) for number, frame in enumerate(frames)],
        columns,
        [len(odd(frame)) > 0 for frame in frames],
        GRAM_PARTS,
    )
    paths, found = fields([value for frame in frames for value in frame.pieces()], FIELD_PARTS)
    return {GRAMS: runs, FIELDS: paths} | slices | found


def _lines(column: TextColumn, begins: Sequence[int] = ()) -> bytes:
    """Each text between line feeds, and what there is at some places of each after one more.

    So where a text begins and ends can be looked for, and likewise ids within headers.
    """
    texts = [each for each in column.different() if each]
    cut = [each[begin : begin + LONG - 1] for begin in begins for each in texts]
    return b"\n".join([b"", *texts, *cut, b""])


def _mixed(block: StoredBlock) -> bytes:
    rows = [row for rows in block.mixed().values() for row in rows]
    ids = [each.encode("utf-8", "surrogatepass") for _, *ids in rows for each in ids if each]
    return b"\n".join([b"", *(value for values, *_ in rows for value in values if value), *ids, b""])


class Indexer:
    """Adds what is missing to the blocks of a capture, the newest first, beside whoever writes there."""

    def __init__(self, path: Path, least: int = LEAST) -> None:
        """`least`: records of a block from which on it gets an index. Raises CaptureError."""
        self._path = path
        self._least = least
        self._connection = schema.create(path)
        self._left: list[tuple[int, int]] = []
        self._seen = 0

    @property
    def left(self) -> int:
        """Blocks that are known to have none yet."""
        return len(self._left)

    def step(self) -> bool:
        """Index one more block; False where none is left. Raises CaptureError."""
        try:
            self._left += self._connection.execute(
                "SELECT id, count FROM block WHERE id > ? AND count >= ? AND NOT EXISTS"
                " (SELECT 1 FROM part WHERE part.id = block.id * ? + ?) ORDER BY id",
                (self._seen, self._least, KINDS, GRAMS),
            ).fetchall()
            if not self._left:
                return False
            block, count = self._left.pop()
            self._seen = max(self._seen, block)
            with contextlib.suppress(Damaged):  # it is told when it is read
                parts = Parts(self._connection, threading.RLock())
                made = indexed(StoredBlock(parts, block, count))
                with schema.transaction(self._connection):
                    if parts.there(block):
                        self._connection.executemany(
                            "INSERT OR REPLACE INTO part VALUES (?, ?)",
                            ((block * KINDS + kind, blob) for kind, blob in sorted(made.items())),
                        )
        except sqlite3.Error as error:
            raise schema.cannot_write(self._path, error) from error
        return True

    def close(self) -> None:
        """Close the file; where nobody else has it open, it is one file again."""
        schema.close(self._connection)


def index_capture(
    path: Path,
    stop: threading.Event | None = None,
    told: Callable[[int, int], None] = lambda done, left: None,
) -> int:
    """Index the blocks of a capture at rest that have none; how many had none. Raises CaptureError.

    `told` hears after each block how many are done and left.
    """
    done = 0
    with contextlib.closing(Indexer(path)) as indexer:
        while not (stop is not None and stop.is_set()) and indexer.step():
            done += 1
            told(done, indexer.left)
    return done
