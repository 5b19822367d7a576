"""The graph as text, in every form that other programs read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from graph.identity import Place
from graph.model import DependencyGraph


class TextForm(StrEnum):
    """Forms of text; the value is what the command line calls it."""

    JSON = "json"
    DOT = "dot"
    MERMAID = "mermaid"
    GRAPHML = "graphml"
    ASYNCAPI = "asyncapi"

    @property
    def suffix(self) -> str:
        """How files of it end."""
        return {"dot": ".gv", "mermaid": ".mmd", "asyncapi": ".yaml"}.get(self.value, f".{self.value}")

    @property
    def drawn(self) -> bool:
        """Whether it is looked at as a picture, and not read as data."""
        return self in (TextForm.DOT, TextForm.MERMAID)


def text(
    graph: DependencyGraph, form: TextForm, places: Mapping[Place, tuple[float, float]] | None = None
) -> str:
    """The graph in a form; GraphML keeps the `places` where its nodes stand."""
    # A window or a look at a server must not wait for what only one form needs.
    match form:
        case TextForm.JSON:
            import orjson

            from graph.topology import document

            return orjson.dumps(document(graph), option=orjson.OPT_INDENT_2).decode() + "\n"
        case TextForm.DOT:
            from graph.export.dot import dot

            return dot(graph)
        case TextForm.MERMAID:
            from graph.export.mermaid import mermaid

            return mermaid(graph)
        case TextForm.GRAPHML:
            from graph.export.graphml import graphml

            return graphml(graph, places)
        case TextForm.ASYNCAPI:
            import yaml

            from graph.export.asyncapi import asyncapi

            dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
            made: str = yaml.dump(
                asyncapi(graph), Dumper=dumper, sort_keys=False, allow_unicode=True, width=110
            )
            return made


def note(text: str, form: TextForm) -> str:
    """What whoever uses a text should know of it; empty where there is nothing."""
    first = text.partition("\n")[0]
    return first.removeprefix("%% ") if form is TextForm.MERMAID and first.startswith("%% ") else ""
