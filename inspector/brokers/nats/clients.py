"""Connections as the server lists them: their names, and what each is subscribed to.

`$SYS.REQ.SERVER.PING.CONNZ` answers an ordinary login with the connections of its own account.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from inspector.brokers.nats.session import NAME, Session
from inspector.brokers.nats.subjects import is_internal

CONNZ = "$SYS.REQ.SERVER.PING.CONNZ"
WAIT_S = 1.0
PAGE = 1_024


class Subscription(Struct, frozen=True, order=True):
    """What one connection listens to."""

    subject: str
    """It may be a pattern."""
    queue: str = ""
    """The group in which each message goes to one member only."""


class NatsClient(Struct, frozen=True, order=True):
    """One connection."""

    server: str
    number: int
    """Of the connection, on its server."""
    name: str
    """What the client calls itself, or else its user; empty where it says nothing."""
    host: str
    library: str
    subscriptions: tuple[Subscription, ...]
    listens_to: tuple[str, ...]
    """Subjects of its own that answers and pushed messages come to."""


async def list_clients(session: Session) -> list[NatsClient]:
    """All connections of the account but those of Eventscope."""
    found: dict[tuple[str, int], NatsClient] = {}
    offset = 0
    while True:
        question = {"subscriptions_detail": True, "auth": True, "limit": PAGE, "offset": offset}
        answers = await session.gather(CONNZ, question, WAIT_S)
        for answer in answers:
            page = answer.get("data") or {}
            for told in page.get("connections") or ():
                client = client_of(page.get("server_id", ""), told)
                if client.name != NAME:
                    found[client.server, client.number] = client
        most = max((each.get("data", {}).get("total", 0) for each in answers), default=0)
        offset += PAGE
        if offset >= most:
            return sorted(found.values())


def client_of(server: str, told: dict[str, Any]) -> NatsClient:
    """A connection as CONNZ describes it."""
    details = told.get("subscriptions_list_detail") or ()
    return NatsClient(
        server,
        told["cid"],
        told.get("name") or told.get("authorized_user") or "",
        told.get("ip", ""),
        f"{told.get('lang', '')} {told.get('version', '')}".strip(),
        tuple(
            sorted(
                {
                    Subscription(each["subject"], each.get("qgroup", ""))
                    for each in details
                    if not is_internal(each["subject"])
                }
            )
        ),
        tuple(sorted(each["subject"] for each in details if is_internal(each["subject"]))),
    )
