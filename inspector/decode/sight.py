"""How records may be seen: without what masks hide, and read by the decoders that people chose."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from inspector.capture.masks import MASK, Mask, Masks, Said
from inspector.decode.as_json import as_json
from inspector.decode.chain import Decoded, decode
from inspector.decode.decoding import Decoding
from inspector.decode.foreign import Image, JavaSerialization
from inspector.decode.proto_wire import WireGuess
from inspector.decode.xml import Xml
from inspector.record import Record

NAMELESS = {WireGuess.name, JavaSerialization.name, Image.name, Xml.name}
"""Decoders in whose values the path of a mask may not find what is meant by it."""


class Sight(Masks):
    """Masks with a decoding, so that they also hide what lies in Avro, Protobuf, gzip and such.

    A value that is no JSON and of which something is masked is seen as JSON from then on: what its decoder
    reads, without what is masked. Where no decoder gives it names, masks by path hide all of it.
    """

    def __init__(
        self, masks: Iterable[Mask] = (), decoding: Decoding | None = None, *, fetching: bool = False
    ) -> None:
        """With `fetching` registries are asked for schemas, which waits: not in the window's thread.

        Raises InspectorError for a mask that cannot be followed.
        """
        super().__init__(masks)
        self.decoding, self._fetching = decoding, fetching
        self._other: Sight | None = self if fetching else None

    def fetching(self) -> Sight:
        """The same, which asks registries for schemas."""
        if self._other is None:
            self._other = Sight(self.masks, self.decoding, fetching=True)
        return self._other

    def value(self, record: Record) -> Decoded:
        """What the value of a record says, as `record` gives it; never raises."""
        if record.value and MASK in record.value and self.on(record.channel.name):
            found = decode(record.value)
            if record.value == MASK or isinstance(found.value, dict | list):
                return found
        if self.decoding is None:
            return decode(record.value, record.headers)
        found = self.decoding.value(record)
        if found.missing and self._fetching:
            self.decoding.fetch(record.channel.server, found.missing)
            found = self.decoding.value(record)
        return found

    def key(self, record: Record) -> Decoded:
        """What its key says, likewise."""
        return decode(record.key) if self.decoding is None else self.decoding.key(record)

    def _said(self, record: Record) -> Said:
        found = self.value(record)
        if isinstance(found.value, str):
            return Said(found.value.encode("utf-8", "surrogatepass"), text=True)
        if not isinstance(found.value, dict | list):
            return Said()
        took = {each.decoder for each in found.attempts if not each.reason}
        try:
            return Said(as_json(found.value), named=not took & NAMELESS)
        except orjson.JSONEncodeError:
            return Said()


AS_IT_IS = Sight()
"""Nothing is masked, and nobody chose a decoder."""
