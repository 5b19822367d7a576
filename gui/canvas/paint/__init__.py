"""How each thing is painted."""
