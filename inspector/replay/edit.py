"""How records are changed before they are sent again: values that can be written down and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct
from msgspec.structs import replace

from inspector.decode.decoding import Decoding
from inspector.encode import json, places
from inspector.encode.body import Body, Part, Sealed, open_part
from inspector.encode.misfit import Misfit
from inspector.encode.patch import Operation, patched
from inspector.errors import ReplayRefused
from inspector.record import Headers, Position, Record
from inspector.search import paths
from inspector.traits import read

MASKED = "***"
"""What a masked field says."""
ORIGINAL_ID_HEADER = "eventscope-replay-original-id"
"""Carries the id that an event had before it was given a new one."""
_DEEP = 4
"""Levels of a value in which its id is looked for."""


class SetField(Struct, frozen=True, tag="set"):
    """A field of the decoded key or value gets another value; a new name is added."""

    part: Part
    path: str
    """As queries write it: `items[0].sku`; `[*]` is every element of a list."""
    json: str
    """The value as JSON."""


class RemoveField(Struct, frozen=True, tag="remove"):
    """A field is taken away; nothing happens where there is none."""

    part: Part
    path: str


class MaskField(Struct, frozen=True, tag="mask"):
    """A field says `MASKED`; nothing happens where there is none."""

    part: Part
    path: str


class Patch(Struct, frozen=True, tag="patch"):
    """A JSON Patch (RFC 6902) on the decoded key or value; all of it applies, or the record is refused."""

    part: Part
    operations: tuple[Operation, ...]


class SetBytes(Struct, frozen=True, tag="bytes"):
    """The whole key or value; None is a null (a tombstone), b'' is empty, and the two are never mixed."""

    part: Part
    data: bytes | None


class SetHeader(Struct, frozen=True, tag="header"):
    """One header of this name instead of all there are, where the first of them stood or at the end."""

    name: str
    value: bytes | None


class SetHeaders(Struct, frozen=True, tag="headers"):
    """All headers, in this order."""

    headers: Headers


class DropHeaders(Struct, frozen=True, tag="drop"):
    """Headers whose names fit a glob are left out, upper and lower case alike."""

    glob: str


class KeepHeaders(Struct, frozen=True, tag="keep"):
    """Headers whose names fit none of these globs are left out."""

    globs: tuple[str, ...]


class ToPartition(Struct, frozen=True, tag="partition"):
    """Every record goes to this partition."""

    partition: int


class AtTime(Struct, frozen=True, tag="time"):
    """Every record gets this time."""

    time_ns: int


class NewIds(Struct, frozen=True, tag="new-ids"):
    """The event's id, wherever it stands, becomes a new one; a header tells the old one.

    The new id follows from `seed` and where the record lies: what is sent again after a crash has the same.
    """

    seed: str


Edit = (
    SetField
    | RemoveField
    | MaskField
    | Patch
    | SetBytes
    | SetHeader
    | SetHeaders
    | DropHeaders
    | KeepHeaders
    | ToPartition
    | AtTime
    | NewIds
)


class Edits(Struct, frozen=True):
    """What is done to every record, one step after the other."""

    steps: tuple[Edit, ...] = ()

    @property
    def keeps_partition(self) -> bool:
        """Whether the partition that an edited record names must be the one it is sent to."""
        return any(isinstance(step, ToPartition) for step in self.steps)

    @property
    def keeps_timestamp(self) -> bool:
        """Whether an edited record must be sent with its time."""
        return any(isinstance(step, AtTime) for step in self.steps)


NO_EDITS = Edits()


class NotEditable(ReplayRefused):
    """A record that cannot be changed as asked: one sentence.

    Attributes:
        missing: ids of schemas that a registry may have, and with which it could be.
    """

    def __init__(self, message: str, missing: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


def editing(edits: Edits, decoding: Decoding | None = None) -> Callable[[Record], Record]:
    """What changes records: a record that nothing is changed of is the very same, byte for byte.

    It raises `NotEditable` with the place, and this raises it for a path or a value that is none.
    """
    steps = [_step(each) for each in edits.steps]
    how = decoding or Decoding()

    def edited(record: Record) -> Record:
        work = _Work(record, how)
        try:
            for step in steps:
                step(work)
            return work.record
        except Sealed as sealed:
            raise NotEditable(str(sealed), sealed.missing) from sealed
        except Misfit as misfit:
            raise NotEditable(str(misfit)) from misfit

    return edited


class _Work:
    """One record while it is changed; a part is opened once for all that is done to its fields."""

    def __init__(self, record: Record, decoding: Decoding) -> None:
        self._record, self.decoding = record, decoding
        self._open: dict[Part, tuple[Body, Any]] = {}

    @property
    def record(self) -> Record:
        """As it is now. Raises `Misfit` where it does not fit its schema and the original does."""
        for part, (body, document) in self._open.items():
            if document is not body.document:
                before = {str(fault) for fault in body.faults(body.document)}
                if worse := [fault for fault in body.faults(document) if str(fault) not in before]:
                    raise worse[0]
            self._record = _with(self._record, part, body.data_of(document))
        self._open.clear()
        return self._record

    def put(self, record: Record) -> None:
        self._record = record

    def document(self, part: Part, change: Callable[[Any, Body], Any]) -> None:
        if part == "value" and not self._record.body_stored:
            raise Sealed("The value was not captured, so that no field of it can be changed.")
        body, document = self._open.get(part) or _opened(self._record, part, self.decoding)
        self._open[part] = body, change(document, body)


Step = Callable[[_Work], None]


def _step(edit: Edit) -> Step:
    match edit:
        case SetField(part, path, text):
            return _setting(part, path, text)
        case RemoveField(part, path):
            return _at(part, path, lambda old, body: places.NOTHING, lenient=True)
        case MaskField(part, path):
            masked = lambda old, body: old if old is places.NOTHING else body.coding.native(MASKED, None)  # noqa: E731
            return _at(part, path, masked, lenient=True)
        case Patch(part, operations):
            return lambda work: work.document(
                part, lambda document, body: _patched(document, body, operations)
            )
        case NewIds(seed):
            return lambda work: _renew(work, seed)
        case SetBytes(part, data):
            return lambda work: work.put(_with(work.record, part, data))
        case _:
            return lambda work: work.put(_around(work.record, edit))


def _around(record: Record, edit: Edit) -> Record:
    """The record with something changed that is neither key nor value."""
    match edit:
        case SetHeader(name, value):
            return replace(record, headers=_with_header(record.headers, name, value))
        case SetHeaders(headers):
            return replace(record, headers=headers)
        case DropHeaders(glob):
            return replace(record, headers=tuple(h for h in record.headers if not _fits(h[0], (glob,))))
        case KeepHeaders(globs):
            return replace(record, headers=tuple(h for h in record.headers if _fits(h[0], globs)))
        case ToPartition(partition):
            return replace(record, position=Position(partition, record.position.offset))
        case AtTime(time_ns):
            return replace(record, timestamp_ns=time_ns)
    raise AssertionError(edit)


def _setting(part: Part, path: str, text: str) -> Step:
    try:
        said = json.parse(text)
    except Misfit as misfit:
        raise NotEditable(f"{text} is no JSON: {misfit}") from misfit
    return _at(part, path, lambda old, body: body.coding.native(said, None if old is places.NOTHING else old))


def _at(part: Part, path: str, change: Callable[[Any, Body], Any], *, lenient: bool = False) -> Step:
    try:
        steps = paths.parse(path)
    except ValueError as wrong:
        raise NotEditable(str(wrong)) from wrong

    def step(work: _Work) -> None:
        work.document(
            part,
            lambda document, body: places.changed(
                document, steps, lambda old, _: change(old, body), lenient=lenient
            ),
        )

    return step


def _patched(document: Any, body: Body, operations: Sequence[Operation]) -> Any:
    for operation in operations:
        document = patched(document, operation, body.coding.native)
    return document


def _opened(record: Record, part: Part, decoding: Decoding) -> tuple[Body, Any]:
    body = open_part(record, part, decoding)
    return body, body.document


def _with(record: Record, part: Part, data: bytes | None) -> Record:
    if part == "key":
        return record if data == record.key else replace(record, key=data)
    known = record.body_stored and data == record.value
    return record if known else replace(record, value=data, body_stored=True)


def _with_header(headers: Headers, name: str, value: bytes | None) -> Headers:
    wanted = name.lower()
    at = next((i for i, (each, _) in enumerate(headers) if each.lower() == wanted), len(headers))
    before = headers[:at]
    behind = tuple(header for header in headers[at:] if header[0].lower() != wanted)
    return (*before, (headers[at][0] if at < len(headers) else name, value), *behind)


def _fits(name: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(name.lower(), glob.lower()) for glob in globs)


# New ids


def _renew(work: _Work, seed: str) -> None:
    """Change the one place that tells the id: that whose change changes what the record says of itself."""
    record = work.record
    old = read(record).event_id
    if old is None:
        return
    place = f"{seed}/{record.channel}/{record.position.partition}/{record.position.offset}"
    new = str(uuid5(NAMESPACE_URL, place))
    for changed in _renamed(record, old, new, work):
        if read(changed).event_id == new:
            linked = _with_header(changed.headers, ORIGINAL_ID_HEADER, old.encode())
            work.put(replace(changed, headers=linked))
            return
    raise Sealed(f"The event's id {old} stands where it cannot be changed.")


def _renamed(record: Record, old: str, new: str, work: _Work) -> Iterator[Record]:
    """The record with another id in one place after the other."""
    for number, (name, value) in enumerate(record.headers):
        if value == old.encode():
            changed = (*record.headers[:number], (name, new.encode()), *record.headers[number + 1 :])
            yield replace(record, headers=changed)
    try:
        body, document = _opened(record, "value", work.decoding)
    except Sealed:
        return
    for path in _leaves(document, old, ()):
        renamed = places.changed(document, path, lambda before, _: new)
        yield _with(record, "value", body.data_of(renamed))


def _leaves(value: Any, wanted: str, path: paths.Path) -> Iterator[paths.Path]:
    if isinstance(value, dict) and len(path) < _DEEP:
        for name, item in value.items():
            yield from _leaves(item, wanted, (*path, str(name)))
    elif value == wanted:
        yield path
