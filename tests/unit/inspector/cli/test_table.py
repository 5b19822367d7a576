from __future__ import annotations

from io import StringIO

from rich.console import Console

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import Application, ApplicationKind, CausalPath, Channel, DependencyGraph, Operation
from inspector.cli.table import HUBS, WAYS, print_tables

SERVER = ServerId("kafka", "h:1")
LINE = [ChannelId(SERVER, ChannelKind.TOPIC, f"c{at}") for at in range(8)]
PROGRAMS = [ApplicationId(f"p{at}") for at in range(7)]


def system() -> DependencyGraph:
    keys = [OperationId(by, Action.RECEIVE, LINE[at]) for at, by in enumerate(PROGRAMS)]
    keys += [OperationId(by, Action.SEND, LINE[at + 1]) for at, by in enumerate(PROGRAMS)]
    ways = tuple(
        CausalPath((LINE[at], PROGRAMS[at], LINE[at + 1]), (1.0,), 5000.0 - at, 0.4 if at else None, 7)
        for at in range(6)
    )
    return DependencyGraph(
        applications={by: Application(by, by.key, ApplicationKind.SERVICE) for by in PROGRAMS},
        operations={key: Operation(key, 1.0, ()) for key in keys},
        chains=ways,
    )


def printed(graph: DependencyGraph) -> list[str]:
    out = StringIO()
    print_tables(graph, Console(file=out, width=160))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def section(lines: list[str], title: str) -> list[str]:
    first = next(at for at, line in enumerate(lines) if line.startswith(title))
    return lines[first + 2 : lines.index("", first)]


def test_the_slowest_ways_come_with_what_they_waited() -> None:
    ways = section(printed(system()), "Slowest ways that records took (3 of 6)")
    assert len(ways) == WAYS
    assert ways[0].split() == ["5", "s", "not", "known", "7", "c0", "→", "p0", "→", "c1"]
    assert ways[1].split()[2:4] == ["40%", "7"]


def test_the_biggest_hubs_come_with_their_fans() -> None:
    hubs = section(printed(system()), "Biggest hubs")
    assert len(hubs) == HUBS
    assert hubs[0].split() == ["c3", "1", "1", "3", "4"]


def test_where_nothing_is_known_there_is_no_section() -> None:
    assert not [line for line in printed(DependencyGraph()) if "ways" in line or "hubs" in line]


def test_rates_are_plain_numbers() -> None:
    graph = DependencyGraph(channels={LINE[0]: Channel(LINE[0], 1300.4), LINE[1]: Channel(LINE[1], 2.345)})
    rows = section(printed(graph), "Channels")
    assert [row.split()[2] for row in rows] == ["1,300/s", "2.35/s"]
