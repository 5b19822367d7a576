"""Which decoder people choose for single channels: a choice for one stands before those for many."""

from __future__ import annotations

from fnmatch import fnmatchcase
from glob import escape

from inspector.project.model import Change, ChosenDecoder, Project


def choose(project: Project, channel: str, decoder: str) -> Change:
    """Read the values of a channel, by its name, by this decoder from now on; empty for whichever fits."""
    own = escape(channel)
    others = tuple(each for each in project.decoders if each.channels != own)
    key = next((each.key for each in project.decoders if each.channels == own), "")
    mine = (ChosenDecoder(own, decoder, key),) if decoder or key else ()
    what = f"Read {channel} as {decoder}" if decoder else f"Read {channel} as its bytes say"
    return Change(what, Project(decoders=mine + others), Project(decoders=project.decoders))


def chosen(project: Project, channel: str) -> str:
    """The decoder of its values; empty where none is chosen."""
    return next((c.value for c in project.decoders if fnmatchcase(channel, c.channels) and c.value), "")
