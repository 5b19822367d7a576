from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from graph.identity import (
    Action,
    ApplicationId,
    BundleId,
    ChannelId,
    ChannelKind,
    GroupId,
    OperationId,
    Place,
    ServerId,
)
from graph.layout.layout import Point
from graph.model import Alias, Application, ApplicationKind, Channel, DependencyGraph, Operation
from graph.view.settings import Grouping, ViewSettings
from graph.view.shown import Shown, shown
from gui import theme
from gui.canvas.arranging.arranger import Arranger
from gui.canvas.scene.sizes import Sizes

SERVER = ServerId("kafka", "127.0.0.1:9092")
CARD = 40.0


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def graph_of(
    words: Iterable[str], feedback: Iterable[str] = (), aliases: Mapping[str, tuple[str, ...]] | None = None
) -> DependencyGraph:
    """A graph of `app > channel` (sends) and `app < channel` (receives)."""

    def edge(word: str) -> OperationId:
        name, sign, topic = word.split()
        return OperationId(
            ApplicationId(name), Action.SEND if sign == ">" else Action.RECEIVE, channel(topic)
        )

    edges = [edge(word) for word in words]
    names = {each.application: (aliases or {}).get(each.application.key, ()) for each in edges}
    return DependencyGraph(
        applications={
            key: Application(
                key, key.key, ApplicationKind.SERVICE, tuple(Alias("group", name) for name in own)
            )
            for key, own in names.items()
        },
        channels={each.channel: Channel(each.channel) for each in edges},
        operations={each: Operation(each, 0.95, ()) for each in edges},
        feedback=frozenset(edge(word) for word in feedback),
    )


def chain(length: int, extra: Iterable[str] = ()) -> DependencyGraph:
    words = [f"a{n} > c{n}" for n in range(length)] + [f"a{n + 1} < c{n}" for n in range(length - 1)]
    return graph_of([*words, *extra])


def view(graph: DependencyGraph, settings: ViewSettings | None = None, before: Shown | None = None) -> Shown:
    return shown(graph, settings or ViewSettings(), 0, before=before)


def collapsed(*names: str) -> ViewSettings:
    return ViewSettings(grouping=Grouping("prefix", collapsed=False, others=names))


@pytest.fixture
def sizes(qapp: object) -> Sizes:
    return Sizes(theme.light())


@pytest.fixture
def arranger(qapp: object) -> Iterator[Arranger]:
    made = Arranger()
    yield made
    made.close()


def told(arranger: Arranger) -> list[bool]:
    heard: list[bool] = []
    arranger.arranged.connect(heard.append)
    return heard


def overlapping(places: dict[Place, Point]) -> list[tuple[Place, Place]]:
    rows = list(places.items())
    return [
        (a, b)
        for at, (a, one) in enumerate(rows)
        for b, other in rows[at + 1 :]
        if abs(one[0] - other[0]) < 54 and abs(one[1] - other[1]) < 22
    ]


SHOP = ["shop > orders", "billing < orders", "billing > invoices", "mailer < invoices"]


def test_a_small_graph_has_its_places_at_once_and_figures_move_nothing(
    arranger: Arranger, sizes: Sizes
) -> None:
    heard = told(arranger)
    graph = graph_of(SHOP)
    first = view(graph)
    arranger.arrange(first, sizes)
    places = dict(arranger.visible)
    assert places.keys() == set(first.places)
    assert places[channel("orders")][0] < places[channel("invoices")][0]
    louder = dataclasses.replace(graph, channels={key: Channel(key, 9.0) for key in graph.channels})
    arranger.arrange(view(louder, before=first), sizes)
    assert arranger.visible == places
    assert heard == [False, False]
    assert not arranger.busy


def test_what_comes_stands_beside_and_what_is_hidden_keeps_its_place(
    arranger: Arranger, sizes: Sizes
) -> None:
    graph = graph_of(SHOP)
    arranger.arrange(view(graph), sizes)
    before = dict(arranger.visible)
    # Nothing stands where something hidden comes back to.
    hidden = ViewSettings(hide="app:mailer")
    more = graph_of([*SHOP, "audit < invoices", "report < invoices"])
    arranger.arrange(view(more, hidden), sizes)
    assert ApplicationId("mailer") not in arranger.visible
    arranger.arrange(view(more), sizes)
    assert before.items() <= dict(arranger.visible).items()
    assert overlapping(dict(arranger.visible)) == []


def test_a_merged_application_stands_where_one_stood_that_it_was_made_of(
    arranger: Arranger, sizes: Sizes
) -> None:
    names = {"?42": ("payer",), "pay-group": ("pay-group",)}
    arranger.arrange(view(graph_of([*SHOP, "?42 > orders", "pay-group < invoices"], aliases=names)), sizes)
    arranger.pin(ApplicationId("pay-group"), (900.0, 77.0))
    before = dict(arranger.visible)
    after = graph_of(
        [*SHOP, "payment > orders", "payment < invoices"], aliases={"payment": ("pay-group", "payer")}
    )
    arranger.arrange(view(after), sizes)
    merged = arranger.visible[ApplicationId("payment")]
    assert merged in (before[ApplicationId("?42")], (900.0, 77.0))
    assert {ApplicationId("payment"), ApplicationId("pay-group")} & arranger.pinned
    assert all(arranger.visible[place] == before[place] for place in before.keys() & arranger.visible.keys())


def test_what_was_put_by_hand_stays_in_a_tidied_picture_until_it_is_let_go(
    arranger: Arranger, sizes: Sizes
) -> None:
    now = view(graph_of(SHOP))
    arranger.arrange(now, sizes)
    neat = dict(arranger.visible)
    arranger.pin(channel("orders"), (500.0, 400.0))
    assert arranger.visible[channel("orders")] == (500.0, 400.0)
    assert arranger.pinned == {channel("orders")}
    arranger.tidy(now, sizes)
    assert arranger.visible[channel("orders")] == (500.0, 400.0)
    arranger.unpin(channel("orders"))
    arranger.tidy(now, sizes)
    assert arranger.visible == neat


def test_places_of_a_project_are_taken_over_and_nothing_moves_unasked(
    arranger: Arranger, sizes: Sizes
) -> None:
    places: dict[Place, Point] = {ApplicationId("shop"): (10.0, 20.0), channel("orders"): (300.0, 40.0)}
    arranger.restore(places, pinned=[channel("orders")])
    arranger.arrange(view(graph_of([*SHOP, "mailer > orders"], feedback=["mailer > orders"])), sizes)
    assert places.items() <= dict(arranger.visible).items()
    assert len(arranger.visible) == 5
    assert arranger.pinned == {channel("orders")}


def test_a_circle_that_is_new_is_drawn_as_one_while_nobody_has_touched_the_picture(
    arranger: Arranger, sizes: Sizes
) -> None:
    heard = told(arranger)
    arranger.arrange(view(graph_of(SHOP)), sizes)
    looped = [*SHOP, "mailer > replies", "billing < replies"]
    arranger.arrange(view(graph_of(looped, feedback=["billing < replies"])), sizes)
    assert heard == [False, True]
    at = arranger.visible
    assert at[channel("replies")][0] == at[channel("invoices")][0]


GROUPED = [
    *(f"pay.a{n} > pay.c{n}" for n in range(3)),
    *(f"sink{n} < pay.c{n}" for n in range(3)),
    "shop > orders",
    "sink0 < orders",
]


def test_a_group_stands_amid_its_members_and_these_come_back_to_where_they_stood(
    arranger: Arranger, sizes: Sizes
) -> None:
    graph = graph_of(GROUPED)
    arranger.arrange(view(graph), sizes)
    apart = dict(arranger.visible)
    now = view(graph, collapsed("pay"))
    group = GroupId("prefix", "pay")
    assert group in now.places
    assert any(isinstance(line, BundleId) for line in now.lines)
    arranger.arrange(now, sizes)
    members = [apart[node] for node in now.members[group]]
    middle = sum(x for x, _ in members) / len(members), sum(y for _, y in members) / len(members)
    at = arranger.visible[group]
    assert abs(at[0] - middle[0]) < 200
    assert abs(at[1] - middle[1]) < 200
    assert all(arranger.visible[place] == apart[place] for place in arranger.visible if place != group)
    arranger.arrange(view(graph), sizes)
    assert arranger.visible == apart


def test_members_without_places_stand_by_their_group(arranger: Arranger, sizes: Sizes) -> None:
    graph = graph_of(GROUPED)
    now = view(graph, collapsed("pay"))
    arranger.arrange(now, sizes)
    arranger.pin(GroupId("prefix", "pay"), (2_000.0, 1_500.0))
    arranger.arrange(view(graph), sizes)
    for node in now.members[GroupId("prefix", "pay")]:
        x, y = arranger.visible[node]
        assert abs(x - 2_000) < 500
        assert abs(y - 1_500) < 500
    assert overlapping(dict(arranger.visible)) == []


def test_a_hidden_place_may_be_given_away_by_a_fresh_layout(arranger: Arranger, sizes: Sizes) -> None:
    graph = graph_of([*SHOP, *(f"extra{n} < orders" for n in range(4))])
    arranger.arrange(view(graph), sizes)
    part = view(graph, ViewSettings(hide="app:extra0 or app:extra1 or app:extra2 or app:extra3"))
    assert len(part.places) < 9
    arranger.tidy(part, sizes)
    tidied = dict(arranger.visible)
    arranger.arrange(view(graph), sizes)
    assert tidied.items() <= dict(arranger.visible).items()
    assert overlapping(dict(arranger.visible)) == []


def test_a_picture_that_has_grown_much_offers_to_be_tidied(arranger: Arranger, sizes: Sizes) -> None:
    grown = view(graph_of([*SHOP, *(f"new{n} < orders" for n in range(3))]))
    arranger.arrange(view(graph_of(SHOP)), sizes)
    drifted = [arranger.drifted]
    arranger.touched = True
    arranger.arrange(grown, sizes)
    drifted.append(arranger.drifted)
    arranger.tidy(grown, sizes)
    drifted.append(arranger.drifted)
    assert drifted == [False, True, False]


def test_a_large_graph_is_arranged_elsewhere_and_what_comes_meanwhile_finds_room(
    arranger: Arranger, sizes: Sizes, qtbot: QtBot
) -> None:
    heard = told(arranger)
    arranger.arrange(view(chain(60)), sizes)
    assert (arranger.progress, arranger.sentence, heard) == (
        0.0,
        "Arranging 120 applications and channels.",
        [],
    )
    arranger.arrange(view(chain(60, ["late > c3"])), sizes)
    assert heard == [False]
    qtbot.waitUntil(lambda: len(heard) == 2, timeout=20_000)
    assert (arranger.progress, arranger.sentence) == (None, "")
    assert len(arranger.visible) == 121
    assert arranger.visible[ApplicationId("a0")][0] < arranger.visible[channel("c59")][0]
    assert overlapping(dict(arranger.visible)) == []
    # The process is kept for the next one, which a newer one replaces.
    first = arranger.process
    assert first is not None
    arranger.tidy(view(chain(60)), sizes)
    arranger.tidy(view(chain(50)), sizes)
    qtbot.waitUntil(lambda: not arranger.busy, timeout=20_000)
    assert len(arranger.visible) == 100
    assert heard[-1]
    assert arranger.process == first


def test_a_layout_can_be_stopped_and_begun_again(arranger: Arranger, sizes: Sizes, qtbot: QtBot) -> None:
    now = view(chain(60))
    arranger.arrange(now, sizes)
    arranger.cancel()
    assert arranger.sentence == "Arranging was stopped. Choose Tidy to begin again."
    assert arranger.visible == {}
    arranger.tidy(now, sizes)
    qtbot.waitUntil(lambda: not arranger.busy, timeout=20_000)
    assert len(arranger.visible) == 120
    before = dict(arranger.visible)
    arranger.tidy(now, sizes)
    arranger.cancel()
    assert arranger.visible == before
    assert arranger.sentence == ""


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process by its id")
def test_a_process_that_dies_leaves_its_work_to_a_thread(
    arranger: Arranger, sizes: Sizes, qtbot: QtBot
) -> None:
    arranger.arrange(view(chain(60)), sizes)
    qtbot.waitUntil(lambda: not arranger.busy, timeout=20_000)
    assert arranger.process is not None
    arranger.tidy(view(chain(70)), sizes)
    qtbot.waitUntil(lambda: arranger.progress is not None, timeout=20_000)
    os.kill(arranger.process, signal.SIGKILL)
    qtbot.waitUntil(lambda: not arranger.busy, timeout=20_000)
    assert len(arranger.visible) == 140


OWNER = """
import os, sys
from PySide6.QtCore import QCoreApplication, QTimer
from graph.layout.layout import LayoutRequest, prepared
from gui.canvas.arranging.layout_host import LayoutHost
app = QCoreApplication([])
host = LayoutHost()
work = prepared(LayoutRequest((), ()))
while True:
    try:
        next(work)
    except StopIteration as done:
        host.ask(done.value[1])
        break
host.found.connect(lambda points, depth: print(host.pid, flush=True))
app.exec()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="looks for a process by its id")
def test_the_process_ends_with_its_owner_however_that_dies(tmp_path: Path) -> None:
    program = tmp_path / "owner.py"
    program.write_text(OWNER)
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root, "QT_QPA_PLATFORM": "offscreen"},
    ) as owner:
        assert owner.stdout is not None
        child = int(owner.stdout.readline())
        owner.kill()
    for _ in range(200):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        # Whoever adopts it may leave it as a corpse.
        state = Path(f"/proc/{child}/stat")
        if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.05)
    pytest.fail("the process outlived its owner")
