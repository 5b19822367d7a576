"""Which actors are one application: aliases, bonds between them, connected components.

Nothing is merged for good: components are worked out anew from the evidence whenever that changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from graph.evidence import combine
from graph.model import Alias, ApplicationKind
from inspector.discovery.facts import Actor, Bond
from inspector.discovery.names import GENERIC_WORDS, joined, kind, shown, stem

THRESHOLD = 0.8
"""Weaker bonds only support what stronger ones say."""
BY_CONSTRUCTION = 0.97
"""From here on a bond holds whatever the names are; below it, names that contradict each other win."""
EQUAL_NAME = 0.8
"""How far equal stems make two names one application."""
SHORT = 5
"""Stems shorter than this agree by chance; only a group and a source of that name are joined."""
MOST_JOINED = 5
"""More components of one stem are instances or tenants; joining them needs a person."""

_NAMING = ("group", "transactional-id", "source", "principal", "client-id")
"""Kinds of alias in the order in which they name an application."""


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


@dataclass
class _Component:
    members: list[Actor]
    weakest: float = 1.0

    def aliases(self) -> list[Alias]:
        """The names in it, the most telling one first."""
        return sorted((member for member in self.members if isinstance(member, Alias)), key=_telling)

    def stem(self) -> str | None:
        """The stem of the most telling name; None where none tells anything."""
        return next((stem(alias) for alias in self.aliases()), None)


def _telling(alias: Alias) -> tuple[bool, int, str]:
    place = _NAMING.index(alias.kind) if alias.kind in _NAMING else len(_NAMING)
    return stem(alias) is None, place, alias.value


def _order(bond: Bond) -> tuple[float, str, str]:
    return -bond.evidence.confidence, str(bond.a), str(bond.b)


def _bonded(actors: Iterable[Actor], bonds: Iterable[Bond]) -> list[_Component]:
    """Components by bonds alone, strongest first, so that their order of arrival does not matter."""
    home: dict[Actor, _Component] = {actor: _Component([actor]) for actor in actors}
    for bond in sorted(bonds, key=_order):
        for actor in (bond.a, bond.b):
            if actor not in home:
                home[actor] = _Component([actor])
        a, b = home[bond.a], home[bond.b]
        strength = bond.evidence.confidence
        if a is b:
            continue
        if strength < BY_CONSTRUCTION:
            one, other = a.stem(), b.stem()
            if one is not None and other is not None and one != other:
                continue
        if len(a.members) < len(b.members):
            a, b = b, a
        a.members += b.members
        a.weakest = min(a.weakest, b.weakest, strength)
        for member in b.members:
            home[member] = a
    return list({id(component): component for component in home.values()}.values())


def resolve(actors: Iterable[Actor], bonds: Iterable[Bond]) -> list[Identity]:
    """The applications behind actors and what is bonded to them; the same for every order of both.

    Actors that no name belongs to come as identities with an empty key, one for each component.
    """
    strong: list[Bond] = []
    weak: dict[Actor, list[Bond]] = {}
    for bond in bonds:
        if bond.evidence.confidence >= THRESHOLD:
            strong.append(bond)
        else:
            weak.setdefault(bond.a, []).append(bond)
    identities: list[Identity] = []
    by_stem: dict[str, list[_Component]] = {}
    for component in _bonded(actors, strong):
        name = component.stem()
        if name is not None:
            by_stem.setdefault(name, []).append(component)
        else:
            first = next((alias.value for alias in component.aliases()), "")
            identities.append(_identity(first, first, component))
    for name, parts in by_stem.items():
        if _may_join(name, parts):
            identities.append(_joined(name, parts, weak))
        else:
            identities += _apart(name, parts)
    return _unique(identities)


def _may_join(name: str, parts: Sequence[_Component]) -> bool:
    if name in GENERIC_WORDS or not 1 < len(parts) <= MOST_JOINED:
        return False
    kinds = {alias.kind for part in parts for alias in part.aliases()}
    return len(name) >= SHORT or {"group", "source"} <= kinds


def _joined(name: str, parts: Sequence[_Component], weak: Mapping[Actor, Sequence[Bond]]) -> Identity:
    """One application of several components that share a stem, with what else supports that."""
    members = {member for part in parts for member in part.members}
    support = [bond.evidence for member in members for bond in weak.get(member, ()) if bond.b in members]
    doubt = (1.0 - EQUAL_NAME) * (1.0 - combine(support))
    whole = _Component(list(members), min(1.0 - doubt, *(part.weakest for part in parts)))
    told = [alias.value for alias in whole.aliases() if stem(alias) == name]
    listed = told if len(told) < 5 else [*told[:3], f"{len(told) - 3} more"]
    sentence = f"{', '.join(listed[:-1])} and {listed[-1]} are one name, {name}."
    return replace(_identity(name, name, whole), same_name=sentence)


def _apart(name: str, parts: Sequence[_Component]) -> Iterator[Identity]:
    """Components of one stem that are not joined: the most telling one has the plain key."""
    for place, part in enumerate(sorted(parts, key=lambda part: _telling(part.aliases()[0]))):
        first = part.aliases()[0]
        yield _identity(name if place == 0 else f"{name} ({first.kind} {first.value})", name, part)


def _identity(key: str, name: str, component: _Component) -> Identity:
    written = (shown(alias) for alias in component.aliases())
    display = next((text for text in written if joined(text) == name), name) if key == name else key
    if any(kind(alias) is ApplicationKind.CONNECTOR for alias in component.aliases()):
        # Connect puts this before the name that people gave the connector.
        display = display.removeprefix("connect-") or display
    return Identity(key, display, frozenset(component.members), round(component.weakest, 4))


def _unique(identities: Iterable[Identity]) -> list[Identity]:
    """A name without a stem may spell like the stem of another; that gets a mark."""
    taken: set[str] = set()
    unique = []
    for identity in sorted(identities, key=lambda each: (each.key, sorted(map(str, each.members)))):
        key = identity.key
        while key and key in taken:
            key += " (another)"
        taken.add(key)
        unique.append(identity if key == identity.key else replace(identity, key=key, name=key))
    return unique
