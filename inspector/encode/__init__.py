"""Decoded values turned back into bytes: what was not changed keeps its bytes."""
