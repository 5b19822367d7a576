"""Time that a recording leaves: what was written is made quick to search."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from inspector.errors import CaptureError
from inspector.store.writer import CaptureWriter

EVERY_S = 0.25
"""How often a block is indexed at most; one that takes longer is followed by as long a rest."""
LITTLE_PER_S = 10_000
"""Records a second up to which there is time for it."""
AT_END_S = 0.25
"""How long the end of a recording may wait for it, and as long as one more block takes."""


async def index_forever(writer: CaptureWriter) -> None:
    """Index what was captured while little comes, the newest first."""
    pause = EVERY_S
    while True:
        before, began = writer.written, time.monotonic()
        await asyncio.sleep(pause)
        now = time.monotonic()
        if writer.written - before <= LITTLE_PER_S * (now - began):
            with suppress(CaptureError):  # the writer tells what cannot be written
                await asyncio.to_thread(writer.index)
            pause = max(EVERY_S, time.monotonic() - now)
