"""Sends what a plan says, marked as a replay, or says why not."""

from __future__ import annotations

from inspector.brokers.base import Adapter, Outgoing
from inspector.errors import ReplayRefused
from inspector.record import Position
from inspector.replay.journal import Journal
from inspector.replay.plan import REPLAY_HEADER, ReplayPlan


async def run(
    plan: ReplayPlan, adapter: Adapter, *, locked: bool, journal: Journal | None = None
) -> tuple[str, Position | None]:
    """Send the record of a plan; gives the replay's id and where the record now lies.

    A dry run checks everything but the lock, sends nothing and has no position. Raises `ReplayRefused`
    with the reason, or what `Adapter.send` raises. The journal has the intent before the record is sent.
    """
    request = plan.request
    replay_id = next(
        value.decode() for name, value in plan.outgoing_headers if name == REPLAY_HEADER and value
    )
    if plan.why_not:
        raise ReplayRefused(plan.why_not)
    if adapter.server != plan.server:
        raise ReplayRefused(f"The plan is for {plan.server}, not for {adapter.server}.", "Plan it again.")
    if not request.execute:
        return replay_id, None
    if locked:
        raise ReplayRefused(f"{plan.server} is read-only.", "Unlock it by typing its name.")
    if journal is not None:
        journal.note(replay_id, "sending", plan)
    try:
        position = await adapter.send(
            Outgoing(request.target, request.key, request.value, plan.outgoing_headers)
        )
    except BaseException as failure:
        if journal is not None:
            journal.note(replay_id, "unsure", plan, error=str(failure) or type(failure).__name__)
        raise
    if journal is not None:
        journal.note(replay_id, "sent", plan, position=position)
    return replay_id, position
