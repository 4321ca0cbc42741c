"""A progress bar in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Column

from loihi_sleep.progress import Progress


class _Bar:
    def __init__(self, rich: RichProgress) -> None:
        self._rich = rich
        self._task = rich.add_task("sleeping", total=None, note="")

    def start(self, total: int) -> None:
        self._rich.update(self._task, total=total)

    def hide_if_not_started(self) -> None:
        if self._rich.tasks[0].total is None:
            self._rich.update(self._task, visible=False)

    def advance(self, steps: int, note: str = "") -> None:
        self._rich.update(self._task, advance=steps, note=note)


@contextmanager
def progress_bar(console: Console) -> Iterator[Progress]:
    """Show a bar with the time that is left and a note, such as firing rates."""
    with RichProgress(
        BarColumn(16),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", table_column=Column(no_wrap=True)),
        console=console,
    ) as rich:
        bar = _Bar(rich)
        try:
            yield bar
        finally:
            bar.hide_if_not_started()
