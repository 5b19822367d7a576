"""What nobody is to see: parts of records that people name, replaced by `MASK`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from graph.query.patterns import replaced
from inspector.capture.masked_json import MASK, JsonPath, NotJson, json_path, masked_json
from inspector.errors import InspectorError
from inspector.record import Headers, Record, RecordBatch

__all__ = ["MASK", "NO_MASKS", "Mask", "Masks", "Said"]

Bytes = Callable[[bytes], bytes]


class Mask(Struct, frozen=True, forbid_unknown_fields=True):
    """One sort of bytes that is masked, on some channels. Just one of the first four is given.

    An unknown key is refused: a mask that is mistyped must not mean that nothing is masked.
    """

    header: str = ""
    """Glob over header names, upper and lower case alike: their values."""
    path: str = ""
    """Into a JSON value, such as `$.card.number`, `$.items[*].price` or `$..email`: what stands there."""
    pattern: str = ""
    """Regular expression (RE2): what it matches in keys, values and headers."""
    key: bool = False
    """The key of the record."""
    channels: str = "*"
    """Glob over channel names."""


class Said(Struct, frozen=True):
    """What a value says that is no JSON."""

    data: bytes | None = None
    """As JSON or as text; None where nothing can read it."""
    text: bool = False
    named: bool = False
    """Whether its fields have their names, so that a path finds what is meant."""


class _Ready(Struct, frozen=True):
    """The masks of one channel."""

    headers: tuple[str, ...] = ()
    paths: tuple[JsonPath, ...] = ()
    patterns: tuple[Bytes, ...] = ()
    key: bool = False


class Masks:
    """All masks of a project. One thread only: what applies to a channel is worked out once."""

    def __init__(self, masks: Iterable[Mask] = ()) -> None:
        """Raises InspectorError for a mask that cannot be followed."""
        self.masks = tuple(masks)
        self._compiled = [_compiled(mask) for mask in self.masks]
        self._ready: dict[str, _Ready | None] = {}

    @classmethod
    def of(cls, masks: Sequence[Mask]) -> Masks:
        """The masks of a project, `NO_MASKS` where there are none; raises InspectorError."""
        return cls(masks) if masks else NO_MASKS

    @property
    def any(self) -> bool:
        """Whether there are masks at all."""
        return bool(self.masks)

    def on(self, channel: str) -> bool:
        """Whether anything may be masked on the channel of this name."""
        return self._of(channel) is not None

    def record(self, record: Record) -> Record:
        """The record as it may be seen; the very same where nothing of it is masked.

        Where a path is masked and the value is no JSON whose fields are known, all of the value is, as what
        is meant cannot be found in it.
        """
        ready = self._of(record.channel.name)
        if ready is None:
            return record
        key, headers = _key(record.key, ready), _headers(record.headers, ready)
        value = _value(record.value, ready, lambda: self._said(record))
        if key == record.key and value == record.value and headers == record.headers:
            return record
        return replace(record, key=key, value=value, headers=headers)

    def _said(self, record: Record) -> Said:
        """What a value says that is no JSON."""
        return Said()

    def batch(self, batch: RecordBatch) -> RecordBatch:
        """A batch as it may be stored."""
        ready = self._of(batch.channel.name)
        if ready is None:
            return batch
        return replace(
            batch,
            keys=[_key(key, ready) for key in batch.keys],
            values=None if batch.values is None else [_value(value, ready) for value in batch.values],
            headers=[_headers(headers, ready) for headers in batch.headers],
        )

    def _of(self, channel: str) -> _Ready | None:
        if not self.masks:
            return None
        if channel not in self._ready:
            of = [
                ready
                for mask, ready in zip(self.masks, self._compiled, strict=True)
                if fnmatchcase(channel, mask.channels)
            ]
            self._ready[channel] = (
                None
                if not of
                else _Ready(
                    tuple(name for each in of for name in each.headers),
                    tuple(path for each in of for path in each.paths),
                    tuple(pattern for each in of for pattern in each.patterns),
                    any(each.key for each in of),
                )
            )
        return self._ready[channel]


NO_MASKS = Masks()


def _compiled(mask: Mask) -> _Ready:
    given = [bool(mask.header), bool(mask.path), bool(mask.pattern), mask.key]
    if sum(given) != 1:
        raise InspectorError(
            "A mask names one of header, path, pattern and key.",
            "Write one mask for each thing to be masked.",
        )
    if not mask.channels:
        raise InspectorError("A mask is for no channel.", "Leave channels out for all.")
    if mask.path:
        return _Ready(paths=(json_path(mask.path),))
    if mask.pattern:
        try:
            return _Ready(patterns=(replaced(mask.pattern, MASK),))
        except ValueError as wrong:
            raise InspectorError(str(wrong), "Mend the pattern of the mask.") from None
    return _Ready(headers=(mask.header.lower(),) if mask.header else (), key=mask.key)


def _key(key: bytes | None, ready: _Ready) -> bytes | None:
    if not key:
        return key
    return MASK if ready.key else _by_patterns(key, ready)


def _headers(headers: Headers, ready: _Ready) -> Headers:
    return tuple(
        (
            name,
            value
            if not value
            else MASK
            if any(fnmatchcase(name.lower(), each) for each in ready.headers)
            else _by_patterns(value, ready),
        )
        for name, value in headers
    )


def _value(value: bytes | None, ready: _Ready, said: Callable[[], Said] = Said) -> bytes | None:
    if not value:
        return value
    if ready.paths or ready.patterns:
        try:
            value = masked_json(value, ready.paths, ready.patterns)
        except NotJson:
            return _read(value, ready, said())
    return _by_patterns(value, ready)


def _read(value: bytes, ready: _Ready, said: Said) -> bytes:
    """A value that is no JSON: what it says where something of that is masked."""
    if ready.paths and not said.named:
        return MASK
    if said.data is not None:
        shown = _by_patterns(said.data, ready)
        if not said.text:
            shown = masked_json(said.data, ready.paths, ready.patterns)
        if shown != said.data:
            return shown
    return _by_patterns(value, ready)


def _by_patterns(data: bytes, ready: _Ready) -> bytes:
    for pattern in ready.patterns:
        data = pattern(data)
    return data
