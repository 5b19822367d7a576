"""Trails of events as text that is indented by cause, or as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

import orjson

from graph.names import plain
from inspector.decode.sight import Sight
from inspector.exchange.selection import SeenCapture
from inspector.exchange.times import written
from inspector.store.reader import CaptureReader
from inspector.trails.document import document
from inspector.trails.follow import follow
from inspector.trails.trail import Step, Trail


class Trails:
    """Writes the trail of each event."""

    def __init__(self, file: BinaryIO, reader: CaptureReader, sight: Sight, *, lines: bool) -> None:
        self._file, self._lines = file, lines
        self._capture: Any = SeenCapture(reader, sight) if sight.any else reader
        self._graph = reader.graph()

    def put_rows(self, rows: Iterable[int]) -> None:
        """Write the trails of some more rows; those that cannot be read have none."""
        for row in rows:
            trail = follow(self._capture, self._graph, row)
            if trail is None:
                continue
            if self._lines:
                self._file.write(orjson.dumps(document(trail), option=orjson.OPT_APPEND_NEWLINE))
            else:
                self._file.write(self._text(trail).encode("utf-8", "replace"))
            self._file.flush()

    def _text(self, trail: Trail) -> str:
        lines = [self._line(step, step.row == trail.start) for step in trail.steps]
        if trail.more:
            lines.append(f"{trail.more:,} more records are linked to these.")
        return "\n".join(lines) + "\n\n"

    def _line(self, step: Step, asked: bool) -> str:
        since = "" if step.latency_ns is None else f"+{step.latency_ns / 1e6:,.1f} ms  "
        who = step.application or (step.possible[0] if len(step.possible) == 1 else None)
        parts = [
            f"{'→' if asked else ' '} {written(step.time_ns)}  {'  ' * step.depth}{since}{step.channel.name}",
            str(step.position),
            step.type or "",
            "" if who is None else f"from {plain(who)}",
            f"({step.ground})" if step.ground is not None else "",
            f"cause missing: {step.missing.why}" if step.missing is not None else "",
        ]
        line = "  ".join(part for part in parts if part)
        return "".join(each if each.isprintable() else " " for each in line)
