"""``loihi-sleep demo``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loihi_sleep.cli.arguments import Out
from loihi_sleep.cli.failures import open_console
from loihi_sleep.cli.running import execute, name_new_folder

if TYPE_CHECKING:
    from rich.console import Console


def demo(
    out: Out = None,
    show: Annotated[bool, typer.Option(help="Open the report where there is a display.")] = True,
) -> None:
    """Digits: learn five tasks, forget, sleep, recover; ends with a picture."""
    folder = out or name_new_folder("demo")
    with open_console() as console:
        execute(console, folder, name="digits", preset="quick")
        _show(folder / "report.html", console, show)


def _show(path: Path, console: Console, show: bool) -> None:
    """Open the report for a person who sits in front of a screen."""
    has_display = sys.platform == "darwin" or "DISPLAY" in os.environ
    if show and has_display and console.is_terminal and "CI" not in os.environ:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
