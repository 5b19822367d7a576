"""Values behind the header of a schema registry."""

from __future__ import annotations

from inspector.decode import avro
from inspector.decode.base import About, Declined, Inside, Reading
from inspector.decode.json import named, parse
from inspector.decode.schemas import Language, Missing

HEADER = 5
"""A zero byte and the schema id in four, big endian (Confluent wire format)."""
AS_REGISTRY = "as a schema registry's"
GLUE_HEADER = 18
"""A three, how it is compressed (0, or 5 for zlib) and the schema's UUID (AWS Glue)."""


class SchemaRegistry:
    """A value behind the header that serialisers with a schema registry put before it."""

    name = "schema registry"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """By the schema of its id. A JSON value needs none; it gives it a name."""
        if data[0] == 3 and len(data) > GLUE_HEADER and data[1] in (0, 5):
            schema_id = data[2:GLUE_HEADER].hex()
            raise Declined(f"as AWS Glue's it would have schema {schema_id}, and Glue is not asked")
        if data[0] != 0 or len(data) <= HEADER:
            raise Declined("it does not begin with a zero byte and a schema id")
        number = int.from_bytes(data[1:HEADER], "big")
        body = data[HEADER:]
        try:
            schema = about.schemas.by_id(number)
        except Missing as missing:
            try:
                value, problems = parse(body)
            except Declined:
                raise Declined(f"{AS_REGISTRY} it would have schema {number}, and {missing}") from missing
            return Reading(value, f"JSON with schema {number}", " ".join(problems), missing.number)
        match schema.language:
            case Language.AVRO:
                value, name = avro.read(body, schema)
            case Language.PROTOBUF:
                from inspector.decode.proto_messages import read_framed  # its runtime takes a while to load

                value, name = read_framed(body, schema)
            case Language.JSON:
                value, _ = parse(body)
                name = named(schema.text)
        kind = {"AVRO": "Avro", "PROTOBUF": "Protobuf", "JSON": "JSON"}[schema.language]
        return Reading(value, f"{kind} with schema {number}{name and f' ({name})'}")
