"""The picture of the graph: one widget that paints nodes, edges, loops and traffic."""
