"""What people decided, as values: connections, identities, rules, applications, loops; and changes of it."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from graph.identity import Action
from graph.model import Alias
from graph.view.settings import By, Direction, LabelKind
from inspector.capture.level import ChannelLevel
from inspector.capture.masks import Mask
from inspector.conventions.rules import HeaderRule
from inspector.declaration import does

_T = TypeVar("_T")

Names = tuple[str, ...]
"""Names in the form `kind:value`, such as `group:billing` or `source:/billing`."""


class KnownServer(Struct, frozen=True):
    """A broker to connect to."""

    url: str
    """Without a password."""
    name: str = ""
    """What people call it; empty for its address."""


class Identities(Struct, frozen=True):
    """Which names are one application, and which are not."""

    together: tuple[Names, ...] = ()
    """All names of an entry are one application."""
    apart: tuple[Names, ...] = ()
    """The first name of an entry is none of the others."""
    patterns: tuple[str, ...] = ()
    """Regular expressions over whole names; see `Decisions.patterns`."""


class Confirmed(Struct, frozen=True):
    """An edge that a person knows to exist."""

    application: str
    """A name of the application, as `kind:value`."""
    action: Action
    channel: str
    """Its name, or its whole id such as `kafka://host:9092/topic/orders`."""


class DeclaredApplication(Struct, frozen=True):
    """An application as people describe it."""

    name: str
    owner: str | None = None
    description: str | None = None
    sends: tuple[str, ...] = ()
    """Channels by name, or by whole id where the name alone is not enough."""
    receives: tuple[str, ...] = ()
    idempotent: bool | None = None
    """Whether a record that it had before changes nothing any more; None where nobody says."""


class AcknowledgedLoop(Struct, frozen=True, forbid_unknown_fields=True):
    """A loop that is meant to be, and why. A key that is not known may be a limit, and is refused."""

    hops: tuple[str, ...]
    """In order, a channel first; each by its plain name, or by its whole id where the name is not enough."""
    reason: str
    gain_below: float | None = None
    """It holds only while the gain is below this; None for whatever the gain."""


class Note(Struct, frozen=True):
    """What somebody wrote on an application or a channel in the picture."""

    on: str
    """Its plain name, or its whole id where the name is not enough."""
    text: str


class NamedView(Struct, frozen=True):
    """A way to look at the graph that people come back to; `graph.view.settings` says what it all means."""

    name: str
    find: str = ""
    hide: str = ""
    type: str = ""
    only_loops: bool = False
    without: tuple[str, ...] = ("internal",)
    """Which of `graph.view.settings.TOGGLES` hide something."""
    focus: tuple[str, ...] = ()
    """Applications and channels, by plain names or whole ids."""
    hops: int | None = None
    direction: Direction = "both"
    by: By = "none"
    collapsed: bool = True
    others: tuple[str, ...] = ()
    labels: LabelKind = LabelKind.NONE


class NamedFilter(Struct, frozen=True):
    """A query over events that people come back to."""

    name: str
    query: str


class ColourRule(Struct, frozen=True):
    """Events that a query holds for stand on a colour in lists; of several rules the first one counts."""

    query: str
    colour: str
    """One of `inspector.project.colours.COLOURS`."""


class Bookmark(Struct, frozen=True):
    """An event that people come back to, by where it lies, so that it is found in any capture."""

    channel: str
    """Its plain name, or its whole id where the name is not enough."""
    partition: int
    offset: int
    note: str = ""


class CountedLoops(Struct, frozen=True):
    """What loops are looked for on beyond the usual; `graph.loops.counting.Counting` says what each means."""

    internal: bool = False
    request_reply: bool = False
    replays: bool = False
    historic: bool = False


class Checks(Struct, frozen=True, forbid_unknown_fields=True):
    """How `eventscope check` judges where its command line does not say."""

    fail_on: tuple[str, ...] = ()
    """Rules and severities; empty for errors and warnings."""


class ChosenDecoder(Struct, frozen=True, forbid_unknown_fields=True):
    """Which decoder reads the keys or values of some channels; `inspector.decode` has their names.

    Behind a colon stands what it needs to know: `avro:shop.Order`, `protobuf:shop.Order`, `text:cp1252`.
    """

    channels: str
    """Glob over channel names."""
    value: str = ""
    """Empty for whichever decoder takes it."""
    key: str = ""


class SchemaSources(Struct, frozen=True, forbid_unknown_fields=True):
    """Where schemas are found, beside the registries that addresses of servers name."""

    registries: tuple[str, ...] = ()
    """Addresses without a password."""
    folders: tuple[str, ...] = ()
    """Of .avsc, .proto, .json and descriptor files; relative to the folder of the project file."""


class Storing(Struct, frozen=True, forbid_unknown_fields=True):
    """How records are stored."""

    masked: bool = False
    """Whether masks apply before anything is stored, so that not even the file has what they hide."""


class Protected(Struct, frozen=True, forbid_unknown_fields=True):
    """What nothing is ever replayed to, whatever reason somebody gives."""

    servers: Names = ()
    """Globs over their names and addresses."""
    channels: Names = ()
    """Globs over names of channels, on any server."""


class Project(Struct, frozen=True):
    """The sections of the file that this version reads."""

    connections: tuple[KnownServer, ...] = ()
    identities: Identities = Identities()
    confirmed: tuple[Confirmed, ...] = ()
    rules: tuple[HeaderRule, ...] = ()
    applications: tuple[DeclaredApplication, ...] = ()
    asyncapi: tuple[str, ...] = ()
    """Paths and globs of AsyncAPI documents, relative to the folder of the project file."""
    acknowledged: tuple[AcknowledgedLoop, ...] = ()
    loops: CountedLoops = CountedLoops()
    check: Checks = Checks()
    notes: tuple[Note, ...] = ()
    views: tuple[NamedView, ...] = ()
    filters: tuple[NamedFilter, ...] = ()
    colour_rules: tuple[ColourRule, ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()
    masks: tuple[Mask, ...] = ()
    levels: tuple[ChannelLevel, ...] = ()
    """Of each channel the first that names it."""
    storing: Storing = Storing()
    decoders: tuple[ChosenDecoder, ...] = ()
    """Of each channel the first that names it."""
    schemas: SchemaSources = SchemaSources()
    protected: Protected = Protected()


class Change(Struct, frozen=True):
    """One decision of a person: what it adds, and what it takes back because it says the opposite."""

    what: str
    """In words, such as `Merge billing and /billing`."""
    added: Project = Project()
    removed: Project = Project()

    @property
    def undone(self) -> Change:
        """The change that takes this one back."""
        return Change(self.what, self.removed, self.added)

    def applied(self, project: Project) -> Project:
        """The project after it. Applying it twice is the same as once."""
        ours, added, removed = project.identities, self.added.identities, self.removed.identities
        identities = Identities(
            _changed(ours.together, added.together, removed.together),
            _changed(ours.apart, added.apart, removed.apart),
            _changed(ours.patterns, added.patterns, removed.patterns),
        )
        return replace(
            project,
            identities=identities,
            confirmed=_changed(project.confirmed, self.added.confirmed, self.removed.confirmed),
            connections=_changed(project.connections, self.added.connections, self.removed.connections),
            acknowledged=_changed(project.acknowledged, self.added.acknowledged, self.removed.acknowledged),
            views=_changed(project.views, self.added.views, self.removed.views),
            notes=_changed(project.notes, self.added.notes, self.removed.notes),
            masks=_changed(project.masks, self.added.masks, self.removed.masks),
            levels=_changed(project.levels, self.added.levels, self.removed.levels),
            decoders=_changed(project.decoders, self.added.decoders, self.removed.decoders),
            filters=_changed(project.filters, self.added.filters, self.removed.filters),
            colour_rules=_changed(project.colour_rules, self.added.colour_rules, self.removed.colour_rules),
            bookmarks=_changed(project.bookmarks, self.added.bookmarks, self.removed.bookmarks),
            loops=_switched(project.loops, self.added.loops, self.removed.loops),
        )


def merge(project: Project, a: Alias, b: Alias) -> Change:
    """These names are one application."""
    pair = {text(a), text(b)}
    contrary = [names for names in project.identities.apart if names[0] in pair and pair <= set(names)]
    return Change(
        f"Merge {a.value} and {b.value}",
        Project(identities=Identities((_entry(a, b),), _without(contrary, pair, first=True))),
        Project(identities=Identities(apart=tuple(contrary))),
    )


def split_off(project: Project, name: Alias, *others: Alias) -> Change:
    """A name is none of the others, whatever spoke for it."""
    told = {text(other) for other in others}
    contrary = [names for names in project.identities.together if text(name) in names and told & set(names)]
    what = f"Keep {name.value} and {others[0].value} apart" if len(others) == 1 else f"Split off {name.value}"
    return Change(
        what,
        Project(identities=Identities(_without(contrary, {text(name)}), (_entry(name, *others),))),
        Project(identities=Identities(together=tuple(contrary))),
    )


def always(pattern: str) -> Change:
    """Names that a regular expression matches alike are one application."""
    return Change(f"Merge by {pattern}", Project(identities=Identities(patterns=(pattern,))))


def confirm(name: Alias, action: Action, channel: str) -> Change:
    """An edge exists."""
    sentence = f"Confirm that {does(name.value, action, channel.rpartition('/')[2])}"
    return Change(sentence, Project(confirmed=(Confirmed(text(name), action, channel),)))


def add_server(url: str) -> Change:
    """A broker belongs to the project; `url` without a password."""
    return Change(f"Add {url}", Project(connections=(KnownServer(url),)))


def text(alias: Alias) -> str:
    """A name as the file has it."""
    return f"{alias.kind}:{alias.value}"


def alias(text: str) -> Alias:
    """The name behind `kind:value`; raises ValueError where it has no kind or no value."""
    kind, mark, value = text.partition(":")
    if not (kind and mark and value):
        raise ValueError(f"{text!r} is no name")
    return Alias(kind, value)


def _entry(*names: Alias) -> Names:
    return tuple(text(name) for name in names)


def _without(entries: list[Names], names: set[str], *, first: bool = False) -> tuple[Names, ...]:
    """What is left of entries without some names, the `first` one apart; a name alone says nothing."""
    left = ((*each[:first], *(name for name in each[first:] if name not in names)) for each in entries)
    return tuple(each for each in left if len(each) > 1)


def _changed(ours: tuple[_T, ...], added: tuple[_T, ...], removed: tuple[_T, ...]) -> tuple[_T, ...]:
    kept = [each for each in ours if each not in removed]
    return tuple(kept + [each for each in added if each not in kept])


def _switched(ours: CountedLoops, on: CountedLoops, off: CountedLoops) -> CountedLoops:
    names = CountedLoops.__struct_fields__
    return CountedLoops(*((getattr(ours, n) or getattr(on, n)) and not getattr(off, n) for n in names))
