"""Answers go to standard output, everything else to standard error, each in one sentence."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

import typer
from rich.console import Console

from inspector.errors import InspectorError

COULD_NOT_LOOK = 2
DEFECT = 70
"""`EX_SOFTWARE` of sysexits.h."""
INTERRUPTED = 130


@dataclass(frozen=True)
class Terminal:
    """How to speak to whoever started the command."""

    quiet: bool = False
    verbose: bool = False
    color: bool = True
    debug: bool = False

    @property
    def answers(self) -> Console:
        """Standard output. Into a pipe or file a table takes the width it needs."""
        return Console(
            no_color=not self.color,
            highlight=False,
            soft_wrap=False,
            width=None if sys.stdout.isatty() else 220,
        )

    @property
    def messages(self) -> Console:
        """Standard error."""
        return Console(stderr=True, no_color=not self.color, highlight=False, quiet=self.quiet)

    def say(self, sentence: str) -> None:
        """Tell something that is not the answer; silent with `--quiet`."""
        self.messages.print(sentence, markup=False, soft_wrap=True)

    def complain(self, sentence: str) -> None:
        """Tell what went wrong, `--quiet` or not."""
        Console(stderr=True, no_color=not self.color, highlight=False).print(
            sentence, markup=False, soft_wrap=True
        )


def terminal(quiet: bool, verbose: bool, no_color: bool, debug: bool) -> Terminal:
    """The terminal of these options; `NO_COLOR` counts as well (no-color.org)."""
    level = logging.DEBUG if debug else logging.INFO if verbose else logging.CRITICAL
    logging.basicConfig(level=level, stream=sys.stderr, format="%(name)s: %(message)s")
    return Terminal(quiet, verbose, not (no_color or os.environ.get("NO_COLOR")), debug)


def run(command: Callable[[], object]) -> int:
    """Run a command line to its exit code: every failure is one sentence, a traceback only with --debug."""
    debug = "--debug" in sys.argv
    try:
        command()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except typer.Exit as end:
        return end.exit_code
    except InspectorError as failure:
        Terminal(color=False).complain(str(failure))
        return COULD_NOT_LOOK
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the answer has seen enough; the interpreter must not complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as defect:
        if debug:
            raise
        Terminal(color=False).complain(
            f"Eventscope met a defect: {type(defect).__name__}: {defect}. "
            "Run it again with --debug for the details."
        )
        return DEFECT
    return 0
