"""Named views of the graph: kept by names, so that the same view holds on another server."""

from __future__ import annotations

from graph.identity import ApplicationId, ChannelId, NodeId, Subject
from graph.model import DependencyGraph
from graph.view.groups import members
from graph.view.settings import TOGGLES, Focus, Grouping, LabelKind, Noise, ViewSettings
from inspector.project.model import Change, NamedView, Project
from inspector.project.naming import names_of, written


def keep(
    project: Project,
    graph: DependencyGraph,
    name: str,
    settings: ViewSettings,
    selected: Subject | None = None,
    labels: LabelKind = LabelKind.NONE,
) -> Change:
    """Keep a view under a name, in the place of one that has it.

    A focus on whatever is selected becomes one on what is `selected` now.
    """
    view = named(graph, name.strip(), settings, selected, labels)
    before = tuple(each for each in project.views if each.name == view.name and each != view)
    return Change(f"Keep the view {view.name}", Project(views=(view,)), Project(views=before))


def forget(view: NamedView) -> Change:
    """A view is kept no more."""
    return Change(f"Forget the view {view.name}", removed=Project(views=(view,)))


def named(
    graph: DependencyGraph,
    name: str,
    settings: ViewSettings,
    selected: Subject | None = None,
    labels: LabelKind = LabelKind.NONE,
) -> NamedView:
    """A view as the file has it."""
    focus = settings.focus or Focus()
    chosen = focus.subjects or ((selected,) if settings.focus is not None and selected is not None else ())
    nodes = sorted({node for subject in chosen for node in members(graph, subject)}, key=str)
    grouping = settings.grouping
    return NamedView(
        name,
        settings.find,
        settings.hide,
        settings.type,
        settings.only_loops,
        tuple(toggle for toggle in TOGGLES if getattr(settings.noise, toggle)),
        tuple(written(node) for node in nodes),
        focus.hops,
        focus.direction,
        grouping.by,
        grouping.collapsed,
        grouping.others,
        labels,
    )


def settings(view: NamedView, graph: DependencyGraph) -> ViewSettings:
    """What a view means for a graph; what it names and the graph does not have is passed over."""
    focused = bool(view.focus) or view.hops is not None or view.direction != "both"
    return ViewSettings(
        Noise(**{toggle: toggle in view.without for toggle in TOGGLES}),
        view.hide,
        view.find,
        view.type,
        view.only_loops,
        Focus(_nodes(graph, view.focus), view.hops, view.direction) if focused else None,
        Grouping(view.by, view.collapsed, view.others),
    )


def _nodes(graph: DependencyGraph, names: tuple[str, ...]) -> tuple[ApplicationId | ChannelId, ...]:
    wanted = set(names)
    nodes: tuple[NodeId, ...] = (*graph.applications, *graph.channels)
    return tuple(node for node in nodes if wanted & names_of(graph, node)) if wanted else ()
