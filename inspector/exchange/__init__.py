"""Events into files that other programs read, and out of theirs."""
