"""Arguments of commands: a check of all of them, and options that several commands have."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from loihi_sleep.cli.failures import BAD_INPUT, fail

# typer has no public name for it: some of its versions bring a click of their own.
_UsageError = cast(type[Exception], typer.BadParameter.__mro__[1])
# Private to the library, under a name that not all of its versions have.
_NoArguments: type[Exception] | tuple[()] = getattr(
    sys.modules[_UsageError.__module__], "NoArgsIsHelpError", ()
)
# In characters; lists of settings may be longer than names and paths.
_LONGEST_ARGUMENT, LONGEST_SETTING = 1000, 10_000


class CheckedGroup(TyperGroup):
    """All commands; refuses arguments that no option or setting could mean."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Check the arguments before they are parsed."""
        previous = ""
        for argument in args:
            setting = previous == "--set" or argument.startswith("--set=")
            longest = LONGEST_SETTING if setting else _LONGEST_ARGUMENT
            if len(argument) > longest:
                start = repr(argument[:40])
                fail(
                    f"an argument that begins with {start} is too long, at most {longest:,}"
                    f" characters are read",
                    BAD_INPUT,
                )
            if any(not (letter.isprintable() or letter in " \n\t") for letter in argument):
                fail(f"{argument!r} holds a character that cannot be printed", BAD_INPUT)
            previous = argument
        with _one_line():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Parse what a command was given, and run it."""
        with _one_line():
            return super().invoke(ctx)


@contextmanager
def _one_line() -> Iterator[None]:
    """Let what cannot be parsed be said in one line, as all other bad input is."""
    try:
        yield
    except _UsageError as error:
        # Without any argument the help is shown, which typer also raises.
        if isinstance(error, _NoArguments):
            raise
        message = " ".join(cast(Any, error).format_message().split()).rstrip(".")
        context = getattr(error, "ctx", None)
        # The context of a command has that of the program above it.
        command = f" {context.info_name}" if context is not None and context.parent else ""
        fail(f"{message[:1].lower()}{message[1:]}; see 'loihi-sleep{command} --help'", BAD_INPUT)


Out = Annotated[Path | None, typer.Option(help="Run folder, which must not exist yet.")]
Engine = Annotated[str, typer.Option(help="auto, lava, compiled or loihi2.")]
Numerics = Annotated[
    str | None, typer.Option(help="fixed (Loihi's integers) or float; else the experiment's own.")
]
Partition = Annotated[
    str | None, typer.Option(help="Of SLURM, for the chip; sinfo lists them.", show_default=False)
]
Board = Annotated[str | None, typer.Option(help="Node of SLURM, for the chip.", show_default=False)]
Host = Annotated[
    str | None, typer.Option(help="Address of a Loihi 2 board on the network.", show_default=False)
]
RunPath = Annotated[Path, typer.Argument(help="Folder of the run.", metavar="RUN")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a setting: sleep.steps=500. Can be repeated."),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", help="Folder that holds the data set of an experiment that reads one."
    ),
]
Experiment = Annotated[
    str,
    typer.Argument(
        help="An experiment, such as digits; `loihi-sleep list` names all.", metavar="EXPERIMENT"
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(help="quick, paper, or another of the experiment's own; see `loihi-sleep list`."),
]


def place_on_board(partition: str | None, board: str | None, host: str | None) -> None:
    """Say where the chip is, if anything was said of it."""
    if any(value is not None for value in (partition, board, host)):
        from loihi_sleep.loihi2 import place

        place(partition, board, host)
