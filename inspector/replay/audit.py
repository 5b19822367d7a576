"""Who sent what where and when: lines in a file that is only ever added to."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from inspector.replay.run import Run

NAME = "audit.jsonl"
"""Beside the folders of the runs."""


class Audit:
    """One file of JSON lines; each is on the disk before `note` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, what: str, run: Run, because: str = "") -> None:
        """Add a line about a run; keys, values and headers of records stay out of it."""
        request = run.request
        line = {
            "at": datetime.now(UTC).isoformat(),
            "who": _who(),
            "what": what,
            "run": run.id,
            "source": request.choice.source,
            "query": request.choice.query,
            "server": str(request.target.server),
            "channel": None if request.target.channel is None else request.target.channel.name,
            "ending": request.target.ending,
            "chosen": run.total,
            "sent": run.sent,
            "refused": run.refused,
            "doubtful": run.doubtful,
            "forced": request.force_reason,
            "because": because,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _who() -> str:
    """The user of this computer, as far as it tells."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
