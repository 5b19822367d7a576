"""Pictures of the graph that are kept: what they show, how they are made, and how two are compared."""
