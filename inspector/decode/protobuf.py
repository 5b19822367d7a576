"""Protobuf whose message is named: by the person who chose it, or by the content-type header."""

from __future__ import annotations

import re

from inspector.decode.base import About, Declined, Inside, Reading
from inspector.decode.schemas import Language, Missing

CONTENT_NAME = re.compile(
    r"protobuf\b.*?;\s*(?:messagetype|message|proto|type)\s*=\s*\"?([\w.]+)", re.IGNORECASE
)
"""How a content-type header names the message: there is no registered way."""


class Protobuf:
    """A bare message, by the name that a person or the content-type header gives."""

    name = "Protobuf"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """By that message's descriptor."""
        wanted = message_name(about)
        if not wanted:
            raise Declined("nothing names its message; choose Protobuf with its name for this channel")
        try:
            schema = about.schemas.named(wanted, Language.PROTOBUF)
        except Missing as missing:
            raise Declined(str(missing)) from missing
        from inspector.decode.proto_messages import read_named  # Protobuf's runtime takes a while to load

        return Reading(read_named(data, schema, wanted), f"{self.name} ({wanted})")


def message_name(about: About) -> str:
    """The full name that a person chose or a header gives; empty where none does."""
    if about.argument:
        return about.argument
    for name, value in about.headers:
        if value and name.lower() in ("content-type", "contenttype"):
            found = CONTENT_NAME.search(value.decode("utf-8", "replace"))
            return found[1] if found else ""
    return ""
