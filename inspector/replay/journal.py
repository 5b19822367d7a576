"""What was sent by replays, line by line, in a file that is only ever added to."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from inspector.record import Position
from inspector.replay.plan import ReplayPlan

State = Literal["sending", "sent", "unsure"]
"""`unsure`: the broker did not confirm, so the record may be there or not."""


class Journal:
    """An audit file of JSON lines; each is on the disk before `note` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(
        self,
        replay_id: str,
        state: State,
        plan: ReplayPlan,
        *,
        position: Position | None = None,
        error: str = "",
    ) -> None:
        """Add a line; keys, values and headers of the record stay out of it."""
        request = plan.request
        line = {
            "at": datetime.now(UTC).isoformat(),
            "replay": replay_id,
            "state": state,
            "origin": f"{request.origin_channel}/{request.origin.partition}/{request.origin.offset}",
            "target": str(request.target),
            "position": None if position is None else [position.partition, position.offset],
            "forced": request.force_reason,
            "error": error,
        }
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
