"""The ways of lines between nodes: numbers only."""
