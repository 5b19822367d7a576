"""Pictures of the graph to keep."""
