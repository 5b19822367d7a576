"""The window: Qt, and nothing that knows a broker."""
