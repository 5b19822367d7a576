"""The one entry point: the headless commands of `inspector.cli`, and those that open a window.

Qt is imported inside the commands that need it, so that the others run where its libraries are missing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inspector import secrets
from inspector.cli import app
from inspector.cli.scan import PAINTER
from inspector.cli.terminal import Terminal, run, terminal
from inspector.demo.handle import DemoOptions, System
from inspector.errors import InspectorError
from inspector.project.file import ProjectFile
from inspector.store.reader import CaptureReader

if TYPE_CHECKING:
    from graph.model import DependencyGraph
    from gui.app import Program
    from gui.main_window import MainWindow

LIBRARIES = "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libxcb-cursor0"
LOOK_S = 60.0
"""How long the demo is looked at where there is no display."""
FIRST_LOOK_S = 5.0


class ThemeName(StrEnum):
    """The themes there are."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


Theme = Annotated[
    ThemeName | None,
    typer.Option("--theme", help="Light, dark or high contrast; else as the window was last."),
]
Shot = Annotated[
    Path | None, typer.Option("--screenshot", metavar="FILE", help="Save a picture of the window, and end.")
]
After = Annotated[
    float | None, typer.Option("--after", metavar="SECONDS", min=0.0, max=86_400.0, help="When to save it.")
]


@app.callback(invoke_without_command=True)
def eventscope(
    context: typer.Context,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but the answer.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say more.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Log everything, and show tracebacks.")] = False,
) -> None:
    """Who sends what to whom, where it goes round in circles, and why. Without a command: the window."""
    context.obj = terminal(quiet, verbose, no_color, debug)
    context.meta[PAINTER] = _painter
    if context.invoked_subcommand is None:
        if not _display():
            raise InspectorError(
                "There is no display for the window.", "Use eventscope scan URL, or eventscope demo."
            )
        program = _program(None, context.obj)
        window = program.window()
        window.show()
        program.open_last(window)
        raise typer.Exit(program.run())


@app.command()
def demo(
    context: typer.Context,
    screenshot: Shot = None,
    after: After = None,
    load: Annotated[
        float | None, typer.Option("--load", min=0.1, help="Records a second on the busiest channel.")
    ] = None,
    broker: Annotated[
        System, typer.Option("--broker", help="The system that the shop runs on.")
    ] = System.KAFKA,
    theme: Theme = None,
) -> None:
    """A real broker on this computer, a small shop with loops in it, and the window."""
    from_here = context.find_object(Terminal) or Terminal()
    shown = _display()
    program = _program(theme, from_here)
    window = program.window()
    window.show()
    program.demo(window, DemoOptions(load=load, broker=broker), None if shown else from_here.say)
    if shown and screenshot is None:
        raise typer.Exit(program.run())
    from gui.app import Picture

    if not shown:
        from_here.say("There is no display: the demo runs unseen, and a picture is saved.")
    picture = Picture(
        (screenshot or _default_picture()).resolve(), LOOK_S if after is None else after, of_loop=True
    )
    program.run(picture, _tell)
    typer.echo(f"Picture: {picture.path}")


@app.command("open")
def open_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A capture, *.evs, or a project, *.toml.")],
    screenshot: Shot = None,
    after: After = None,
    theme: Theme = None,
) -> None:
    """A capture in the window, without any broker; or a project and its servers."""
    # A file that cannot be read is said before anything of Qt is loaded.
    if file.suffix == ".toml":
        ProjectFile.open(file)
    else:
        CaptureReader(file).close()
    if not _display() and screenshot is None:
        raise InspectorError("There is no display for the window.", "Save a picture with --screenshot FILE.")
    program = _program(theme, context.find_object(Terminal) or Terminal())
    window = program.window()
    program.open_file(window, file)
    window.show()
    if screenshot is None:
        raise typer.Exit(program.run())
    from gui.app import Picture

    picture = Picture(screenshot.resolve(), FIRST_LOOK_S if after is None else after)
    program.run(picture)
    typer.echo(f"Picture: {picture.path}")


def _display() -> bool:
    """Whether a window can be seen; where it cannot, Qt is told to draw into memory."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return os.environ["QT_QPA_PLATFORM"] not in ("offscreen", "minimal", "vnc")
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return False
    return True


def _program(theme: ThemeName | None, from_here: Terminal) -> Program:
    with _qt("The window cannot be opened"):
        from gui.app import Program, log_qt
    log_qt()
    return Program(theme.value if theme else None, complain=from_here.complain, follow_system=True)


def _painter(form: str, scale: float) -> Callable[[DependencyGraph], Iterable[bytes]]:
    """The window's own painter, which needs no display."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with _qt("The picture cannot be drawn"):
        from gui.app import log_qt
        from gui.canvas.saved.export import Kind, drawing
    log_qt()
    return partial(drawing, kind=Kind(form), scale=scale)


@contextmanager
def _qt(what: str) -> Iterator[None]:
    """Say in words that a library of the system is missing; raises InspectorError."""
    try:
        yield
    except ImportError as failure:
        if "PySide6" not in str(failure) and ".so" not in str(failure):
            raise
        raise InspectorError(
            f"{what}, because a system library is missing ({failure}).",
            f"On Debian and Ubuntu: apt-get install {LIBRARIES}.",
        ) from failure


def _default_picture() -> Path:
    here = Path("eventscope-demo.png")
    return here if os.access(Path.cwd(), os.W_OK) else Path(tempfile.mkdtemp(prefix="eventscope-")) / here


def _tell(window: MainWindow) -> None:
    """Write what was found to standard output."""
    from graph.model import DANGER
    from gui.canvas.scene import wording
    from gui.panels.details_evidence import loop_name

    graph = window.session.newest
    named = sorted(wording.name(each) for each in graph.applications.values() if each.name)
    nameless = len(graph.applications) - len(named)
    channels = sorted(each.id.name for each in graph.channels.values() if not each.internal)
    typer.echo(
        f"Applications ({len(graph.applications)}): {', '.join(named)}"
        + (f", {nameless} unattributed" if nameless else "")
    )
    typer.echo(f"Channels ({len(channels)}): {', '.join(channels)}")
    typer.echo(f"Loops ({len(graph.loops)}):")
    for loop in sorted(graph.loops.values(), key=lambda each: (DANGER.index(each.status), each.id)):
        gain = "gain not measured" if loop.gain is None else f"gain ×{loop.gain:.2f}"
        typer.echo(f"  {loop.status.value}, {gain}: {loop_name(graph, loop)}")


def main() -> int:
    """Run the command line; the exit code."""
    secrets.from_environment()
    return run(lambda: app(standalone_mode=True))


if __name__ == "__main__":
    sys.exit(main())
