"""Which record caused which: remembered, linked by grades, and followed over all channels."""
