"""Discovery: evidence of who sends what to whom, folded into a graph."""

from inspector.discovery.discovery import Discovery

__all__ = ["Discovery"]
