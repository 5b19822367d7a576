"""1,000 topics of 6 partitions, 500 groups, 24,000 producer entries on a real Kafka: the first graph (at most
3 s), one steady round (at most 1 s and 0.5 CPU s), and what it costs when traffic grows."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspector.demo.broker import KafkaBroker
from tests.bench.crowd import fill

RATES = (1_000, 50_000)
ROOMY = {
    "log.index.size.max.bytes": "4096",
    "log.segment.bytes": "16777216",
    "log.initial.task.delay.ms": "3600000",
}
"""Properties for 6,000 partitions on a small disk."""


def run() -> Iterator[str]:
    """Fill a broker, look at it quiet and busy, and ask the same of the usual client."""
    with tempfile.TemporaryDirectory() as folder:
        broker = KafkaBroker(Path(folder), properties=ROOMY).start()
        try:
            yield from fill(broker.bootstrap)
            yield from _first(_probe("first", broker.bootstrap))
            yield from _round(_probe("round", broker.bootstrap))
            yield from _steady(broker.bootstrap)
            usual = _probe("usual", broker.bootstrap)
            yield f"the usual admin client, without producers: {_spent(usual)}"
        finally:
            broker.stop()


def _first(found: dict[str, float]) -> Iterator[str]:
    yield f"first graph {found['graph']:.2f} s after connecting"
    yield ", ".join(f"all {part} {found[part]:.2f} s" for part in ("channels", "groups", "producers"))


def _round(looks: dict[str, dict[str, float]]) -> Iterator[str]:
    for name, each in looks.items():
        yield f"{name:<14} {_spent(each)}  (median of {each['times']})"
    whole = {key: sum(each[key] for each in looks.values()) for key in ("wall_s", "cpu_s")}
    yield f"one steady round: {_spent(whole)}"


def _spent(each: dict[str, float]) -> str:
    return f"{each['wall_s']:.2f} s, {each['cpu_s']:.2f} CPU s"


def _steady(bootstrap: str) -> Iterator[str]:
    shares = {}
    for rate in (0, *RATES):
        load = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.crowd", bootstrap, str(rate), "90"], stdout=subprocess.DEVNULL
        )
        try:
            seen = _probe("steady", bootstrap)
        finally:
            load.terminate()
            load.wait(20)
        shares[rate] = seen["discovery_cpu"]
        yield (
            f"at {rate:>6,} records/s: looks {100 * seen['discovery_cpu']:.1f} % of a core, "
            f"whole engine {100 * seen['engine_cpu']:.1f} %, written {seen['written_per_s']:,.0f}/s, "
            f"read {seen['read_mb_per_s']:.2f} MB/s"
        )
    low, high = (shares[rate] for rate in RATES)
    yield f"looks at {RATES[1]:,}/s against {RATES[0]:,}/s: {100 * (high / low - 1):+.0f} %"


def _probe(part: str, bootstrap: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.discovery_probe", part, bootstrap],
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    return json.loads(done.stdout)
