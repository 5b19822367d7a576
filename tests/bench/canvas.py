"""Frames of the graph while it is panned and zoomed, painted in software at 1,600 x 1,000, beside a plain
QGraphicsView and pyqtgraph: p99 at most 16.7 ms with 10,000 nodes and 50,000 edges, 5 ms with a tenth."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

SIZES = ((1_000, 2_000), (10_000, 50_000))
PATIENCE_S = 400


def run() -> Iterator[str]:
    """All sizes, each in processes of its own."""
    for nodes, edges in SIZES:
        yield f"{nodes:,} nodes, {edges:,} edges; ms as wall p50 p99 max (processor p50 p99 max)"
        own = _probe("canvas", nodes, edges)
        fine = _probe("canvas", nodes, edges, "2")
        others = {name: _probe(name, nodes, edges) for name in ("scene", "pyqtgraph")}
        for view, figures in own["views"].items():
            wall, busy, frames = figures["settle"]
            yield (
                f"  {view:<5} {figures['nodes']:6,} nodes, {figures['dots']:5,} dots, "
                f"{figures['mode'].lower()}; settled after {wall} ms ({busy}) in {frames} frames; "
                f"picked in p99 {figures['pick'][1]} ms"
            )
            for kind in ("pan", "zoom"):
                mine = figures[kind]
                yield f"    {kind:<5} {_told(mine)}"
                twice = fine["views"][view][kind]
                yield f"          at two pixels a px {_told(twice)}, {_ratio(twice, mine):.2f} times as long"
                for name, other in others.items():
                    theirs = other["views"][view][kind]
                    yield f"          {name:<9} {_told(theirs)}, {_ratio(theirs, mine):.1f} times as long"
        yield f"  memory {own['memory']} MB, of which kept pictures {own['tiles']} MB"


def _told(figures: dict[str, list[float]]) -> str:
    wall, busy = (" ".join(f"{each:.1f}" for each in figures[kind]) for kind in ("wall", "cpu"))
    return f"{wall} ({busy})"


def _ratio(one: dict[str, list[float]], other: dict[str, list[float]]) -> float:
    """By the processor time of the median frame."""
    return one["cpu"][0] / max(other["cpu"][0], 1e-3)


def _probe(what: str, nodes: int, edges: int, ratio: str = "1") -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.canvas_probe", what, str(nodes), str(edges), ratio],
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE_S,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
