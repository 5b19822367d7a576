"""What a check is to look at: addresses, captures and declarations, told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from graph.model import DependencyGraph
from inspector.check.design import Design
from inspector.check.places import Places, readable
from inspector.check.whole import whole
from inspector.connection import parse
from inspector.errors import CaptureError, InspectorError
from inspector.link import UseProject
from inspector.loops.acknowledged import acknowledged
from inspector.project.file import ProjectFile
from inspector.project.model import CountedLoops, Project
from inspector.store.reader import CaptureReader

CAPTURE, PROJECT = ".evs", ".toml"
DOCUMENTS = (".yaml", ".yml", ".json")


@dataclass
class Targets:
    """All of them, their files read."""

    urls: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    captured: list[DependencyGraph] = field(default_factory=list)
    design: Design | None = None
    decided: ProjectFile | None = None
    """The project that was named, or the first one among the files."""
    project: Project = field(default_factory=Project)
    """What people decided, of all project files."""

    @classmethod
    def of(cls, written: Iterable[str], decided: ProjectFile | None) -> Targets:
        """Read all files; raises InspectorError with what is wrong with one.

        `decided` is the project to go by, whose declarations are not a design that is to be checked.
        """
        made = cls(decided=decided)
        projects = [] if decided is None else [decided.project]
        for each in written:
            path = Path(each)
            known = path.suffix in (CAPTURE, PROJECT, *DOCUMENTS)
            # A folder may be called as a host is.
            there = path.is_file() or (path.is_dir() and not {*each}.isdisjoint("/\\"))
            if "://" in each or not (known or there):
                made.urls.append(each)
                continue
            made.files.append(path)
            if path.suffix == CAPTURE:
                made.captured.append(_captured(path))
                continue
            made.design = made.design or Design()
            if path.suffix == PROJECT:
                file = ProjectFile.open(path)
                made.design.take(file)
                made.decided = made.decided or file
                projects.append(file.project)
            elif path.suffix in DOCUMENTS:
                made.design.read(path)
            else:
                raise InspectorError(
                    f"{path} is no capture (*.evs), project (*.toml) or AsyncAPI document (*.yaml, *.json).",
                    "Name another file, or an address such as kafka://localhost:9092.",
                )
        made.project = _together(projects)
        if not made.urls and not made.captured and made.design and not made.design.says_something:
            raise InspectorError(
                f"Nothing in {', '.join(map(str, made.files))} declares who sends or receives, so there is "
                "nothing to check.",
                "Write it down, name what else to check, or use --project to check the servers of a project.",
            )
        return made

    @property
    def use(self) -> UseProject | None:
        """What a look at servers goes by: of a design that is checked the decisions, not what it declares."""
        if self.decided is None:
            return None
        project = self.decided.project
        if self.decided.path in self.files:
            project = replace(project, applications=(), asyncapi=())
        return UseProject(project, str(self.decided.path.resolve()))

    @property
    def looked_at(self) -> list[str]:
        """Their names, without secrets."""
        return [*(str(parse(url)) for url in self.urls), *(readable(path) for path in self.files)]

    def places(self) -> Places:
        """Where things are declared, in the project to go by too."""
        design = Design()
        if self.decided is not None and self.decided.path not in self.files:
            design.take(self.decided)
        return design.places if self.design is None else self.design.places.joined(design.places)

    def graph(self, live: DependencyGraph | None, now_ns: int) -> DependencyGraph:
        """One graph of everything, as it is for somebody who knows what was decided."""
        seen = [*([] if live is None else [live]), *self.captured]
        graph = whole(seen, self.design, self.project, now_ns)
        return graph if self.decided is None else acknowledged(graph, self.project)


def _captured(path: Path) -> DependencyGraph:
    reader = CaptureReader(path)
    try:
        graph = reader.graph()
    finally:
        reader.close()
    if not graph.channels:
        raise CaptureError(f"{path} holds no graph: nothing was seen while it was recorded.", "Record again.")
    return graph


def _together(projects: Sequence[Project]) -> Project:
    """What several project files say; the switches and checks of the first one that has any."""
    if len(projects) < 2:
        return projects[0] if projects else Project()
    first = projects[0]
    return replace(
        first,
        acknowledged=tuple(entry for each in projects for entry in each.acknowledged),
        loops=next((each.loops for each in projects if each.loops != CountedLoops()), first.loops),
        check=next((each.check for each in projects if each.check.fail_on), first.check),
    )
