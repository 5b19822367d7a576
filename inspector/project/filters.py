"""Filters of events that are kept by name, so that everybody who has the project finds them."""

from __future__ import annotations

from inspector.project.model import Change, NamedFilter, Project


def keep(project: Project, name: str, query: str) -> Change:
    """Keep a query under a name, in the place of one that has it."""
    made = NamedFilter(name.strip(), query.strip())
    before = tuple(each for each in project.filters if each.name == made.name and each != made)
    return Change(f"Keep the filter {made.name}", Project(filters=(made,)), Project(filters=before))


def forget(kept: NamedFilter) -> Change:
    """A filter is kept no more."""
    return Change(f"Forget the filter {kept.name}", removed=Project(filters=(kept,)))
