"""The capture file: written by the engine, read at the same time by anybody."""
