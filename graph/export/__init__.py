"""A graph in the forms that other programs read: DOT, Mermaid, GraphML, AsyncAPI."""
