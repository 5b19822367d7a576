"""Whether a JSON document is as its schema or its convention says.

jsonschema is imported where it is needed, as it takes a while. It fetches nothing: a schema refers to what
the registry gave with it, or to nothing.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from inspector.decode.json import CLOUDEVENTS_REQUIRED
from inspector.decode.schemas import Schema
from inspector.encode.misfit import Misfit

MOST = 20
"""Faults that are told of one document."""


def by_schema(document: Any, schema: Schema) -> list[Misfit]:
    """What of a document is not as its JSON Schema says, up to `MOST`."""
    validator, wrong = _validator(schema)
    if validator is None:
        return [Misfit(wrong)]
    from referencing.exceptions import Unresolvable

    try:
        found = list(islice(validator.iter_errors(_plain(document)), MOST))
    except Unresolvable as error:
        return [Misfit(f"its schema refers to {error.ref}, which the registry did not give with it")]
    return [Misfit(_shortened(each.message), tuple(each.absolute_path)) for each in found]


def as_cloud_event(document: Any) -> list[Misfit]:
    """What an event in structured mode or a batch lacks (CloudEvents 1.0 §3)."""
    batch = isinstance(document, list)
    found: list[Misfit] = []
    for place, event in enumerate(document if batch else [document]):
        told = event if isinstance(event, dict) else {}
        found += (
            Misfit("a CloudEvent needs it, as text", (place, name) if batch else (name,))
            for name in CLOUDEVENTS_REQUIRED
            if not isinstance(told.get(name), str) or not told[name]
        )
    return found[:MOST]


@lru_cache(maxsize=64)
def _validator(schema: Schema) -> tuple[Any, str]:
    """What checks documents; else why there is nothing that could."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft7Validator, validator_for
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    try:
        whole = json.loads(schema.text)
        kind = validator_for(whole, default=Draft7Validator)
        kind.check_schema(whole)
        others = [
            (name, Resource.from_contents(json.loads(text), default_specification=DRAFT7))
            for name, text in schema.references
        ]
        return kind(whole, registry=Registry().with_resources(others)), ""
    except (ValueError, SchemaError) as error:
        return None, f"its schema is no JSON Schema: {_shortened(str(error).splitlines()[0])}"


def _plain(document: Any) -> Any:
    """Numbers as the validator knows them: `1.0` is an integer to JSON Schema."""
    if isinstance(document, dict):
        return {name: _plain(item) for name, item in document.items()}
    if isinstance(document, list):
        return [_plain(item) for item in document]
    return float(document) if isinstance(document, Decimal) else document


def _shortened(text: str) -> str:
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= 200 else f"{text[:199]}…"
