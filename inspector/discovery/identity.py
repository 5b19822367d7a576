"""Which actors are one application: aliases, bonds between them, connected components.

Nothing is merged for good: components are worked out anew from the evidence whenever that changes. Bonds
between two components join by noisy-or over their families, equal names being one family more; from
`THRESHOLD` on the two are one. What people decided comes first, and nothing goes against it.

How sure that is, and what was right in the 150 random worlds of `tests.bench calibration`; most of what is
wrong was done by somebody who is gone:

| claim | said | right |
|---|---|---|
| equal names are one application | 0.84 | 0.97 |
| bonds make it one application | 0.97 | 0.99 |
| a group receives, by its members and commits | 1.00 | 1.00 |
| a producer id sends, named by its transactional id | 0.96 | 0.93 |
| a producer id sends, named by headers | 0.89 | 0.91 |
| who is named by headers alone sends | 0.77 | 0.86 |
| a group sends dead letters | 0.97 | 0.90 |
| a principal does what it may do | 0.37 | 0.60 |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from graph.evidence import combine, noisy_or
from graph.model import Alias, ApplicationKind
from inspector.discovery.components import (
    BY_CONSTRUCTION,
    MOST_JOINED,
    Component,
    Components,
    Place,
    place,
    telling,
)
from inspector.discovery.decisions import Decisions
from inspector.discovery.facts import Actor, Bond, Writer
from inspector.discovery.names import GENERIC_WORDS, joined, kind, shown, stem

THRESHOLD = 0.8
"""From here on two components are one application."""
EQUAL_NAME = 0.85
"""How far equal stems make two names one application. In `tests.bench calibration` 96 % of such claims are
right; it stays below what is called certain, because how often names collide is an assumption there."""
SHORT_NAME = 0.6
SHORT = 5
"""Stems shorter than this agree by chance, unless a group and a sender in headers have that name."""

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Identity:
    """One application: what it is called, and all under which it was seen."""

    key: str
    """Unique among the identities of one graph; empty where nothing names it."""
    name: str
    members: frozenset[Actor]
    confidence: float = 1.0
    same_name: str = ""
    """The sentence that says which names are equal, where that is what joins them."""
    lead: Alias | None = None
    """The most telling of its names."""
    rank: Place = (0, "", "", 0)
    """Orders identities of one key."""


def resolve(
    actors: Iterable[Actor], bonds: Iterable[Bond], decisions: Decisions | None = None
) -> list[Identity]:
    """The applications behind actors and what is bonded to them; the same for every order of both.

    Actors that no name belongs to come as identities with an empty key, one for each component. Raises
    BadPattern.
    """
    decisions = decisions or Decisions()
    bonds = list(bonds)
    real = set(actors)
    for bond in bonds:
        if bond.evidence.confidence >= THRESHOLD:
            real.add(bond.a)
            real.add(bond.b)
    bonds = [bond for bond in bonds if bond.a in real and bond.b in real]
    leaves, bonds = _leaves(bonds, decisions)
    components = Components(real - leaves.keys(), decisions)
    surely = [bond for bond in bonds if bond.evidence.confidence >= BY_CONSTRUCTION]
    for bond in sorted(surely, key=lambda bond: (-bond.evidence.confidence, *_ends(bond))):
        components.join(components.of[bond.a], components.of[bond.b], bond.evidence.confidence)
    while _join(components, bonds):
        pass
    for writer, (alias, strength) in leaves.items():
        if strength >= THRESHOLD:
            home = components.of[alias]
            home.members.append(writer)
            home.weakest = min(home.weakest, strength)
        else:
            components.add(writer)
    return _named(components)


def _leaves(
    bonds: Sequence[Bond], decisions: Decisions
) -> tuple[dict[Writer, tuple[Alias, float]], list[Bond]]:
    """Producer ids that have to do with one name alone, and the bonds of all others.

    They are nearly all that there is, and whether they are joined decides nothing else.
    """
    decided = decisions.producer_ids()
    first: dict[Writer, Bond] = {}
    more: dict[Writer, list[Bond]] = {}
    several: set[Writer] = set()
    for bond in bonds:
        writer, alias = _sides(bond)
        if writer is None:
            continue
        known = first.setdefault(writer, bond)
        if alias is None or str(writer.producer_id) in decided:
            several |= {end for end in (bond.a, bond.b) if isinstance(end, Writer)}
        elif known is not bond:
            if alias in (known.a, known.b):
                more.setdefault(writer, [known]).append(bond)
            else:
                several.add(writer)
    leaves: dict[Writer, tuple[Alias, float]] = {}
    for writer, bond in first.items():
        alias = _sides(bond)[1]
        if alias is not None and writer not in several:
            strength = bond.evidence.confidence
            if writer in more:
                strength = round(combine(each.evidence for each in more[writer]), 6)
            leaves[writer] = (alias, strength)
    return leaves, [bond for bond in bonds if bond.a not in leaves and bond.b not in leaves]


def _sides(bond: Bond) -> tuple[Writer | None, Alias | None]:
    """The producer id and the name of a bond between those."""
    a, b = bond.a, bond.b
    if isinstance(a, Writer):
        return a, b if isinstance(b, Alias) else None
    if isinstance(b, Writer):
        return b, a if isinstance(a, Alias) else None
    return None, None


def _ends(bond: Bond) -> tuple[Place, Place]:
    a, b = place(bond.a), place(bond.b)
    return (a, b) if a < b else (b, a)


def _join(components: Components, bonds: Iterable[Bond]) -> bool:
    """Join all pairs that are sure enough as they are now, the surest first; whether there was one."""
    pairs: dict[tuple[Place, Place], dict[str, float]] = {}
    of = components.of
    for bond in bonds:
        a, b = of[bond.a], of[bond.b]
        if a is not b:
            _support(pairs, a, b, bond.evidence.family, bond.evidence.confidence)
    by_name = _equal_names(components)
    for (a, b), strength in by_name.items():
        _support(pairs, a, b, "name", strength)
    at = {component.rank: component.members[0] for component in components.all()}
    sure = [
        (-strength, pair)
        for pair, families in pairs.items()
        if (strength := round(noisy_or(families.values()), 6)) >= THRESHOLD
    ]
    any_joined = False
    for doubt, (one, other) in sorted(sure):
        a, b = of[at[one]], of[at[other]]
        if components.join(a, b, -doubt):
            any_joined = True
            of[at[one]].by_name |= "name" in pairs[one, other]
    return any_joined


def _support(
    pairs: dict[tuple[Place, Place], dict[str, float]],
    a: Component,
    b: Component,
    family: str,
    confidence: float,
) -> None:
    pair = (a.rank, b.rank) if a.rank < b.rank else (b.rank, a.rank)
    families = pairs.setdefault(pair, {})
    families[family] = max(families.get(family, 0.0), confidence)


def _equal_names(components: Components) -> dict[tuple[Component, Component], float]:
    """Components of one stem, each with the most telling of them, and how much that says."""
    by_stem: dict[str, list[Component]] = {}
    for component in components.all():
        if (name := component.stem) is not None and name not in GENERIC_WORDS:
            by_stem.setdefault(name, []).append(component)
    pairs: dict[tuple[Component, Component], float] = {}
    for name, parts in by_stem.items():
        if len(parts) > 1 and len({_calling(part) for part in parts}) <= MOST_JOINED:
            first, *others = sorted(parts, key=_telling)
            for other in others:
                kinds = {alias.kind for part in (first, other) for alias in _names(part)}
                long = len(name) >= SHORT or {"group", "source"} <= kinds
                pairs[first, other] = EQUAL_NAME if long else SHORT_NAME
    return pairs


def _telling(component: Component) -> tuple[bool, int, str]:
    assert component.lead is not None
    return telling(component.lead)


def _calling(component: Component) -> tuple[str, str]:
    """The most telling name without what numbers instances: each has a transactional id of its own."""
    assert component.lead is not None
    kind, value = component.lead.kind, component.lead.value
    return kind, _NUMBER.sub("#", value) if kind in ("transactional-id", "client-id") else value


def _names(component: Component) -> list[Alias]:
    return [member for member in component.members if isinstance(member, Alias)]


def _named(components: Components) -> list[Identity]:
    identities: list[Identity] = []
    by_stem: dict[str, list[tuple[Component, list[Alias]]]] = {}
    for component in components.all():
        told = sorted(_names(component), key=telling)
        if components.unseen:
            component.members = [each for each in component.members if each not in components.unseen]
            if not component.members:
                continue
            # A name that only a person gave still names what it was given to.
            seen = [alias for alias in told if alias not in components.unseen]
            told = seen if any(map(stem, seen)) else told
        name = stem(told[0]) if told else None
        if name is not None:
            by_stem.setdefault(name, []).append((component, told))
        else:
            first = told[0].value if told else ""
            identities.append(_identity(first, first, component, told))
    for name, parts in by_stem.items():
        identities += _keyed(name, parts)
    return _unique(identities)


def _keyed(name: str, parts: Sequence[tuple[Component, list[Alias]]]) -> Iterator[Identity]:
    """Components of one stem that are not joined: the most telling one has the plain key."""
    for number, (part, told) in enumerate(sorted(parts, key=lambda each: telling(each[1][0]))):
        first = told[0]
        key = name if number == 0 else f"{name} ({first.kind} {first.value})"
        yield _identity(key, name, part, told)


def _identity(key: str, name: str, component: Component, told: Sequence[Alias]) -> Identity:
    display = next((text for alias in told if joined(text := shown(alias)) == name), name)
    if key != name:
        display = key
    if any(kind(alias) is ApplicationKind.CONNECTOR for alias in told):
        # Connect puts this before the name that people gave the connector.
        display = display.removeprefix("connect-") or display
    same_name = ""
    if component.by_name:
        equal = [alias.value for alias in told if stem(alias) == name]
        listed = equal if len(equal) < 5 else [*equal[:3], f"{len(equal) - 3} more"]
        same_name = f"{', '.join(listed[:-1])} and {listed[-1]} are one name, {name}."
    members, confidence = frozenset(component.members), round(component.weakest, 4)
    return Identity(key, display, members, confidence, same_name, told[0] if told else None, component.rank)


def _unique(identities: Iterable[Identity]) -> list[Identity]:
    """A name without a stem may spell like the stem of another; that gets a mark."""
    taken: set[str] = set()
    unique = []
    for identity in sorted(identities, key=lambda each: (each.key, each.rank)):
        key = identity.key
        while key and key in taken:
            key += " (another)"
        taken.add(key)
        unique.append(identity if key == identity.key else replace(identity, key=key, name=key))
    return unique
