"""Item models over the capture and the graph."""
