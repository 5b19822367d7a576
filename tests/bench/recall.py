"""Ten random worlds, played by real clients on a real broker: which true edges are found, and which claims at
0.6 and above are wrong. The demo shop is held to the same by `tests/end2end/test_scan.py`."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from graph.identity import Action
from graph.model import Alias, DependencyGraph
from inspector.demo.broker import KafkaBroker
from inspector.engine import Engine
from inspector.link import Connect, Report, Stop
from tests.worlds.generate import world
from tests.worlds.judge import Verdict, judge
from tests.worlds.model import World
from tests.worlds.stage import Stage

SEEDS = range(10)
PROGRAMS = 12
SECONDS = 15.0
WRONG_FROM = 0.6


def run() -> Iterator[str]:
    """A line for each world, and one for each edge that is missing or wrong, with the reason."""
    found = truth = wrong = unexplained = 0
    for seed in SEEDS:
        system = world(seed, PROGRAMS)
        graph, remembered = _watched(system)
        gone = {program.name for program in system.programs if program.retired}
        # The broker hands out ids of its own; and who went away did so only seconds ago.
        system.owners = {
            alias: each
            for alias, each in system.owners.items()
            if alias.kind not in ("producer-id", "principal")
        }
        for program in system.programs:
            program.retired = False
        verdict = judge(system, graph)
        false = [each for each in verdict.edges if not each.right and each.confidence >= WRONG_FROM]
        reasons = dict(_missing(system, verdict, graph, gone, remembered))
        yield (
            f"world {seed}: {len(verdict.found)} of {len(verdict.truth)} true edges named, "
            f"{len(reasons)} missing, {len(false)} wrong"
        )
        yield from (f"  wrong {each.confidence:.2f}: {each.what} by {each.techniques}" for each in false)
        yield from (f"  missing: {what}: {why or 'NOT EXPLAINED'}" for what, why in reasons.items())
        found, truth = found + len(verdict.found), truth + len(verdict.truth)
        wrong, unexplained = wrong + len(false), unexplained + sum(not why for why in reasons.values())
    yield f"all: {found} of {truth} true edges named, {unexplained} missing without a reason, {wrong} wrong"


def _watched(system: World) -> tuple[DependencyGraph, set[tuple[str, str]]]:
    """What was found, and the groups and topics that the broker holds commits of."""
    with tempfile.TemporaryDirectory() as folder:
        broker = KafkaBroker(Path(folder)).start()
        stage = Stage(system, broker.bootstrap)
        try:
            stage.open()
            return asyncio.run(_look(stage, broker.bootstrap)), stage.remembered()
        finally:
            stage.close()
            broker.stop()


async def _look(stage: Stage, bootstrap: str) -> DependencyGraph:
    async def deliver(_reports: list[Report]) -> None:
        return

    engine = Engine(None, deliver)
    running = asyncio.get_running_loop().create_task(engine.run())
    engine.commands.put_nowait(Connect(f"kafka://{bootstrap}"))
    await asyncio.to_thread(stage.act, SECONDS)
    engine.commands.put_nowait(Stop())
    await running
    return engine.graph


def _missing(
    system: World,
    verdict: Verdict,
    graph: DependencyGraph,
    gone: set[str],
    remembered: set[tuple[str, str]],
) -> Iterator[tuple[str, str]]:
    """Each true edge that no named application has, and why nothing could name it."""
    for name, action, where in sorted(verdict.truth - verdict.found.keys()):
        program = next(each for each in system.programs if each.name == name)
        shown = any(
            graph.applications[key.application].name is None
            for key in graph.operations
            if key.action is action and key.channel.name == where
        )
        outputs = [output for output in program.outputs if output.topic == where]
        named = any(output.headers for output in outputs)
        on_behalf = any(output.sources for output in outputs)
        shared = [alias for alias, owners in system.owners.items() if name in owners and len(owners) > 1]
        why = ""
        if action is Action.SEND and not named and not program.transactional_ids:
            nothing = "its records name those it writes for" if on_behalf else "nothing names its sender"
            why = nothing + (", which is shown unattributed" if shown else "")
        elif name in gone and not any((group.name, where) in remembered for group in program.groups):
            why = "it is gone, and its group has never committed there"
        elif shared:
            why = f"it shares {_listed(shared)} with another program"
        yield f"{name} {action.value} {where}", why


def _listed(aliases: list[Alias]) -> str:
    return ", ".join(f"{alias.kind} {alias.value}" for alias in aliases[:2])
