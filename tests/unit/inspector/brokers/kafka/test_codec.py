from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.brokers.kafka import codec
from inspector.brokers.kafka.codec import CodecError, describe, message, versions

NAMES = sorted(
    path.name.removesuffix(".json")
    for path in files("resources").joinpath("kafka").iterdir()
    if path.name.endswith(".json")
)
EVERY = [(name, v) for name in NAMES for v in range(versions(name)[0], versions(name)[1] + 1)]

INTEGERS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}


def covers(text: str, version: int) -> bool:
    """Read a range of versions another way than the codec does."""
    if text == "none":
        return False
    if text.endswith("+"):
        return version >= int(text[:-1])
    bounds = [int(part) for part in text.split("-")]
    return bounds[0] <= version <= bounds[-1]


def values(described: dict[str, Any], version: int, commons: dict[str, Any]) -> st.SearchStrategy[Any]:
    kind = described["type"]
    inner = kind.removeprefix("[]")
    found: st.SearchStrategy[Any]
    if inner in INTEGERS:
        half = 1 << INTEGERS[inner] - 1
        found = st.integers(-half, half - 1)
    elif inner == "uint16":
        found = st.integers(0, 65535)
    elif inner == "bool":
        found = st.booleans()
    elif inner == "uuid":
        found = st.binary(min_size=16, max_size=16)
    elif inner == "string":
        found = st.text(st.characters(exclude_categories=["Cs"]), max_size=140)
    elif inner in ("bytes", "records"):
        found = st.binary(max_size=140)
    else:
        found = bodies(described.get("fields") or commons[inner], version, commons)
    if inner != kind:
        found = st.lists(found, max_size=3)
    if covers(described.get("nullableVersions", "none"), version):
        found = st.none() | found
    return found


def bodies(fields: list[dict[str, Any]], version: int, commons: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            one["name"]: values(one, version, commons)
            for one in fields
            if covers(one.get("versions") or one["taggedVersions"], version)
        }
    )


@settings(max_examples=3, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize(("name", "version"), EVERY)
def test_what_is_written_is_read_again(name: str, version: int, data: st.DataObject) -> None:
    described = describe(name)
    commons = {one["name"]: one["fields"] for one in described.get("commonStructs", ())}
    body = data.draw(bodies(described["fields"], version, commons))
    found = message(name, version)
    written = found.encode(body)
    assert found.decode(memoryview(written)) == body
    if written:
        with pytest.raises(CodecError):
            found.decode(written[:-1])
    with pytest.raises(CodecError, match="unread"):
        found.decode(written + b"\0")


@given(data=st.binary(max_size=200), which=st.sampled_from(EVERY))
def test_any_bytes_are_read_or_refused(data: bytes, which: tuple[str, int]) -> None:
    with suppress(CodecError):
        message(*which).decode(data)


def test_bytes_of_a_known_request() -> None:
    """Metadata v1 of one topic, by hand from the protocol guide."""
    body = {"Topics": [{"Name": "ab"}]}
    assert message("MetadataRequest", 1).encode(body) == b"\0\0\0\1" + b"\0\2ab"
    assert message("MetadataRequest", 1).encode({"Topics": None}) == b"\xff\xff\xff\xff"


def test_a_flexible_request_ends_in_its_tags() -> None:
    body = {"Topics": [{"Name": "ab", "TopicId": bytes(16)}], "AllowAutoTopicCreation": False}
    expected = b"\2" + bytes(16) + b"\3ab" + b"\0" + b"\0\0" + b"\0"
    assert message("MetadataRequest", 12).encode(body) == expected


def test_a_tag_that_is_not_known_is_skipped() -> None:
    written = message("ListGroupsRequest", 5).encode({})
    assert written == b"\1\1\0"
    assert message("ListGroupsRequest", 5).decode(b"\1\1" + b"\1\x63\2xy") == {
        "StatesFilter": [],
        "TypesFilter": [],
    }


def test_null_and_empty_must_be_told_apart() -> None:
    with pytest.raises(CodecError, match="may be null and must be given"):
        message("MetadataRequest", 12).encode({})
    with pytest.raises(CodecError, match="null where it is not allowed"):
        message("ListGroupsRequest", 5).encode({"StatesFilter": None})


def test_a_field_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(CodecError, match="no field Topicz"):
        message("MetadataRequest", 12).encode({"Topics": None, "Topicz": 1})


def test_defaults_are_those_of_the_description() -> None:
    body = message("FetchRequest", 12).decode(message("FetchRequest", 12).encode({}))
    assert (body["MaxBytes"], body["ReplicaId"], body["SessionEpoch"]) == (0x7FFFFFFF, -1, -1)
    assert message("ListTransactionsRequest", 2).decode(message("ListTransactionsRequest", 2).encode({})) == {
        "StateFilters": [],
        "ProducerIdFilters": [],
        "DurationFilter": -1,
        "TransactionalIdPattern": None,
    }


def test_a_number_without_end_is_refused() -> None:
    with pytest.raises(CodecError):
        codec.read_varint(b"\xff" * 20, 0)
