"""The time line under the graph: rates, loops, the playhead, and playing."""
