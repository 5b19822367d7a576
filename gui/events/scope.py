"""What a list of events is restricted to, in words."""

from __future__ import annotations

from graph.identity import ApplicationId, ChannelId, LoopId, OperationId, ServerId, Subject
from graph.names import plain
from gui.canvas.scene import wording
from gui.session import Session


def describe(session: Session, subject: Subject) -> str:
    """What to call what is selected, in few words."""
    graph = session.graph
    match subject:
        case ServerId():
            server = graph.servers.get(subject)
            return server.name if server else subject.address
        case ChannelId() | ApplicationId():
            return wording.node_name(graph, subject)
        case OperationId():
            return f"{wording.node_name(graph, subject.source)} → {wording.node_name(graph, subject.target)}"
        case LoopId():
            loop = graph.loops.get(subject)
            names = [wording.node_name(graph, hop) for hop in (loop.hops if loop else ())]
            return f"loop of {names[0]}" if names else "loop"
        case _:
            return plain(subject)
