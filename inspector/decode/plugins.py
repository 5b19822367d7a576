"""Decoders of other packages: entry points of the group `eventscope.decoders`.

Each names a class without arguments or an object that is an `inspector.decode.base.Decoder`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from msgspec import Struct

from inspector.decode.base import Decoder

GROUP = "eventscope.decoders"


class Plugins(Struct, frozen=True):
    """The decoders that could be loaded, and what is wrong with the others."""

    decoders: tuple[Decoder, ...] = ()
    faults: tuple[str, ...] = ()
    """Sentences, each with the name of a plug-in."""


NO_PLUGINS = Plugins()


def installed() -> Plugins:
    """Those of all packages that are installed; a faulty one is left out."""
    return loaded(entry_points(group=GROUP))


def loaded(points: Iterable[EntryPoint]) -> Plugins:
    """The decoders behind entry points, by their names."""
    decoders: list[Decoder] = []
    faults: list[str] = []
    for point in sorted(points, key=lambda point: point.name):
        try:
            found = point.load()
            made = found() if isinstance(found, type) else found
            if not (isinstance(made.name, str) and made.name and callable(made.decode)):
                raise TypeError("it has no name and decode")  # noqa: TRY301 - told like what it raises itself
            decoders.append(made)
        except Exception as error:  # noqa: BLE001 - whatever a foreign package does, the others are of use
            faults.append(f"The decoder {point.name} ({point.value}) is left out: {error!r}.")
    return Plugins(tuple(decoders), tuple(faults))
