"""XML, its document types and entities never opened."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.parsers.expat import ErrorString

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from inspector.decode.base import About, Declined, Inside, Reading

MOST_DEEP = 200


class Xml:
    """A well-formed document: attributes with @, text beside others as #text, repeated names a list."""

    name = "XML"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """The root by its name."""
        if not data.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<"):
            raise Declined("it does not begin with <")
        try:
            root = fromstring(data, forbid_dtd=True)
        except ParseError as error:
            line, column = error.position
            raise Declined(f"{ErrorString(error.code)} in line {line}, column {column + 1}") from error
        except DefusedXmlException as error:
            raise Declined("it declares a document type, which is not opened") from error
        except (ValueError, LookupError) as error:
            raise Declined("it is not in the character set that it names") from error
        return Reading({_name(root.tag): _content(root, MOST_DEEP)}, self.name)


def _content(element: Element, deep: int) -> Any:
    if not deep:
        raise Declined("it is nested too deeply")
    made: dict[str, Any] = {f"@{_name(name)}": value for name, value in element.items()}
    for child in element:
        name, content = _name(child.tag), _content(child, deep - 1)
        if name not in made:
            made[name] = content
        elif isinstance(made[name], list):
            made[name].append(content)
        else:
            made[name] = [made[name], content]
    pieces = [element.text, *(child.tail for child in element)]
    text = " ".join(piece.strip() for piece in pieces if piece and piece.strip())
    if not made:
        return text
    if text:
        made["#text"] = text
    return made


def _name(tag: str) -> str:
    """Without its namespace, which the text of the document has."""
    return tag.rpartition("}")[2]
