"""Arguments of commands: a check of all of them, and options that several commands have."""

from __future__ import annotations

import re
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


# A negative number is one of the wrong size, no range.
_COUNT, _SEEDS = re.compile(r"[-+]?[0-9]+"), re.compile(r"([0-9]{1,20})(?:-([0-9]{1,20}))?")


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


def parse_seeds(text: str, option: str = "--seeds") -> list[int]:
    """Read what ``--seeds`` says: a number of seeds, or the seeds themselves.

    Parameters
    ----------
    text : str
        ``5``: the seeds 0 to 4. With a comma or a range, the seeds: ``0,5,10-19``, ``7,``.
    option : str
        What messages call it.

    Raises
    ------
    ValueError
        Anything else, a seed that is there twice, or more than 1,000 of them.
    """
    from loihi_sleep.configuration import SEEDS_MAX
    from loihi_sleep.processes import checks

    if _COUNT.fullmatch(text):
        checks.integer(option, int(text), 1, SEEDS_MAX)
        return list(range(int(text)))
    seeds: list[int] = []
    for part in text.removesuffix(",").split(","):
        found = _SEEDS.fullmatch(part.strip())
        if found is None:
            raise ValueError(
                f"{option} is {text!r}; it must be how many (5: the seeds 0 to 4), or the seeds: "
                "0,5,10-19 (7, is the seed 7 alone)"
            )
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise ValueError(
                f"{option} is {text!r}; {part.strip()} goes down, write {last}-{first}"
            )
        if len(seeds) + last - first >= SEEDS_MAX:
            raise ValueError(f"{option} is {text!r}; there must be at most {SEEDS_MAX:,}")
        seeds += range(first, last + 1)
    twice = next((seed for seed in seeds if seeds.count(seed) > 1), None)
    if twice is not None:
        raise ValueError(f"{option} is {text!r}; {twice} is there twice")
    return seeds


Out = Annotated[Path | None, typer.Option(help="Run folder, which must not exist yet.")]
Engine = Annotated[str | None, typer.Option(help="auto (if left out), lava, compiled or loihi2.")]
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


def complete_experiment(typed: str) -> list[str]:
    """Return the experiments whose names begin with what a person has typed in a shell."""
    from loihi_sleep.experiments.registry import EXPERIMENTS

    return [name for name in EXPERIMENTS.names() if name.startswith(typed)]


Experiment = Annotated[
    str,
    typer.Argument(
        help="An experiment, such as digits; `loihi-sleep list` names all.",
        metavar="EXPERIMENT",
        autocompletion=complete_experiment,
    ),
]
Seeds = Annotated[
    str | None,
    typer.Option(
        help="How many (5: seeds 0 to 4), or which: 0,5,10-19; instead of the preset's.",
        metavar="SEEDS",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Preset = Annotated[
    str | None,
    typer.Option(help="quick, paper, or another of the experiment's own; see `loihi-sleep list`."),
]


Workers = Annotated[
    int | None,
    typer.Option(help="Cases side by side; as many as there are cores, if left out."),
]
ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor",
        help="threads (if left out), dask (processes here, or a cluster by --scheduler) or slurm.",
        metavar="NAME",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(help="Address of a Dask scheduler: tcp://host:8786.", show_default=False),
]
Slurm = Annotated[
    Path | None,
    typer.Option(
        help="File that says what to ask SLURM for, of --executor slurm: partition, cores, ...",
        show_default=False,
    ),
]


Track = Annotated[
    list[str] | None,
    typer.Option(
        "--track",
        help="Show the finished run in tensorboard or mlflow too; tensorboard=FOLDER, "
        "mlflow=http://host:5000. Can be repeated.",
        metavar="TRACKER",
    ),
]


def place_on_board(partition: str | None, board: str | None, host: str | None) -> None:
    """Say where the chip is, if anything was said of it."""
    if any(value is not None for value in (partition, board, host)):
        from loihi_sleep.loihi2 import place

        place(partition, board, host)
