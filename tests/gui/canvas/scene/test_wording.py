from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as changed

import pytest
from msgspec.structs import replace

from graph.identity import Action, ApplicationId, LoopId, NodeId, OperationId
from graph.model import Application, ApplicationKind, DependencyGraph, LoopStatus
from graph.view.settings import LabelKind
from gui.canvas.scene import wording


@pytest.mark.parametrize(
    ("per_s", "text"),
    [
        (None, ""),
        (0.0, "0/s"),
        (0.01, "<0.1/s"),
        (0.2, "0.2/s"),
        (4.0, "4/s"),
        (9.96, "10/s"),
        (96.4, "96/s"),
        (999.6, "1.0k/s"),
        (1300.0, "1.3k/s"),
        (41_000.0, "41k/s"),
        (2_500_000.0, "2.5M/s"),
    ],
)
def test_rates(per_s: float | None, text: str) -> None:
    assert wording.rate(per_s) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0.4, "0.4 ms"), (34.0, "34 ms"), (1580.0, "1.58 s"), (150_000.0, "2.5 min"), (7.3e6, "2.03 h")],
)
def test_durations(ms: float, text: str) -> None:
    assert wording.duration(ms) == text


def test_the_second_line_of_a_card() -> None:
    plain = Application(ApplicationId("a"), "a", ApplicationKind.SERVICE, instances=2, lag=0)
    assert wording.second_line(plain) == ("2 instances · lag 0", "")
    assert wording.second_line(replace(plain, lag=152)) == ("2 instances", "lag 152")
    assert wording.second_line(replace(plain, kind=ApplicationKind.CONNECTOR)) == ("connector", "")
    nameless = Application(ApplicationId("?"), None, ApplicationKind.UNATTRIBUTED, detail="producer id 4021")
    assert wording.second_line(nameless) == ("producer id 4021", "")
    assert wording.name(nameless) == "Unattributed"


def test_one_that_is_gone_says_so_first() -> None:
    gone = Application(
        ApplicationId("a"), "a", ApplicationKind.SERVICE, instances=2, lag=152, detail="gone, last seen 12:00"
    )
    assert wording.second_line(gone) == ("gone, last seen 12:00", "")
    assert wording.second_line(replace(gone, kind=ApplicationKind.CONNECTOR))[0] == "gone, last seen 12:00"


def test_badges_of_every_status(shop: DependencyGraph) -> None:
    loop = shop.loops[LoopId("run")]
    texts = {status: wording.badge(replace(loop, status=status, laps_max=5)) for status in LoopStatus}
    assert texts == {
        LoopStatus.POSSIBLE: "possible",
        LoopStatus.ACTIVE: "×1.13 / 2.4 s",
        LoopStatus.RUNAWAY: "×1.13 / 2.4 s",
        LoopStatus.BOUNDED: "≤ 5 laps",
        LoopStatus.ACKNOWLEDGED: "acknowledged, ≤ 5 laps",
    }
    assert wording.badge(replace(loop, gain=None, period_ms=None)) == "runaway"


def test_tooltips_give_rate_confidence_and_reason(
    shop: DependencyGraph, named: Callable[[str], NodeId]
) -> None:
    edge = next(
        key
        for key in shop.operations
        if key.source == named("promo-service") and isinstance(key, OperationId)
    )
    text = wording.describe_edge(shop, edge)
    assert text.startswith("promo-service sends to promo.updates\n")
    assert "113/s · 71 % sure (likely)" in text
    assert text.endswith("Producer id 1000 wrote to partition 3.")
    assert "receivers are not visible" in wording.describe_node(shop, named("fraud.review"))
    assert "95 % between 1.06 and 1.21" in wording.describe_loop(shop, shop.loops[LoopId("run")])


def test_a_lag_of_nothing_is_no_word_on_an_edge(shop: DependencyGraph) -> None:
    key = next(key for key in shop.operations if key.action is Action.RECEIVE)
    for lag, words in ((0, ("", False)), (7, ("7", False)), (152, ("152", True))):
        late = changed(shop, operations={key: replace(shop.operations[key], lag=lag)})
        assert wording.on_edge(late, key, LabelKind.LAG) == words
