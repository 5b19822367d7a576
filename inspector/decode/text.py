"""Bytes that are text."""

from __future__ import annotations

from xml.parsers import expat

from inspector.decode.base import Declined, Inside, Reading
from inspector.decode.preview import is_text
from inspector.record import Headers

BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Xml:
    """A well-formed XML document, as its text; document types and entities are never opened."""

    name = "XML"

    def decode(self, data: bytes, headers: Headers) -> Reading | Inside:
        """The document as it was written."""
        if not data.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<"):
            raise Declined("it does not begin with <")
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse_doctype
        encodings: list[str | None] = []
        parser.XmlDeclHandler = lambda version, encoding, standalone: encodings.append(encoding)
        try:
            parser.Parse(data, True)
            text = data.decode(_text_encoding(data) or next(filter(None, encodings), "utf-8"))
        except expat.ExpatError as error:
            raise Declined(f"{expat.ErrorString(error.code)} at byte {parser.ErrorByteIndex}") from error
        except (LookupError, UnicodeDecodeError) as error:
            raise Declined("it is not in the character set that it names") from error
        return Reading(text, self.name)


class Text:
    """UTF-8, or UTF-16 with a byte order mark, without control characters."""

    name = "text"

    def decode(self, data: bytes, headers: Headers) -> Reading | Inside:
        """The text."""
        encoding = _text_encoding(data)
        try:
            text = data.decode(encoding or "utf-8")
        except UnicodeDecodeError as error:
            raise Declined(f"it is not UTF-8 from byte {error.start} on") from error
        if not is_text(text):
            raise Declined("it holds control characters")
        return Reading(text, "UTF-16 text" if encoding == "utf-16" else "text")


def _text_encoding(data: bytes) -> str | None:
    return next((name for mark, name in BYTE_ORDER_MARKS.items() if data.startswith(mark)), None)


def _refuse_doctype(name: str, system_id: str | None, public_id: str | None, has_subset: bool) -> None:
    raise Declined("it declares a document type, which is not opened")
