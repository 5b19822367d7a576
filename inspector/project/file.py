"""A project file on disk: opened, changed in place, and never written over what somebody else wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inspector.errors import ProjectError
from inspector.project import document, whole
from inspector.project.model import Change, Project

NAME = "eventscope.toml"
NOTHING = Project()
LARGEST = 4_000_000
"""Bytes of a file that is read."""


@dataclass
class ProjectFile:
    """What the file says, as it was read or written last."""

    path: Path
    text: str = ""
    project: Project = NOTHING

    @classmethod
    def open(cls, path: Path) -> ProjectFile:
        """Read a file; raises ProjectError where it is missing, unreadable or wrong."""
        opened = cls(path)
        if not path.exists():
            raise ProjectError(f"There is no file {path}.", "Name a project file, such as eventscope.toml.")
        opened.reload()
        return opened

    @property
    def folder(self) -> Path:
        """Where relative paths in it begin."""
        return self.path.resolve().parent

    def reload(self) -> bool:
        """Read the file again, where it exists; whether it says something else now. Raises ProjectError."""
        text = self._read()
        if text == self.text:
            return False
        before = self.project
        self.project = document.read(text, self.path.name)
        self.text = text
        return self.project != before

    def change(self, change: Change) -> Project:
        """Write one change into the file as it is now, whoever wrote it since it was read.

        Raises ProjectError and leaves the file as it is when it cannot be read or written.
        """
        self.reload()
        return self.save(change.applied(self.project))

    def save(self, project: Project) -> Project:
        """Write all of a project; raises ProjectError where the file was changed since it was read."""
        if self._read() != self.text:
            raise ProjectError(
                f"{self.path.name} was changed by another program.",
                "Open it again, then do it again.",
            )
        text = document.written(self.text, project)
        if text != self.text:
            whole.write(self.path, text)
        self.text, self.project = text, project
        return project

    def copy_to(self, path: Path) -> ProjectFile:
        """The same project in another file, which is written over; raises ProjectError."""
        copy = ProjectFile(path, self.text or document.HEAD, self.project)
        whole.write(path, copy.text)
        return copy

    def _read(self) -> str:
        """The text of the file; empty where there is none yet."""
        try:
            if self.path.stat().st_size > LARGEST:
                raise ProjectError(f"{self.path} is too large for a project file.", "Name another file.")
            with self.path.open(encoding="utf-8", newline="") as file:
                return file.read()
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as damage:
            raise ProjectError(f"{self.path} is no text in UTF-8.", "Name a project file.") from damage
        except OSError as failure:
            raise ProjectError(f"{self.path} cannot be read: {failure.strerror}.") from failure
