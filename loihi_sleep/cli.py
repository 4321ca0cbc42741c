"""The command line. Anything heavy is imported by the command that needs it."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from loihi_sleep import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from loihi_sleep.configuration import ExperimentConfig
    from loihi_sleep.experiments.registry import Experiment
    from loihi_sleep.results.report import Report
    from loihi_sleep.results.run_folder import RunFolder

BAD_INPUT, FAILED, INTERRUPTED, HUNG_UP = 2, 1, 130, 129
# Of an argument, in characters; lists of settings may be longer than names and paths.
_LONGEST_ARGUMENT, _LONGEST_SETTING = 1000, 10_000


class _Interrupted(KeyboardInterrupt):
    """The command was told to end.

    Parameters
    ----------
    code : int
        Exit code.
    advice : str
        What the user can do now.
    """

    def __init__(self, code: int, advice: str = "") -> None:
        super().__init__()
        self.code, self.advice = code, advice


class _Group(TyperGroup):
    """All commands; refuses arguments that no option or setting could mean."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Check the arguments before they are told apart."""
        previous = ""
        for argument in args:
            setting = previous == "--set" or argument.startswith("--set=")
            longest = _LONGEST_SETTING if setting else _LONGEST_ARGUMENT
            if len(argument) > longest:
                start = repr(argument[:40])
                _fail(
                    f"an argument that begins with {start} is too long, at most {longest:,}"
                    f" characters are read",
                    BAD_INPUT,
                )
            if any(not (letter.isprintable() or letter in " \n\t") for letter in argument):
                _fail(f"{argument!r} holds a character that cannot be printed", BAD_INPUT)
            previous = argument
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Group,
    name="loihi-sleep",
    help="Sleep for spiking networks on Intel's Lava and Loihi 2.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

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


@app.command()
def demo(
    out: Out = None,
    show: Annotated[bool, typer.Option(help="Open the report where there is a display.")] = True,
) -> None:
    """Digits: learn five tasks, forget, sleep, recover; ends with a picture."""
    folder = out or _new_folder("demo")
    with _console() as console:
        _execute(console, folder, name="digits", preset="quick")
        _open(folder / "report.html", console, show)


@app.command()
def run(
    experiment: Annotated[
        str,
        typer.Argument(help="digits, src, foraging, slow-wave or pruning.", metavar="EXPERIMENT"),
    ],
    preset: Annotated[str, typer.Option(help="quick or paper; of pruning also cifar10.")] = "quick",
    engine: Engine = "auto",
    numerics: Numerics = None,
    seeds: Annotated[
        int | None, typer.Option(help="How many seeds, 0 and up, instead of the preset's.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder that holds the data set (src, pruning).")
    ] = None,
    out: Out = None,
    partition: Partition = None,
    board: Board = None,
    host: Host = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a setting: sleep.steps=500. Can be repeated."),
    ] = None,
) -> None:
    """Run an experiment; its folder holds configuration, metrics, figures and report."""
    with _console() as console:
        if engine not in ("loihi2", "auto") and (partition or board or host):
            raise ValueError(
                f"--partition, --board and --host are for engine 'loihi2'; engine is {engine!r}"
            )
        _place(partition, board, host)
        if seeds is not None:
            from loihi_sleep.configuration import SEEDS_MAX
            from loihi_sleep.processes import checks

            checks.integer("--seeds", seeds, 1, SEEDS_MAX)
        _execute(
            console,
            out or _new_folder(experiment),
            name=experiment,
            preset=preset,
            engine=engine,
            numerics=numerics,
            seeds=None if seeds is None else list(range(seeds)),
            data_dir=data_dir,
            settings=settings or [],
        )


@app.command()
def resume(
    path: RunPath, partition: Partition = None, board: Board = None, host: Host = None
) -> None:
    """Go on with a run that was interrupted."""
    with _console() as console:
        _place(partition, board, host)
        from loihi_sleep.experiments import runner

        with _advising(path):
            _complete(console, *runner.reopen(path))


@app.command()
def report(path: RunPath) -> None:
    """Draw the figures and report.html of a finished run anew."""
    with _console() as console:
        from loihi_sleep.experiments import runner

        record, made = runner.rebuild_report(path)
        _print_result(console, path, record, made)


@app.command()
def check(
    network: Annotated[
        str,
        typer.Argument(
            help="digits, src, foraging, slow-wave or pruning; a run folder; a .net or .nir file.",
            metavar="NETWORK",
        ),
    ],
    target: Annotated[str, typer.Option(help="loihi2 or loihi1.")] = "loihi2",
    preset: Annotated[str, typer.Option(help="quick or paper; of pruning also cifar10.")] = "paper",
    numerics: Numerics = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting. Can be repeated.")
    ] = None,
    dt: Annotated[
        float | None,
        typer.Option(help="Of a .nir file: length of a time step, in its unit of time."),
    ] = None,
) -> None:
    """Say whether a network may fit Loihi 2; exit code 1 where it does not."""
    with _console() as console:
        from loihi_sleep.experiments.named_network import named_network
        from loihi_sleep.fit import check
        from loihi_sleep.loihi2 import refusals

        found = named_network(network, preset, numerics, settings or [], dt)
        fit = check(found.process, target)
        lines = [fit.text()]
        if fit.fits and fit.target == "loihi2":
            reasons = refusals(found.process) + found.host_only
            lines += [f"cannot be deployed: {reason}" for reason in reasons] or ["can be deployed"]
        console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
        if not fit.fits:
            raise typer.Exit(FAILED)


@app.command()
def cost(
    experiment: Annotated[str, typer.Argument(help="digits or src.", metavar="EXPERIMENT")],
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder that holds the data set (src).")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting. Can be repeated.")
    ] = None,
) -> None:
    """Count what a night and an image cost: spikes, synaptic operations, joules."""
    with _console() as console:
        from loihi_sleep.experiments.cost import cost_of
        from loihi_sleep.progress_bar import progress_bar

        with progress_bar(console) as bar:
            found = cost_of(experiment, data_dir=data_dir, settings=settings or [], progress=bar)
        console.print(found.text(), highlight=False, markup=False, soft_wrap=True)


@app.command()
def doctor() -> None:
    """Say what is here: Python, Lava, engines, Loihi 2."""
    with _console() as console:
        from loihi_sleep.loihi2 import doctor as examination

        for line in examination.lines():
            console.print(line, highlight=False, markup=False, soft_wrap=True)


def main() -> None:
    """Entry point of the console script."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Sleep for spiking networks on Intel's Lava and Loihi 2."""


@contextmanager
def _console() -> Iterator[Console]:
    """Run a command: errors become one line and an exit code, signals end child processes.

    Whatever is neither bad input nor a fault of the machine is a mistake in the program, and keeps
    its traceback.
    """
    from rich.console import Console

    from loihi_sleep.errors import BadParameter, RunFailed

    warnings.filterwarnings("ignore", module="lava|torch|networkx")
    with _ending_on_signals():
        try:
            yield Console()
        except BadParameter as error:
            option = error.parameter.replace("_", "-")
            _fail(f"--{option} {error.complaint}", BAD_INPUT)
        except ValueError as error:
            _fail(str(error), BAD_INPUT)
        except RunFailed as error:
            _fail(str(error), FAILED)
        except BrokenPipeError:
            raise  # nobody reads on, as with `| head`
        except OSError as error:
            _fail(_reason(error), FAILED)
        except MemoryError as error:
            _fail(f"there is not enough memory{f': {error}' if str(error) else ''}", FAILED)
        except _Interrupted as interruption:
            advice = f"; {interruption.advice}" if interruption.advice else ""
            _fail(f"interrupted{advice}", interruption.code)
        except KeyboardInterrupt:
            _fail("interrupted", INTERRUPTED)


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Let SIGTERM, and SIGHUP of a terminal that is closed, end a command as Ctrl-C does."""
    codes = {signal.SIGTERM: INTERRUPTED, signal.SIGHUP: HUNG_UP}

    def interrupt(signum: int, frame: object) -> None:
        if signum == signal.SIGHUP:
            # It may come again, while child processes are ended.
            signal.signal(signum, signal.SIG_IGN)
        raise _Interrupted(codes[signal.Signals(signum)])

    # What is ignored stays so: `nohup` asks for it.
    previous = {
        number: signal.signal(number, interrupt)
        for number in codes
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _advising(run: Path) -> Iterator[None]:
    """Let an interruption say whether there is a run to go on with."""
    try:
        yield
    except KeyboardInterrupt as interruption:
        code = interruption.code if isinstance(interruption, _Interrupted) else INTERRUPTED
        advice = f"'loihi-sleep resume {run}' goes on from what is done"
        raise _Interrupted(code, advice if run.exists() else "nothing was done yet") from None


def _reason(error: OSError) -> str:
    """Say which file it was, and what is wrong with it."""
    reason = error.strerror or str(error) or type(error).__name__
    named = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return ": ".join([" and ".join(named), reason] if named else [reason]).replace("\n", " ")


def _fail(message: str, code: int) -> None:
    with suppress(OSError):  # the terminal may be gone
        typer.echo(f"loihi-sleep: {message}", err=True)
    raise typer.Exit(code)


def _new_folder(name: str) -> Path:
    return Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"


def _place(partition: str | None, board: str | None, host: str | None) -> None:
    """Say where the chip is, if anything was said of it."""
    if any(value is not None for value in (partition, board, host)):
        from loihi_sleep.loihi2 import place

        place(partition, board, host)


def _execute(console: Console, folder: Path, **choices: Any) -> None:
    from loihi_sleep.experiments import runner
    from loihi_sleep.experiments.new_run import new_run

    experiment, config = runner.configure(**choices)
    with _advising(folder), new_run(config, folder) as made:
        _complete(console, experiment, config, made)


def _complete(
    console: Console, experiment: Experiment, config: ExperimentConfig, folder: RunFolder
) -> None:
    from loihi_sleep.experiments import runner
    from loihi_sleep.progress_bar import progress_bar

    with progress_bar(console) as bar:
        record, report = runner.complete(experiment, config, folder, bar)
    _print_result(console, folder.path, record, report)


def _print_result(console: Console, folder: Path, record: dict[str, Any], report: Report) -> None:
    from rich.table import Table

    from loihi_sleep.results.report import table_rows

    table = Table(title=report.title, title_justify="left", title_style="bold", show_edge=False)
    table.add_column("what")
    table.add_column("metric", style="dim", no_wrap=True)
    table.add_column("mean over seeds", justify="right", no_wrap=True)
    for name, description, value in table_rows(report, record):
        table.add_row(description, name, value)
    console.print()
    console.print(table)
    console.print(
        f"\n{record['engine']}/{record['numerics']} ({record['engine_reason']}), "
        f"{record['wall_s']:.0f} s\n{folder / 'report.html'}",
        highlight=False,
        soft_wrap=True,
    )


def _open(path: Path, console: Console, show: bool) -> None:
    """Open the report for a person who sits in front of a screen."""
    has_display = sys.platform == "darwin" or "DISPLAY" in os.environ
    if show and has_display and console.is_terminal and "CI" not in os.environ:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
