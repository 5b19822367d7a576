from __future__ import annotations

from typing import Any, cast

import pytest

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.base import Admission
from inspector.errors import ConnectionFailed, InspectorError, Unsupported
from inspector.replay.admission import Told, asked
from inspector.replay.choice import Choice
from inspector.replay.frozen import Frozen
from inspector.replay.gathering import frozen
from inspector.replay.request import Order, Request, Target
from inspector.replay.rules import edits_of
from tests import replays

SHADOW = ChannelId(replays.SOURCE, ChannelKind.TOPIC, "shadow")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    path = tmp_path_factory.mktemp("admission") / "c.evs"
    replays.capture(path, 40, size=1_000)
    return frozen(Choice(source=str(path)), Order.TIME, path.with_name("x.evs"))


class Server:
    """Answers what it is given."""

    def __init__(self, answer: Admission | InspectorError) -> None:
        self.answer = answer

    async def admissions(self, channels: list[ChannelId]) -> list[Admission]:
        if isinstance(self.answer, InspectorError):
            raise self.answer
        assert channels == [SHADOW]
        return [self.answer]


async def told(records: Frozen, answer: Admission | InspectorError, *edits: str) -> Told:
    request = Request(Choice(source="c.evs"), Target(SHADOW.server, SHADOW), edits=edits_of(edits, "seed"))
    return await asked(cast(Any, Server(answer)), request, "r-1", records)


@pytest.mark.parametrize(
    ("answer", "kinds", "said"),
    [
        (Admission(SHADOW, True, largest=10_000), [], ""),
        (Admission(SHADOW, False, "Allow it.", largest=10_000), ["permission"], "may not send to shadow"),
        (Admission(SHADOW, None, unknown="Nobody knows.", largest=10_000), [], "Nobody knows."),
        (Admission(SHADOW, True), [], "How large a record shadow takes is not known."),
        (Admission(SHADOW, True, largest=900, setting="max.message.bytes"), ["too-large"], "40 records are"),
        (Unsupported("No replays there.", "Go elsewhere."), ["unsupported"], "No replays there."),
        (ConnectionFailed("It is away."), [], "is not known: It is away."),
    ],
)
async def test_each_answer_is_a_reason_or_said(
    records: Frozen, answer: Admission | InspectorError, kinds: list[str], said: str
) -> None:
    found = await told(records, answer)
    assert [each.kind for each in found.reasons] == kinds
    sentences = [each.sentence for each in found.reasons] + list(found.warnings)
    assert len(sentences) == bool(said)
    assert said in " ".join(sentences)
    assert all(each.remedy for each in found.reasons)


async def test_after_edits_a_size_is_only_warned_of(records: Frozen) -> None:
    small = Admission(SHADOW, True, largest=900)
    assert (await told(records, small)).reasons[0].forceable
    found = await told(records, small, "value=x")
    assert found.reasons == ()
    assert "will be refused" in found.warnings[0]
    exact = Admission(SHADOW, True, largest=1_000 + 400)
    assert await told(records, exact) == Told()
