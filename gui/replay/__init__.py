"""The replay room: which events, changed how, where to, what that would cause, and what became of it."""
