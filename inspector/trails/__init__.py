"""What caused one record of a capture, what it caused, and what became of one key."""
