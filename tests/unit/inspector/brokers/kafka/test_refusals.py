from __future__ import annotations

from inspector.brokers.kafka.refusals import Refusals, Sight, acl_command
from inspector.connection import parse
from inspector.observation import NotVisible, VisibleAgain

CONNECTION = parse("kafka://reader@broker:9092")


def test_a_refusal_is_told_when_it_begins_changes_and_ends() -> None:
    refusals = Refusals(CONNECTION)
    (told,) = refusals.settle(Sight.RECORDS, {"orders"})
    assert isinstance(told, NotVisible)
    assert (told.unavailable.what, told.server) == ("records", CONNECTION.server)
    assert refusals.settle(Sight.RECORDS, ["orders"]) == []
    assert len(refusals.settle(Sight.RECORDS, {"orders", "payments"})) == 1
    assert refusals.settle(Sight.SENDERS, ()) == []
    assert refusals.settle(Sight.RECORDS, ()) == [VisibleAgain("records", CONNECTION.server)]
    assert refusals.settle(Sight.RECORDS, ()) == []


def test_many_names_are_counted_and_the_command_stays_short() -> None:
    (told,) = Refusals(CONNECTION).settle(Sight.SENDERS, {f"t{number:02}" for number in range(30)})
    assert isinstance(told, NotVisible)
    assert told.unavailable.why == "Kafka refuses this login Read on topics t00, t01, t02 and 27 more."
    assert told.unavailable.remedy.endswith("--operation Read --topic '*'")


def test_the_command_names_the_login() -> None:
    assert acl_command(CONNECTION, "Describe", "group", ["a", "b"]) == (
        "Allow it: kafka-acls --bootstrap-server broker:9092 --add "
        "--allow-principal User:reader --operation Describe --group a --group b"
    )
    assert acl_command(CONNECTION, "Describe", "group", ["night shift"]).endswith("--group 'night shift'")
    assert "User:NAME --operation" in acl_command(parse("kafka+tls://x?cert=/c.pem"), "Read", "topic")
    assert "User:ANONYMOUS --operation Describe --cluster" in acl_command(
        parse("kafka://x"), "Describe", "cluster"
    )
