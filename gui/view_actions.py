"""Actions about what is shown of the graph: focus, groups, loops alone, types, and expressions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from graph.identity import GroupId, NodeId
from graph.view.settings import By, Direction, Focus, Grouping, LabelKind, ViewSettings
from gui.actions import Action

if TYPE_CHECKING:
    from gui.main_window import MainWindow

HOPS: tuple[tuple[str, str, int | None], ...] = (
    ("all", "everything", None),
    ("1", "1 hop", 1),
    ("2", "2 hops", 2),
    ("3", "3 hops", 3),
)
"""Id, words and number of the hops that a focus goes."""
GROUPS: dict[By, str] = {
    "none": "No groups",
    "server": "Group by server",
    "namespace": "Group by namespace",
    "domain": "Group by domain",
    "team": "Group by team",
    "prefix": "Group by prefix",
}
LABELS = {
    "labels.none": "No labels",
    "labels.rate": "Rates",
    "labels.latency": "Latencies",
    "labels.lag": "Lag",
}
"""What can be written on edges, by action."""
CLEARED: dict[str, Any] = {
    "hide": "",
    "find": "",
    "type": "",
    "only_loops": False,
    "focus": None,
    "grouping": Grouping(),
}
"""What the fields of a view are when they take nothing out of the picture."""


class ViewActions:
    """Builds these actions of a window and carries them out; the view itself lies with the canvas."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self.labels = LabelKind.NONE
        """What is written on edges."""
        self._over = {"legend": True, "minimap": True}

    def actions(self) -> list[Action]:
        """All of them."""
        focus = [
            Action(
                f"focus.{key}",
                f"Focus: {words}",
                partial(self._go, hops),
                f"Alt+{number}",
                why_not=self._why_no_focus if hops else self._why_empty,
            )
            for number, (key, words, hops) in enumerate(HOPS)
        ]
        groups = [
            Action(
                f"group.{by}",
                words,
                partial(self.change, grouping=Grouping(by)),
                why_not=self._why_empty,
                checked=partial(self._is_grouped, by),
            )
            for by, words in GROUPS.items()
        ]
        labels = [
            Action(
                f"labels.{kind.value}",
                f"Write on edges: {kind.value}",
                partial(self.write, kind),
                why_not=self._why_empty,
                checked=partial(self._is_written, kind),
            )
            for kind in LabelKind
        ]
        return [
            *focus,
            self._way("graph.upstream", "Upstream", "up", "Alt+Shift+Left", "arrow-left"),
            self._way("graph.downstream", "Downstream", "down", "Alt+Shift+Right", "arrow-right"),
            Action(
                "view.loops",
                "Only loops",
                lambda: self.change(only_loops=not self._view.only_loops),
                "Alt+L",
                "loop",
                self._why_empty,
                lambda: self._view.only_loops,
            ),
            *(
                Action(
                    f"view.{name}",
                    f"{name.capitalize()} over the graph",
                    partial(self._lay_over, name),
                    checked=partial(self._over.__getitem__, name),
                )
                for name in self._over
            ),
            Action("view.all", "Show everything again", self._show_all, "Alt+A", why_not=self._why_all_shown),
            *groups,
            *labels,
            Action("group.expand", "Expand the group", self._turn, "Alt+E", why_not=self._why_not_expand),
            Action(
                "group.collapse", "Collapse its group", self._turn, "Alt+C", why_not=self._why_not_collapse
            ),
            Action(
                "groups.collapse",
                "Collapse all groups",
                partial(self._turn_all, True),
                why_not=self._why_ungrouped,
            ),
            Action(
                "groups.expand",
                "Expand all groups",
                partial(self._turn_all, False),
                why_not=self._why_ungrouped,
            ),
        ]

    def _way(self, key: str, words: str, direction: Direction, shortcut: str, icon: str) -> Action:
        return Action(
            key,
            words,
            partial(self._turn_to, direction),
            shortcut,
            icon,
            self._why_no_focus,
            lambda: self._focus.direction == direction,
        )

    @property
    def _view(self) -> ViewSettings:
        return self._window.canvas.view

    @property
    def _focus(self) -> Focus:
        return self._view.focus or Focus()

    # Reasons

    def _why_empty(self) -> str:
        return "" if self._session.graph.channels else "There is no graph yet."

    def _why_no_focus(self) -> str:
        if self._focus.subjects or self._session.selection is not None:
            return ""
        return "Select something in the graph first."

    def _why_all_shown(self) -> str:
        chosen = any(getattr(self._view, field) != none for field, none in CLEARED.items())
        return "" if chosen else "Everything is shown but what the toggles hide."

    def _is_grouped(self, by: By) -> bool:
        return self._view.grouping.by == by

    def _why_ungrouped(self) -> str:
        return "Choose what to group by first." if self._view.grouping.by == "none" else ""

    def _why_not_expand(self) -> str:
        chosen = self._session.selection
        if not isinstance(chosen, GroupId):
            return "No group is selected."
        return "" if self._view.grouping.is_collapsed(chosen.name) else "The group is expanded already."

    def _why_not_collapse(self) -> str:
        chosen = self._session.selection
        if isinstance(chosen, GroupId):
            return "The group is collapsed already." if self._view.grouping.is_collapsed(chosen.name) else ""
        return "" if self._group_of_selected() else "Nothing is selected that belongs to a group."

    def _group_of_selected(self) -> GroupId | None:
        chosen = self._session.selection
        return self._window.canvas.shown.group(chosen) if isinstance(chosen, NodeId) else None

    # What they do

    def change(self, **fields: Any) -> None:
        """Another view: the one now, but for some fields."""
        self._window.canvas.set_view(replace(self._view, **fields))
        if "grouping" in fields:
            self._window.canvas.fit()

    def clear(self, field: str) -> None:
        """Take back what one field of the view hides."""
        self.change(**{field: CLEARED[field]})

    def follow_type(self, name: str) -> None:
        """Show only where an event type is, and who deals with it."""
        self.change(type=name)

    def _is_written(self, kind: LabelKind) -> bool:
        return self.labels is kind

    def write(self, kind: LabelKind) -> None:
        """Write something else on edges."""
        self.labels = kind
        self._window.canvas.set_labels(kind)
        self._window.graph_bar.show_labels(kind)
        self._window.actions_.refresh()

    def _lay_over(self, name: str) -> None:
        self._over[name] = not self._over[name]
        self._window.canvas.set_overlays(legend=self._over["legend"], minimap=self._over["minimap"])
        self._window.actions_.refresh()

    def _show_all(self) -> None:
        self.change(**CLEARED)

    def _go(self, hops: int | None) -> None:
        self._look(replace(self._focus, hops=hops) if hops else Focus(self._focus.subjects))

    def _turn_to(self, direction: Direction) -> None:
        self._look(
            replace(self._focus, direction="both" if self._focus.direction == direction else direction)
        )

    def _look(self, focus: Focus) -> None:
        everything = focus.hops is None and focus.direction == "both"
        self.change(focus=None if everything else focus)

    def _turn(self) -> None:
        chosen = self._session.selection
        group = chosen if isinstance(chosen, GroupId) else self._group_of_selected()
        if group is not None:
            self.change(grouping=self._view.grouping.turned(group.name))

    def _turn_all(self, collapsed: bool) -> None:
        self.change(grouping=Grouping(self._view.grouping.by, collapsed))
