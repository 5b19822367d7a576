"""A trail as it is shown: rows, a sequence diagram, a waterfall, and its light in the graph."""
