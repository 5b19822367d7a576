"""Keys and bodies of the shop's events, made from a seeded source of chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import orjson

from inspector.demo.shop.scenario import EventType

Body = dict[str, Any]
Maker = Callable[[Random, str], Any]

FIRST_NAMES = ("ada", "bela", "chidi", "dana", "emre", "freya", "goran", "hana", "ines", "jonas")
LAST_NAMES = ("okafor", "lindqvist", "nguyen", "moreau", "schmidt", "rossi", "yilmaz", "novak")
STREETS = ("Hafenstraße", "Mill Lane", "Rue des Lilas", "Via Roma", "Lange Reihe")
TITLES = ("kettle", "desk lamp", "running shoe", "notebook", "tea towel", "headphones", "rain jacket")


def make_body(kind: EventType, cause: Mapping[str, Any], age_s: float, chance: Random) -> Body:
    """Fields of a new event, taken over from the event that caused it where both have them."""
    fields = kind.fields
    if kind.added and age_s >= kind.added_after_s:
        fields = fields | kind.added
    body: Body = {}
    for name, maker in fields.items():
        fresh = maker.removeprefix("new ")
        body[name] = cause[name] if fresh == maker and name in cause else _make(fresh, chance)
    return body


def encode(kind: EventType, body: Body) -> bytes:
    """The bytes of a body in its kind's format."""
    if kind.format == "csv":
        return ";".join(str(value) for value in body.values()).encode()
    return orjson.dumps(body)


def decode(value: bytes | None) -> Body:
    """The fields of a body; none for one that is not a JSON object, such as the supplier's lines."""
    if not value or not value.startswith(b"{"):
        return {}
    body = orjson.loads(value)
    return body if isinstance(body, dict) else {}


def version(kind: EventType, age_s: float) -> int:
    """The version of the schema that a sender of this age writes."""
    return 2 if kind.added and age_s >= kind.added_after_s else 1


def _make(maker: str, chance: Random) -> Any:
    name, _, argument = maker.partition(":")
    return MAKERS[name](chance, argument)


def _between(argument: str) -> tuple[float, float]:
    low, _, high = argument.partition("..")
    return float(low), float(high)


def _money(chance: Random, argument: str) -> float:
    return round(chance.uniform(*_between(argument)), 2)


def _whole(chance: Random, argument: str) -> int:
    low, high = _between(argument)
    return chance.randint(int(low), int(high))


def _email(chance: Random, _argument: str) -> str:
    return f"{chance.choice(FIRST_NAMES)}.{chance.choice(LAST_NAMES)}@example.com"


def _address(chance: Random, _argument: str) -> dict[str, str]:
    return {
        "street": f"{chance.choice(STREETS)} {chance.randint(1, 140)}",
        "postcode": f"{chance.randint(10_000, 99_999)}",
    }


def _products(chance: Random, argument: str) -> list[Body]:
    """A list of about so many bytes as JSON."""
    one = {"sku": "sku-00000", "title": "", "price": 0.0, "description": "x" * 120}
    count = math.ceil(int(argument) / (len(orjson.dumps(one)) + 12))
    return [
        {
            "sku": f"sku-{number:05}",
            "title": chance.choice(TITLES),
            "price": round(chance.uniform(5, 90), 2),
            "description": "x" * 120,
        }
        for number in range(count)
    ]


MAKERS: Mapping[str, Maker] = {
    "id": lambda chance, prefix: f"{prefix}-{chance.randrange(10**9):09}",
    "sku": lambda chance, _: f"sku-{20_400 + chance.randrange(40)}",
    "customer": lambda chance, _: f"c-{9_000 + chance.randrange(200)}",
    "cart": lambda chance, _: f"cart-{chance.randrange(300):04}",
    "email": _email,
    "address": _address,
    "iban": lambda chance, _: f"DE{chance.randrange(10**20):020}",
    "title": lambda chance, _: chance.choice(TITLES),
    "money": _money,
    "int": _whole,
    "share": lambda chance, _: round(chance.random(), 3),
    "flag": lambda chance, _: chance.random() < 0.5,
    "choice": lambda chance, argument: chance.choice(argument.split("|")),
    "time": lambda _chance, _argument: datetime.now(UTC).isoformat(timespec="milliseconds"),
    "products": _products,
}
"""How the value of a field is made, by the name before the colon in the scenario."""
