"""Where everything stands in the pictures, kept beside them: they show how it is drawn, not arranged."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import msgspec

from graph.identity import Place

Places = dict[Place, tuple[int, int]]
FILE = Path(__file__).with_name("places.json.gz")


def load() -> dict[str, Places]:
    """The places in every picture that was kept, by its name."""
    rows = msgspec.json.decode(
        gzip.decompress(FILE.read_bytes()), type=dict[str, list[tuple[Place, tuple[int, int]]]]
    )
    return {name: dict(each) for name, each in rows.items()}


def save(places: Mapping[str, Places]) -> None:
    """Keep them."""
    rows = {name: sorted(each.items(), key=lambda pair: str(pair[0])) for name, each in places.items()}
    FILE.write_bytes(gzip.compress(msgspec.json.encode(dict(sorted(rows.items()))), mtime=0))
