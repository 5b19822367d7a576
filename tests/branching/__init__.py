"""Branching processes of known gain, and what is seen of them through a window."""
