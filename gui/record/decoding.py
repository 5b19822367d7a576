"""How records are seen in this window: by the project, the addresses of its servers and plug-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QObject, Signal

from inspector.decode.decoding import of_project
from inspector.decode.plugins import Plugins, installed
from inspector.decode.sight import Sight

if TYPE_CHECKING:
    from gui.session import Session


class SightKeeper(QObject):
    """Keeps one `Sight` for as long as nothing that it is made of changes."""

    changed = Signal()
    """Records may be read otherwise than before."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._plugins: Plugins | None = None
        self._made: Sight | None = None
        self._of: object = None
        session.decisions.changed.connect(self._news)
        session.connections_changed.connect(self._news)

    @property
    def now(self) -> Sight:
        """As of now."""
        if self._made is None:
            self._made, self._of = self._make(), self._sources()
        return self._made

    @property
    def names(self) -> list[str]:
        """The decoders that can be chosen, by their names for people."""
        decoding = self.now.decoding
        return [] if decoding is None else decoding.names

    def _sources(self) -> object:
        project = self._session.decisions.project
        return (
            (self._session.decisions.file.path, project.masks, project.decoders, project.schemas),
            (project.connections, tuple(each.url for each in self._session.connections.values())),
        )

    def _make(self) -> Sight:
        if self._plugins is None:
            self._plugins = installed()
        decisions = self._session.decisions
        urls = [each.url for each in self._session.connections.values()]
        cache = platformdirs.user_cache_path("eventscope", appauthor=False) / "schemas"
        made = of_project(decisions.project, urls, decisions.file.path.parent, cache, self._plugins)
        if made.faults:
            self._session.trouble("decoders", " ".join(made.faults))
        else:
            self._session.solve("decoders")
        return Sight(decisions.project.masks, made)

    def _news(self) -> None:
        if self._made is not None and self._sources() != self._of:
            self._made = None
            self.changed.emit()
