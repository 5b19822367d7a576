"""Loops as branching processes: who came from whom, how many each causes, and how fast that grows."""
