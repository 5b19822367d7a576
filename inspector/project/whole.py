"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from inspector.errors import ProjectError


def write(path: Path, text: str) -> None:
    """Put a whole new file in the place of the old one, with its permissions; raises ProjectError."""
    target = path.resolve()
    beside = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        number, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, target.stat().st_mode & 0o777 if target.exists() else 0o644)
        os.replace(beside, target)
    except OSError as failure:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise ProjectError(
            f"{path} cannot be written: {failure.strerror}.", "Save the project in another place."
        ) from failure
