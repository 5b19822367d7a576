"""How the target of a run was reached, kept beside its journal so that it can be gone on with: no secrets."""

from __future__ import annotations

from pathlib import Path

import msgspec

from inspector.connection import parse

NAME = "access.json"


class Access(msgspec.Struct, frozen=True):
    """What it takes to connect again, but for the password."""

    url: str
    """With login and TLS options."""
    project: str = ""
    """Path of the project file that was gone by; empty for none."""

    @classmethod
    def of(cls, url: str, project: str) -> Access:
        """Raises AddressError."""
        return cls(parse(url).written(), project)

    def save(self, folder: Path) -> None:
        """Write it into the folder of a run; raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NAME).write_bytes(msgspec.json.encode(self))

    @classmethod
    def load(cls, folder: Path) -> Access | None:
        """What was saved; None where nothing was, or it cannot be read."""
        try:
            return msgspec.json.decode((folder / NAME).read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError):
            return None
