"""Feedback loops by structure alone: where they are, kept up to date, and where they could be cut."""
