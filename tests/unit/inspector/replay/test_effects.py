from __future__ import annotations

from graph.identity import ChannelId, ChannelKind
from inspector.record import Headers, Position, Record
from inspector.replay.effects import Effects
from inspector.replay.marks import Marks
from inspector.replay.run import Caused
from inspector.traits import Traits
from tests.replays import SOURCE

ORDERS, PAID, MAIL, OTHER = (
    ChannelId(SOURCE, ChannelKind.TOPIC, name) for name in ("orders", "paid", "mail", "other")
)
SENT = Marks("r-1", 3).on((), ORDERS, Position(0, 7))


def record(channel: ChannelId, key: bytes | None = None, headers: Headers = ()) -> Record:
    return Record(channel, Position(0, 0), 0, key, b"v", headers)


def effects() -> Effects:
    """Of a run that has sent one record to orders, with a key, an id and a flow."""
    made = Effects("r-1", {ORDERS}, {PAID, MAIL})
    made.saw(record(ORDERS, b"k", SENT), Traits(event_id="e", flow_id="f"))
    return made


def test_what_is_sent_is_no_effect_and_what_names_it_is() -> None:
    seen = effects()
    assert seen.caused == ()
    seen.saw(record(PAID), Traits(event_id="e2", parent_id="e"))
    seen.saw(record(OTHER), Traits(parent_id="e2"))
    seen.saw(record(MAIL, headers=SENT), Traits())
    seen.saw(record(PAID), Traits(parent_id="somebody else's"))
    assert set(seen.caused) == {Caused(each, 1, True) for each in (PAID, OTHER, MAIL)}


def test_key_and_flow_speak_for_what_names_no_cause_where_it_is_expected() -> None:
    seen = effects()
    seen.saw(record(PAID, b"k"), Traits())
    seen.saw(record(PAID, b"another"), Traits(flow_id="f"))
    # By the key of what came before; not where it is not expected, and not where another cause is named.
    seen.saw(record(MAIL, b"another"), Traits())
    seen.saw(record(OTHER, b"k"), Traits())
    seen.saw(record(PAID, b"k"), Traits(parent_id="somebody else's"))
    seen.saw(record(PAID), Traits())
    assert seen.caused == (Caused(PAID, 2, False), Caused(MAIL, 1, False))


def test_keys_from_before_say_nothing() -> None:
    seen = Effects("r-1", {ORDERS}, {PAID})
    seen.saw(record(PAID, b"k"), Traits())
    seen.saw(record(ORDERS, b"k", SENT), Traits())
    assert seen.caused == ()
