from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.brokers.kafka.session import FetchSession

PARTITIONS = [("a", 0), ("a", 1), ("b", 0)]


@given(
    st.lists(st.dictionaries(st.sampled_from(PARTITIONS), st.integers(0, 5)), min_size=1),
    st.booleans(),
    st.sets(st.sampled_from(PARTITIONS)),
)
def test_the_broker_knows_exactly_the_wanted_positions(
    rounds: list[dict[tuple[str, int], int]], kept: bool, more: set[tuple[str, int]]
) -> None:
    """Against a broker that keeps sessions as KIP-227 says, or has no room for them."""
    session = FetchSession()
    known: dict[tuple[str, int], int] = {}
    epoch = 0
    before: dict[tuple[str, int], int] = {}
    for wanted in rounds:
        touched = None
        if wanted.keys() == before.keys():
            touched = {one for one in wanted if wanted[one] != before[one]} | (more & wanted.keys())
        request, before = session.request(wanted, 1_000, 100, touched), wanted
        if request["SessionEpoch"] == 0:
            known = {}
        else:
            assert (request["SessionId"], request["SessionEpoch"]) == (77, epoch)
        for topic in request["ForgottenTopicsData"]:
            for number in topic["Partitions"]:
                del known[topic["Topic"], number]
        for topic in request["Topics"]:
            for one in topic["Partitions"]:
                known[topic["Topic"], one["Partition"]] = one["FetchOffset"]
        assert known == wanted
        epoch = request["SessionEpoch"] + 1
        assert session.accept({"ErrorCode": 0, "SessionId": 77 if kept else 0})


def test_what_has_not_changed_is_not_asked_again() -> None:
    session = FetchSession()
    session.request({("a", 0): 5, ("a", 1): 7}, 1_000, 100)
    session.accept({"ErrorCode": 0, "SessionId": 9})
    request = session.request({("a", 0): 5, ("a", 1): 8}, 1_000, 100)
    assert request["Topics"] == [
        {"Topic": "a", "Partitions": [{"Partition": 1, "FetchOffset": 8, "PartitionMaxBytes": 100}]}
    ]


def test_a_session_that_the_broker_forgot_begins_anew() -> None:
    session = FetchSession()
    session.request({("a", 0): 5}, 1_000, 100)
    session.accept({"ErrorCode": 0, "SessionId": 9})
    session.request({("a", 0): 5}, 1_000, 100)
    assert not session.accept({"ErrorCode": 70, "SessionId": 0})
    request = session.request({("a", 0): 5}, 1_000, 100)
    assert (request["SessionId"], request["SessionEpoch"], len(request["Topics"])) == (0, 0, 1)
