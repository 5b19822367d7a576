"""What evidence says of two applications without settling it: a person may."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from graph.evidence import noisy_or
from graph.model import Alias, Suggestion
from inspector.discovery.components import telling
from inspector.discovery.decisions import Decisions
from inspector.discovery.facts import Actor, Bond, Writer
from inspector.discovery.identity import EQUAL_NAME, SHORT, SHORT_NAME, THRESHOLD, Identity
from inspector.discovery.names import GENERIC_WORDS, stem

AT_LEAST = 0.4
"""Below it a suggestion is a guess that costs a person more than it gives."""
MOST = 50
SAME_BUT_ROLE = 0.6
"""`orders-svc` and `orders`."""
SHARED_WORDS = 0.3
CONTRADICTED = 0.6
"""What would settle it, were there not a guard against it."""

_ROLE = re.compile(r"-(?:svc|service|api|app)$")
_DEPLOYED = re.compile(
    r"v?\d+|[a-z]{2}|north|south|east|west|central|blue|green|dev|test|stage|staging|prod|tenant"
)
"""Words that tell apart deployments of one program, which are several applications."""

_Pair = tuple[int, int]
_Reason = tuple[float, str]


def suggest(shown: Sequence[Identity], bonds: Iterable[Bond], decisions: Decisions) -> tuple[Suggestion, ...]:
    """The best of them, the best first, between the applications that are shown."""
    home = {member: number for number, identity in enumerate(shown) for member in identity.members}
    reasons: dict[_Pair, dict[str, _Reason]] = {}
    for bond in bonds:
        a, b = home.get(bond.a), home.get(bond.b)
        if a is not None and b is not None and a != b:
            piece = bond.evidence
            _support(reasons, a, b, piece.family, (piece.confidence, piece.detail))
    for pair, families in reasons.items():
        if common := _common_words(shown[pair[0]], shown[pair[1]]):
            families["name"] = (SHARED_WORDS, f"Both names have the word {common}.")
    for a, b, reason in _alike(shown):
        _support(reasons, a, b, "name", reason)
    settled = _settled(home, decisions)
    found = []
    for pair, families in reasons.items():
        confidence = round(noisy_or(strength for strength, _ in families.values()), 4)
        one, other = (_called(shown[number]) for number in pair)
        if confidence >= AT_LEAST and pair not in settled and one is not None and other is not None:
            why = " ".join(text for _, text in sorted(families.values(), reverse=True)[:2])
            at_most = CONTRADICTED if confidence >= THRESHOLD else confidence
            found.append(Suggestion(min(one, other), max(one, other), at_most, why))
    return tuple(sorted(found, key=lambda each: (-each.confidence, each.a, each.b))[:MOST])


def _support(reasons: dict[_Pair, dict[str, _Reason]], a: int, b: int, family: str, reason: _Reason) -> None:
    families = reasons.setdefault((min(a, b), max(a, b)), {})
    families[family] = max(families.get(family, reason), reason)


def _called(identity: Identity) -> Alias | None:
    """The name under which a person decides about it."""
    if identity.lead is not None:
        return identity.lead
    writers = [member for member in identity.members if isinstance(member, Writer)]
    return min(writers, key=lambda writer: writer.producer_id).alias if writers else None


def _name(identity: Identity) -> str | None:
    name = None if identity.lead is None else stem(identity.lead)
    return None if name in GENERIC_WORDS else name


def _common_words(one: Identity, other: Identity) -> str | None:
    """A word that two names share, unless all that differs tells deployments apart."""
    a, b = (set((_name(each) or "").split("-")) - {""} for each in (one, other))
    common = sorted(word for word in (a & b) - GENERIC_WORDS if not _ROLE.fullmatch(f"-{word}"))
    differ = a ^ b
    if not common or (differ and all(_DEPLOYED.fullmatch(word) for word in differ)):
        return None
    return common[0]


def _alike(shown: Sequence[Identity]) -> Iterator[tuple[int, int, _Reason]]:
    """Names that are equal, but for too many or too short, and names equal but for a word of role."""
    by_role: dict[str, dict[str, list[int]]] = {}
    for number, identity in enumerate(shown):
        if (name := _name(identity)) is not None:
            by_role.setdefault(_ROLE.sub("", name), {}).setdefault(name, []).append(number)
    for stems in by_role.values():
        for name, alike in stems.items():
            alike.sort(key=lambda number: telling(_lead(shown[number])))
            strength = EQUAL_NAME - 0.1 if len(name) >= SHORT else SHORT_NAME
            for other in alike[1:]:
                text = f"{len(alike)} applications are called {name}."
                yield alike[0], other, (strength, text)
        for one, other_name in combinations(sorted(stems), 2):
            text = f"{one} and {other_name} differ by a word for services alone."
            yield stems[one][0], stems[other_name][0], (SAME_BUT_ROLE, text)


def _lead(identity: Identity) -> Alias:
    assert identity.lead is not None
    return identity.lead


def _settled(home: dict[Actor, int], decisions: Decisions) -> set[_Pair]:
    """Pairs that a person keeps apart."""
    pairs: set[_Pair] = set()
    if decisions.apart:
        named: dict[Alias, set[int]] = {}
        for actor, number in home.items():
            alias = actor.alias if isinstance(actor, Writer) else actor
            if isinstance(alias, Alias):
                named.setdefault(alias, set()).add(number)
        for one, other in decisions.apart:
            for a in named.get(one, ()):
                pairs |= {(min(a, b), max(a, b)) for b in named.get(other, ())}
    return pairs
