"""Which channel a subject is."""

from __future__ import annotations

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.nats.places import MOST_RECEIVED, MOST_SUBJECTS, Places
from inspector.brokers.nats.streams import Stream

SERVER = ServerId("nats", "host:4222")


def stream(name: str, *subjects: str, copies: tuple[tuple[str, bool], ...] = ()) -> Stream:
    several = len(subjects) != 1 or "*" in subjects[0] or ">" in subjects[0]
    return Stream(name, subjects, "", 1, 9, 9, several, copies)


def subject(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.SUBJECT, name)


def places(*streams: Stream, **counts: dict[str, int]) -> Places:
    made = Places(SERVER)
    made.replace(streams)
    for name, each in counts.items():
        made.count(name, each)
    return made


def test_a_message_lies_on_its_subject() -> None:
    orders = stream("ORDERS", "orders.*")
    made = places(orders, ORDERS={"orders.new": 3, "orders.paid": 2})
    assert made.channel(orders, "orders.new") == subject("orders.new")
    assert made.kept(orders) == [subject("orders.new"), subject("orders.paid")]
    assert made.keeper(subject("orders.new")) == orders
    assert made.keeper(subject("metrics")) is None


def test_too_many_subjects_are_one_channel() -> None:
    devices = stream("DEVICES", "device.*.heat")
    made = places(devices, DEVICES={f"device.{n}.heat": 1 for n in range(MOST_SUBJECTS + 1)})
    assert made.kept(devices) == [subject("device.*.heat")]
    assert made.channel(devices, "device.7.heat") == subject("device.*.heat")


def test_what_was_copied_lies_in_the_stream() -> None:
    orders, everything = stream("ORDERS", "orders.*"), stream("ALL", copies=(("ORDERS", False),))
    made = places(orders, everything, ORDERS={"orders.new": 1}, ALL={"orders.new": 1})
    assert made.channel(everything, "orders.new") == made.stream("ALL")
    assert made.received(everything, ()) == [made.stream("ALL")]
    assert made.received(everything, ("orders.new",)) == [made.stream("ALL")]


def test_a_reader_receives_what_its_filters_cover() -> None:
    orders = stream("ORDERS", "orders.*")
    made = places(orders, ORDERS={"orders.new": 1, "orders.paid": 1})
    assert made.received(orders, ()) == [subject("orders.new"), subject("orders.paid")]
    assert made.received(orders, ("orders.paid",)) == [subject("orders.paid")]
    assert made.received(orders, ("orders.later",)) == [subject("orders.later")]


def test_a_reader_of_very_many_subjects_receives_the_stream() -> None:
    orders = stream("ORDERS", "orders.*")
    made = places(orders, ORDERS={f"orders.{n}": 1 for n in range(MOST_RECEIVED + 1)})
    assert made.received(orders, ()) == [made.stream("ORDERS")]


def test_a_subscription_brings_the_subjects_that_are_known() -> None:
    made = places(stream("ORDERS", "orders.*"), ORDERS={"orders.new": 1})
    made.hear("prices.gold")
    assert made.listened("orders.>") == [subject("orders.new")]
    assert made.listened("prices.*") == [subject("prices.gold")]
    assert made.listened("weather.*") == [subject("weather.*")]
    assert made.listened("weather.rain") == [subject("weather.rain")]
    assert made.core(["orders.new", "prices.gold"]) == ["prices.gold"]
