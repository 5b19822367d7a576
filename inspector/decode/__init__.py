"""What the bytes of a record say: an ordered chain of decoders that keeps why each one declined."""

from inspector.decode.chain import Attempt, Decoded, decode

__all__ = ["Attempt", "Decoded", "decode"]
