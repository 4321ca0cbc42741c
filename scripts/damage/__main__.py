"""The command line of scripts/fuzz_inputs."""

from __future__ import annotations

import importlib
import multiprocessing
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from damage.case import FAULTS, Verdict

# Modules of this package; each has a function cases(folder, count, seed).
KINDS: tuple[str, ...] = (
    "checkpoints",
    "command_lines",
    "configurations",
    "data_files",
    "metrics",
    "netx_files",
    "nir_files",
    "rule_cache",
)
COLUMNS = ("refused", "harmless", *FAULTS)
SHOWN = 5

app = typer.Typer(pretty_exceptions_enable=False)


def _try_all(kind: str, count: int, seed: int, found: multiprocessing.Queue) -> None:
    """Try the cases of a kind; runs in a process of its own, which a fault may take down."""
    # Lava's import chooses how processes start, and fails where that has been chosen.
    multiprocessing.set_start_method(None, force=True)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        for case in importlib.import_module(f"damage.{kind}").cases(Path(folder), count, seed):
            found.put((case.name, None))
            found.put((case.name, case.attempt()))


def _verdicts(kind: str, count: int, seed: int) -> list[tuple[str, Verdict]]:
    context = multiprocessing.get_context("spawn")
    found = context.Queue()
    # Of the package: a new process does not know what `-m` runs as __main__.
    target = importlib.import_module("damage.__main__")._try_all
    child = context.Process(target=target, args=(kind, count, seed, found))
    child.start()
    verdicts: list[tuple[str, Verdict]] = []
    under_way = "the start"
    while child.is_alive() or not found.empty():
        try:
            name, verdict = found.get(timeout=0.5)
        except Exception:  # queue.Empty of the context
            continue
        under_way = name
        if verdict is not None:
            verdicts.append((name, verdict))
    child.join()
    if child.exitcode != 0:
        verdicts.append(
            (under_way, Verdict("traceback", f"the process ended with code {child.exitcode}"))
        )
    return verdicts


@app.command()
def main(
    kinds: Annotated[str, typer.Option(help="Some of the kinds, with commas.")] = ",".join(KINDS),
    count: Annotated[int, typer.Option(min=1, help="Inputs of each kind.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn.")] = 0,
) -> None:
    """Damage inputs of each kind, and count what becomes of them."""
    chosen = [kind.strip() for kind in kinds.split(",") if kind.strip()]
    for kind in chosen:
        if kind not in KINDS:
            raise typer.BadParameter(f"{kind!r} is none of: {', '.join(KINDS)}")
    print(f"{'kind':16s}" + "".join(f"{column:>11s}" for column in COLUMNS))
    faults: list[tuple[str, str, Verdict]] = []
    for kind in chosen:
        verdicts = _verdicts(kind, count, seed)
        tally = Counter(verdict.outcome for _, verdict in verdicts)
        print(f"{kind:16s}" + "".join(f"{tally[column]:11d}" for column in COLUMNS), flush=True)
        faults += [(kind, name, one) for name, one in verdicts if one.outcome in FAULTS]
    for kind, name, verdict in faults[:SHOWN]:
        print(f"\n{kind}, {name}: {verdict.outcome}\n{verdict.detail}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    app(prog_name="scripts/fuzz_inputs")
