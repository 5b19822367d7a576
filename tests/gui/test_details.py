"""What the right panel says, without a widget."""

from __future__ import annotations

from dataclasses import replace as changed
from datetime import UTC

import pytest
from msgspec.structs import replace

from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    LoopId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import (
    Acknowledgement,
    DependencyGraph,
    LinkGrade,
    LoopNature,
    LoopStatus,
    Route,
)
from gui import loop_words
from gui.panels import details_application, details_channel, details_loop, details_operation
from gui.parts.blocks import (
    Block,
    Course,
    Cuts,
    Doing,
    Facts,
    Figures,
    Gain,
    Growth,
    Head,
    Hops,
    Moment,
    Proof,
    Section,
    Sentence,
    Steps,
)

RUNAWAY = LoopId("a1")
NOW = 1_795_443_128_412_000_000


def _words(blocks: tuple[Block, ...]) -> str:
    made: list[str] = []
    for block in blocks:
        match block:
            case Head():
                made += [block.kind, block.title, block.subtitle, *(block.pill or ())]
            case Figures():
                made += [f"{name} {value}" for name, value, _ in block.items]
            case Section():
                made += [block.title, block.note]
            case Facts():
                made += [f"{fact.name} {fact.aside} {fact.value}" for fact in block.items]
            case Sentence():
                made.append(block.text)
            case Proof():
                made += [block.source, block.detail]
    return "\n".join(made)


def _order(blocks: tuple[Block, ...], *titles: str) -> bool:
    found = [block.title for block in blocks if isinstance(block, Section)]
    places = [found.index(title) for title in titles]
    return places == sorted(places)


def test_a_runaway_loop(graph: DependencyGraph) -> None:
    made = details_loop.blocks(graph, LoopId("a1"), UTC, NOW)
    words = _words(made)
    assert made[0] == Head(
        "Feedback loop",
        "promo-service ⇄ pricing-engine",
        "2 applications, 2 topics on shop-kafka",
        ("Runaway", "run"),
    )
    assert Gain(1.18, 1.11, 1.26, LoopStatus.RUNAWAY) in made
    for figure in (
        "Once round 2.41 s",
        "Doubles every 10 s",
        "Chains seen 412",
        "Laps, median 9",
        "Now 96/s",
    ):
        assert figure in words
    hops = next(block for block in made if isinstance(block, Hops))
    assert [(hop.name, hop.step, hop.ms) for hop in hops.items] == [
        ("promo-service", "sends", 12.0),
        ("promo.updates", "read after", 780.0),
        ("pricing-engine", "sends", 34.0),
        ("price.changes", "read after", 1580.0),
    ]
    assert hops.back == "back at promo-service"
    assert "71 % sure" in words
    assert "Records follow its reads within 12 ms" in words
    assert any(isinstance(block, Growth) for block in made)
    assert _order(made, "Hops", "Weakest evidence", "Longest chain", "What to do")


def test_a_loop_tells_its_hops_its_proof_and_where_to_cut_it(looped: DependencyGraph) -> None:
    history = tuple(Moment(NOW + at * 10**9, 0.5, 0.4, 0.6, 3.0) for at in range(5))
    made = details_loop.blocks(looped, LoopId("a1"), UTC, NOW, history)
    hops = next(block for block in made if isinstance(block, Hops))
    assert [(hop.number, hop.name, hop.gain) for hop in hops.items] == [
        (1, "promo-service", 0.98),
        (2, "promo.updates", None),
        (3, "pricing-engine", 1.2),
        (4, "price.changes", None),
    ]
    assert "Proven: each record names the event that caused it." in _words(made)
    cuts = next(block for block in made if isinstance(block, Cuts)).items
    assert [(cut.what, cut.cost) for cut in cuts] == [
        ("pricing-engine stops reading promo.updates", "Opens this loop; nobody else depends on it."),
        (
            "promo-service stops sending to promo.updates",
            "Opens this loop. shipping-service would get none of its records any more.",
        ),
        (
            "promo-service stops reading price.changes",
            "Opens this loop and 2 more. mailer, order-service, x and 5 more would get none of its records "
            "any more.",
        ),
    ]
    steps = next(block for block in made if isinstance(block, Steps)).items
    assert [(step.channel.name, step.why) for step in steps] == [
        ("price.changes", "where it began, from pricing-engine"),
        ("promo.updates", "names its cause, from promo-service"),
        ("price.changes", "same flow, no proof, from pricing-engine"),
    ]
    assert steps[0].after == "0 ms"
    assert steps[1].after.startswith("+")
    assert "It reaches 1,000/s at about 14:12." in _words(made)
    course = next(block for block in made if isinstance(block, Course))
    assert (len(course.moments), course.begin, course.end) == (5, "14:12:08", "14:12:12")
    doing = {action for block in made if isinstance(block, Doing) for _, action, _ in block.items}
    assert {"edge.confirm", "loop.play", "loop.acknowledge", "events.show", "loop.copy"} <= doing
    assert "loop.take-back" not in doing
    assert _order(made, "Over time", "Hops", "Weakest evidence", "Where to cut", "Sample trail", "What to do")
    report = details_loop.report(looped, LoopId("a1"))
    assert "makes ×1.20 of each record" in report
    assert "Cut: pricing-engine stops reading promo.updates." in report


def test_clocks_that_differ_show_as_what_they_are(looped: DependencyGraph) -> None:
    loop = looped.loops[RUNAWAY]
    early = replace(loop.trail[1], time_ns=loop.trail[0].time_ns - 5_000_000)
    skewed = replace(loop, trail=(loop.trail[0], early, loop.trail[2]))
    made = details_loop.blocks(changed(looped, loops={loop.id: skewed}), loop.id, UTC, NOW)
    steps = next(block for block in made if isinstance(block, Steps)).items
    assert steps[1].after == "−5.0 ms"


def test_a_time_that_cannot_be_told_apart_says_where_it_is_told(looped: DependencyGraph) -> None:
    loop = replace(looped.loops[RUNAWAY], hop_latencies_ms=(None, 1400.0, None, 34.0))
    made = details_loop.blocks(changed(looped, loops={loop.id: loop}), loop.id, UTC, NOW)
    hops = next(block for block in made if isinstance(block, Hops)).items
    assert [(hop.number, hop.ms, hop.within) for hop in hops] == [
        (1, 1400.0, 0),
        (2, None, 3),
        (3, 34.0, 0),
        (4, None, 1),
    ]


@pytest.mark.parametrize("nature", LoopNature)
def test_each_kind_of_loop_says_what_it_is(looped: DependencyGraph, nature: LoopNature) -> None:
    loop = replace(looped.loops[LoopId("b2")], nature=nature)
    made = details_loop.blocks(changed(looped, loops={loop.id: loop}), loop.id, UTC, NOW)
    assert isinstance(made[0], Head)
    assert made[0].kind == loop_words.KINDS[nature].title
    assert (loop_words.KINDS[nature].meaning or loop_words.MEANING[loop.status]) in _words(made)


@pytest.mark.parametrize("grade", LinkGrade)
def test_every_grade_is_told_in_words(looped: DependencyGraph, grade: LinkGrade) -> None:
    loop = replace(looped.loops[RUNAWAY], grade=grade)
    words = _words(details_loop.blocks(changed(looped, loops={loop.id: loop}), loop.id, UTC, NOW))
    assert ("Proven: " in words) == (grade is not LinkGrade.FLOW)
    assert loop_words.GRADES[grade] in words
    assert loop_words.GRADES.keys() == loop_words.LINKED.keys() == set(LinkGrade)


def test_a_runaway_loop_that_stands_still_is_not_said_to_go_on(looped: DependencyGraph) -> None:
    loop = replace(looped.loops[RUNAWAY], rate_per_s=0.0)
    words = _words(details_loop.blocks(changed(looped, loops={loop.id: loop}), loop.id, UTC, NOW))
    assert loop_words.PAUSED in words
    assert "It does not end" not in words


def test_a_broken_limit_is_told_first(looped: DependencyGraph) -> None:
    known = Acknowledgement("It follows stock", 0.5)
    loop = replace(looped.loops[LoopId("b2")], acknowledged=known, broken_limit="Its gain is 0.62.")
    made = details_loop.blocks(changed(looped, loops={loop.id: loop}), loop.id, UTC, NOW)
    assert made[0] == Head(
        "Feedback loop",
        "replenishment ⇄ inventory-service",
        "2 applications, 2 topics on shop-kafka",
        ("Active, limit broken", "act"),
    )
    assert made[1] == Sentence("Its gain is 0.62.", "warn")
    assert made[2] == Sentence("Acknowledged: It follows stock. Fine while the gain is below 0.50.")
    doing = [action for block in made if isinstance(block, Doing) for _, action, _ in block.items]
    assert "loop.take-back" in doing


def test_a_loop_without_measurements(graph: DependencyGraph) -> None:
    bare = replace(
        graph.loops[LoopId("a1")],
        status=LoopStatus.POSSIBLE,
        gain=None,
        period_ms=None,
        doubling_time_s=None,
        hop_latencies_ms=(),
        lap_counts=(),
        rate_per_s=None,
        laps_median=None,
        laps_max=None,
        weakest=None,
    )
    made = details_loop.blocks(DependencyGraph(loops={bare.id: bare}), bare.id, UTC, NOW)
    assert not any(isinstance(block, Gain | Growth) for block in made)
    assert "not measured" in _words(made)
    assert "None" not in _words(made)


def test_an_application_that_is_gone_keeps_its_owner(graph: DependencyGraph) -> None:
    key = ApplicationId("promo-service")
    gone = replace(graph.applications[key], owner="pricing team", detail="gone, last seen 12:00")
    made = details_application.blocks(
        changed(graph, applications={**graph.applications, key: gone}), key, UTC, NOW
    )
    assert isinstance(made[0], Head)
    assert made[0].subtitle == "Owned by pricing team · gone, last seen 12:00"


def test_an_application(graph: DependencyGraph) -> None:
    words = _words(details_application.blocks(graph, ApplicationId("promo-service"), UTC, NOW))
    assert "promo.updates 71 % 113/s" in words
    assert "Lag 152" in words
    assert "Group and source are both called promo-service." in words
    assert "152 records wait" in words


def test_an_unattributed_producer_says_what_is_not_known(graph: DependencyGraph) -> None:
    words = _words(details_application.blocks(graph, ApplicationId("?supplier.feed/4021"), UTC, NOW))
    assert "Unattributed" in words
    assert "Instances not visible" in words
    assert "No record, group or client names it." in words


def test_a_channel(graph: DependencyGraph) -> None:
    server = next(iter(graph.servers))
    channel = next(each for each in graph.channels if each.name == "price.changes")
    words = _words(details_channel.blocks(graph, channel, UTC, NOW))
    assert "Partitions 12" in words
    assert "id, new, old, reason, sku" in words
    assert "2 versions" in words
    assert "pricing-engine" in words
    lonely = next(each for each in graph.channels if each.name == "fraud.review")
    assert "0 receivers." in _words(details_channel.blocks(graph, lonely, UTC, NOW))
    assert "Groups bi-*" in _words(details_channel.server_blocks(graph, server, ("Live", "ok", "")))


def test_receivers_that_cannot_be_seen_are_not_called_none(graph: DependencyGraph) -> None:
    lonely = next(each for each in graph.channels.values() if each.id.name == "fraud.review")
    blind = DependencyGraph(channels={lonely.id: replace(lonely, receivers_visible=False)})
    words = _words(details_channel.blocks(blind, lonely.id, UTC, NOW))
    assert "Not visible" in words
    assert "0 receivers." not in words


@pytest.mark.parametrize(
    ("name", "topic", "certainty"),
    [("promo-service", "promo.updates", "likely"), ("pricing-engine", "price.changes", "certain")],
)
def test_an_operation(graph: DependencyGraph, name: str, topic: str, certainty: str) -> None:
    channel = next(each for each in graph.channels if each.name == topic)
    key = OperationId(ApplicationId(name), Action.SEND, channel)
    made = details_operation.blocks(graph, key, UTC, NOW)
    head = made[0]
    assert isinstance(head, Head)
    assert head.pill is not None
    assert head.pill[0].startswith(certainty)
    assert any(isinstance(block, Proof) for block in made)


def test_a_route() -> None:
    server = ServerId("kafka", "one:9092")
    ends = [ChannelId(server, ChannelKind.TOPIC, name) for name in ("orders", "orders.dlq")]
    key = RouteId(ends[0], ends[1], RouteKind.DEAD_LETTER)
    graph = DependencyGraph(routes={key: Route(key, 0.95, ())})
    words = _words(details_channel.route_blocks(graph, key, UTC, NOW))
    assert "orders → orders.dlq" in words
    assert "dead-letter" in words
