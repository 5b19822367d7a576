"""What a record says of itself in the header conventions of the field, read without its body where possible."""

from __future__ import annotations

from msgspec import Struct

from graph.model import Alias


class Traits(Struct, frozen=True):
    """The facts that evidence, causal links and the event list are made from; None where not said."""

    sender: Alias | None = None
    """Who says it sent the record."""
    type: str | None = None
    """The kind of event."""
    event_id: str | None = None
    """Unique for each event of a sender; a redelivery has the same."""
    parent_id: str | None = None
    """The event id of the record that directly caused this one: proof, where it is given."""
    flow_id: str | None = None
    """Trace, conversation or correlation id that all records of one flow share."""
    origin: str | None = None
    """Exact position of the record this one was copied from, as `topic/partition/offset` (dead letters)."""
    replay_id: str | None = None
    """Set when the record was sent by a replay."""
    convention: str = ""
    """Which family of headers said so, such as `cloudevents` or `w3c`."""
