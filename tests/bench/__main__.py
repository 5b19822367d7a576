"""`make bench`: what it measures is printed; nothing here passes or fails."""

from __future__ import annotations

import sys

import tests.bench.activemq as activemq
import tests.bench.calibration as calibration
import tests.bench.canvas as canvas
import tests.bench.chains as chains
import tests.bench.changes as changes
import tests.bench.cycles as cycles
import tests.bench.discovery_scale as discovery_scale
import tests.bench.events as events
import tests.bench.first_frame as first_frame
import tests.bench.first_graph as first_graph
import tests.bench.frames as frames
import tests.bench.gain as gain
import tests.bench.ingest as ingest
import tests.bench.kill as kill
import tests.bench.layout as layout
import tests.bench.loops as loops
import tests.bench.moments as moments
import tests.bench.mqtt as mqtt
import tests.bench.nats as nats
import tests.bench.rabbitmq as rabbitmq
import tests.bench.recall as recall
import tests.bench.replay as replay
import tests.bench.store as store
import tests.bench.view as view

SECTIONS = {
    "activemq": activemq.run,
    "calibration": calibration.run,
    "canvas": canvas.run,
    "chains": chains.run,
    "changes": changes.run,
    "cycles": cycles.run,
    "events": events.run,
    "first-frame": first_frame.run,
    "first-graph": first_graph.run,
    "frames": frames.run,
    "gain": gain.run,
    "ingest": ingest.run,
    "kill": kill.run,
    "layout": layout.run,
    "loops": loops.run,
    "moments": moments.run,
    "replay": replay.run,
    "mqtt": mqtt.run,
    "nats": nats.run,
    "rabbitmq": rabbitmq.run,
    "discovery-scale": discovery_scale.run,
    "recall": recall.run,
    "store": store.run,
    "view": view.run,
}


def main() -> None:
    """Run the named sections, or all."""
    wanted = sys.argv[1:] or list(SECTIONS)
    for name in wanted:
        if name not in SECTIONS:
            sys.exit(f"There is no section {name}. Known: {', '.join(SECTIONS)}.")
        sys.stdout.write(f"\n{name}: {(sys.modules[SECTIONS[name].__module__].__doc__ or '').strip()}\n")
        for line in SECTIONS[name]():
            sys.stdout.write(f"  {line}\n")
            sys.stdout.flush()


main()
