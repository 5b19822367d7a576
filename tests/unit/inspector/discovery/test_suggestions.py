from __future__ import annotations

from typing import Any

from graph.evidence import Evidence
from graph.identity import ServerId
from graph.model import Alias, Suggestion
from inspector.discovery.decisions import Decisions
from inspector.discovery.facts import Actor, Bond, Writer
from inspector.discovery.identity import resolve
from inspector.discovery.suggestions import AT_LEAST, MOST, suggest

SERVER = ServerId("kafka", "broker:9092")


def group(name: str) -> Alias:
    return Alias("group", name)


def bond(a: Actor, b: Actor, confidence: float, family: str = "test") -> Bond:
    return Bond(a, b, Evidence("test", family, confidence, 0, 0, f"They meet by {family}."))


def suggested(
    actors: list[Actor], bonds: list[Bond] | None = None, decisions: Decisions | None = None
) -> tuple[Suggestion, ...]:
    decisions = decisions or Decisions()
    return suggest(resolve(actors, bonds or [], decisions), bonds or [], decisions)


def pairs(found: tuple[Suggestion, ...]) -> set[tuple[str, str]]:
    return {(each.a.value, each.b.value) for each in found}


def test_a_word_for_services_is_all_that_differs() -> None:
    (found,) = suggested([group("orders-svc"), group("orders"), group("order-history")])
    assert {found.a.value, found.b.value} == {"orders", "orders-svc"}
    assert found.confidence == 0.6
    assert "differ by a word" in found.why


def test_evidence_below_the_threshold_is_suggested_with_what_it_says() -> None:
    writer = Writer(SERVER, 77)
    (found,) = suggested([writer, group("pipeline")], [bond(writer, group("pipeline"), 0.6)])
    assert (found.a, found.b) == (group("pipeline"), Alias("producer-id", "77"))
    assert found.why == "They meet by test."
    assert suggested([writer, group("pipeline")], [bond(writer, group("pipeline"), AT_LEAST - 0.01)]) == ()


def test_evidence_that_settles_it_is_no_suggestion() -> None:
    writer = Writer(SERVER, 77)
    assert suggested([writer, group("pipeline")], [bond(writer, group("pipeline"), 0.9)]) == ()


def test_independent_weak_reasons_add_up_to_a_suggestion() -> None:
    a, b = group("alpha-one"), group("bravo-two")
    assert suggested([a, b], [bond(a, b, 0.25, "host")]) == ()
    assert pairs(suggested([a, b], [bond(a, b, 0.25, "host"), bond(a, b, 0.3, "start")])) == {
        ("alpha-one", "bravo-two")
    }


def test_words_in_common_count_only_beside_other_evidence() -> None:
    a, b = group("order-pricing"), group("order-history")
    assert suggested([a, b]) == ()
    (found,) = suggested([a, b], [bond(a, b, 0.25, "host")])
    assert "order" in found.why


def test_deployments_of_one_program_are_not_suggested() -> None:
    names: list[Actor] = [group("orders-eu"), group("orders-us"), group("orders-v2")]
    assert suggested(names, [bond(names[0], names[1], 0.25, "host")]) == ()


def test_too_many_of_one_name_are_suggested_instead_of_joined() -> None:
    tenants: list[Actor] = [group(f"tenant-{number}") for number in range(8)]
    found = suggested(tenants)
    assert len(found) == 7
    assert all("8 applications are called tenant" in each.why for each in found)


def test_names_that_contradict_evidence_make_a_suggestion() -> None:
    a, b = group("alpha-one"), group("bravo-two")
    (found,) = suggested([a, b], [bond(a, b, 0.95)])
    assert found.confidence == 0.6


def test_what_a_person_settled_is_not_suggested_again() -> None:
    names: list[Actor] = [group("orders-svc"), group("orders")]
    pair = (group("orders"), group("orders-svc"))
    assert suggested(names, decisions=Decisions(apart=(pair,))) == ()
    assert suggested(names, decisions=Decisions(together=(pair,))) == ()


def test_suggestions_are_bounded_and_the_best_come_first() -> None:
    actors: list[Actor] = [group(f"{letter}{other}app-svc") for letter in "abcdefgh" for other in "abcdefghi"]
    actors += [group(str(each.value).removesuffix("-svc")) for each in actors if isinstance(each, Alias)]
    best = bond(actors[0], actors[1], 0.7)
    found = suggested(actors, [best])
    assert len(found) == MOST
    assert found[0].confidence == 0.7
    assert suggested(list(reversed(actors)), [best]) == found


def test_suggestions_are_in_the_graph(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("orders-svc", ["a-1"], "orders")
    world.group("orders", ["b-1"], "payments")
    assert pairs(world.graph().suggestions) == {("orders", "orders-svc")}
