"""How commands end: errors as one line and an exit code, signals as interruptions."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

BAD_INPUT, FAILED, INTERRUPTED, HUNG_UP = 2, 1, 130, 129


class Interrupted(KeyboardInterrupt):
    """The command is to end.

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


@contextmanager
def open_console(errors_only: bool = False) -> Iterator[Console]:
    """Run a command: errors become one line and an exit code, signals end child processes.

    With `errors_only` the console writes where errors go, so that a program can read the output.

    Whatever is neither bad input nor a fault of the machine is a mistake in the program, and keeps
    its traceback.
    """
    from rich.console import Console

    from loihi_sleep.errors import BadParameter, RunFailed

    warnings.filterwarnings("ignore", module="lava|torch|networkx")
    with _end_on_signals():
        try:
            yield Console(stderr=errors_only)
        except BadParameter as error:
            option = error.parameter.replace("_", "-")
            fail(f"--{option} {error.complaint}", BAD_INPUT)
        except ValueError as error:
            fail(str(error), BAD_INPUT)
        except RunFailed as error:
            fail(str(error), FAILED)
        except BrokenPipeError:
            raise  # nobody reads on, as with `| head`
        except OSError as error:
            fail(_describe(error), FAILED)
        except MemoryError as error:
            fail(f"there is not enough memory{f': {error}' if str(error) else ''}", FAILED)
        except Interrupted as interruption:
            advice = f"; {interruption.advice}" if interruption.advice else ""
            fail(f"interrupted{advice}", interruption.code)
        except KeyboardInterrupt:
            fail("interrupted", INTERRUPTED)


@contextmanager
def _end_on_signals() -> Iterator[None]:
    """Let SIGTERM, and SIGHUP of a terminal that is closed, end a command as Ctrl-C does."""
    codes = {signal.SIGTERM: INTERRUPTED, signal.SIGHUP: HUNG_UP}

    def interrupt(signum: int, frame: object) -> None:
        if signum == signal.SIGHUP:
            # It may come again, while child processes are ended.
            signal.signal(signum, signal.SIG_IGN)
        raise Interrupted(codes[signal.Signals(signum)])

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
def advise_to_resume(run: Path) -> Iterator[None]:
    """Let an interruption say whether there is a run to go on with."""
    try:
        yield
    except KeyboardInterrupt as interruption:
        from loihi_sleep.complaints import command

        code = interruption.code if isinstance(interruption, Interrupted) else INTERRUPTED
        advice = f"{command('resume', run)} goes on from what is done"
        raise Interrupted(code, advice if run.exists() else "nothing was done yet") from None


def _describe(error: OSError) -> str:
    """Say which file it was, and what is wrong with it."""
    reason = error.strerror or str(error) or type(error).__name__
    named = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return ": ".join([" and ".join(named), reason] if named else [reason]).replace("\n", " ")


def fail(message: str, code: int) -> None:
    """Print a line and end."""
    with suppress(OSError):  # the terminal may be gone
        typer.echo(f"loihi-sleep: {message}", err=True)
    raise typer.Exit(code)
