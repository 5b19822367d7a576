"""What headers or a body say of their record, family by family made into the same few facts."""

from __future__ import annotations

from msgspec import Struct


class Said(Struct, gc=False):
    """Facts as text; None where nothing says one."""

    convention: str = ""
    """The family that names the sender, or else the most trusted one that says anything; `json` for the
    fields of a body that is no envelope."""
    source: str | None = None
    type: str | None = None
    id: str | None = None
    parent: str | None = None
    flow: str | None = None
    step: int | None = None
    hint: str | None = None
    attempt: int | None = None
    reply_to: str | None = None

    def fill(self, other: Said) -> None:
        """Take from another what is not said here."""
        self.convention = self.convention or other.convention
        self.source = self.source or other.source
        self.type = self.type or other.type
        self.id = self.id or other.id
        self.parent = self.parent or other.parent
        self.flow = self.flow or other.flow
        self.hint = self.hint or other.hint
        self.attempt = other.attempt if self.attempt is None else self.attempt
        self.reply_to = self.reply_to or other.reply_to
