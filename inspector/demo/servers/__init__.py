"""Real servers of every system, for the demo and the tests."""
