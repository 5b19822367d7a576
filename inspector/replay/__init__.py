"""Sending a captured record again, on purpose and with its consequences known first."""
