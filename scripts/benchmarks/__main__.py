"""The command line of scripts/benchmark."""

from __future__ import annotations

import json
import os
import sys
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Time the compiled engine.", pretty_exceptions_enable=False)


@app.callback()
def _benchmark() -> None:
    """Time the compiled engine."""


@app.command("engine")
def time_engine(
    rows: Annotated[
        str, typer.Option(help="Parts of names of rows, with commas: static,49-784-9,plastic-t1.")
    ] = "",
    peers: Annotated[
        bool,
        typer.Option("--peers", help="Other simulators, Brian2 to ANNarchy, as well."),
    ] = False,
    peers_python: Annotated[
        Path, typer.Option(help="The Python that the peers are installed for.")
    ] = Path(sys.executable),
    repeats: Annotated[int, typer.Option(min=1, help="Timed runs of each.")] = 5,
    out: Annotated[Path | None, typer.Option(help="File for the outcome, as JSON.")] = None,
) -> None:
    """Lava's simulator and the engine by turns, on the same networks."""
    from rich.console import Console

    from benchmarks import activity, bandwidth, lava_and_engine, machine, table, workload
    from benchmarks.peers import run as peers_run

    parts = [part.strip() for part in rows.split(",") if part.strip()]
    chosen = [
        row for row in workload.rows() if not parts or any(part in row.name for part in parts)
    ]
    if not chosen:
        names = ", ".join(row.name for row in workload.rows())
        raise typer.BadParameter(f"{rows!r} is part of none of: {names}", param_hint="--rows")
    warnings.simplefilter("ignore")
    console = Console(width=None if sys.stdout.isatty() else 190)
    progress = Console(stderr=True, highlight=False)

    memory = bandwidth.measure(bandwidth.MEMORY_BYTES)
    outcome: dict[str, Any] = {
        "benchmark": "engine",
        "machine": machine.describe(),
        "repeats": repeats,
        "memory_bandwidth": asdict(memory),
        "rows": [],
    }
    table.begin(outcome, console)
    for row in chosen:
        progress.print(f"{row.name} ...")
        cached = bandwidth.measure(row.network.weight_count * activity.WEIGHT_BYTES)
        found = lava_and_engine.measure_if_possible(row, repeats, cached, memory)
        outcome["rows"].append(found)
        table.print_row(found, console)
        if peers and "skipped" not in found:
            found["peers"] = {}
            for peer in peers_run.PEERS:
                progress.print(f"{row.name}: {peer.name} ...")
                found["peers"][peer.name] = peers_run.measure(peer, row, peers_python, repeats)
        if out is not None:
            _write(out, outcome)
    table.end(outcome, console)


@app.command("python")
def time_python(
    repeats: Annotated[int, typer.Option(min=1, help="Timed runs of each.")] = 5,
    out: Annotated[Path | None, typer.Option(help="File for the outcome, as JSON.")] = None,
) -> None:
    """Lava's simulator and this engine by turns, on networks that run in Python, or partly."""
    from rich.console import Console
    from rich.table import Table

    from benchmarks import in_python, machine

    warnings.simplefilter("ignore")
    outcome: dict[str, Any] = {"benchmark": "python", "machine": machine.describe(), "rows": []}
    table = Table("network", "Lava, us a step", "here, us a step", "ratio", "asked", "in Python")
    for row in in_python.ROWS:
        found = in_python.measure(row, repeats)
        outcome["rows"].append(found)
        table.add_row(
            found["network"],
            f"{found['lava_us']:.0f}",
            f"{found['engine_us']:.1f}",
            f"{found['ratio']:.1f}",
            f"{found['bar']}",
            f"{found['python_share']:.0%}",
        )
        if out is not None:
            _write(out, outcome)
    Console(width=None if sys.stdout.isatty() else 120).print(table)


@app.command("large")
def time_large(
    rows: Annotated[
        str, typer.Option(help="Parts of names of rows, with commas: LearningDense,Sparse.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="File for the outcome, as JSON.")] = None,
) -> None:
    """Large networks on the engine: time and memory to the first step; time and events a step."""
    from benchmarks import large, machine

    parts = [part.strip() for part in rows.split(",") if part.strip()]
    chosen = [c for c in large.CASES if not parts or any(part in c.name for part in parts)]
    outcome: dict[str, Any] = {"benchmark": "large", "machine": machine.describe(), "rows": []}
    typer.echo(outcome["machine"]["cpu"])
    typer.echo("\n".join(large.head_lines()))
    for case in chosen:
        found = large.measure_apart(case)
        smaller = large.smaller_of(found, outcome["rows"])
        outcome["rows"].append(found)
        typer.echo("\n".join(large.lines_of(found, smaller)))
        if out is not None:
            _write(out, outcome)


@app.command("readout")
def time_readout(
    repeats: Annotated[int, typer.Option(min=1, help="Timed runs of each.")] = 5,
    images: Annotated[int, typer.Option(min=1, help="Images of a run.")] = 128,
) -> None:
    """Images read out at once and step by step, by turns, on the same network."""
    from benchmarks import machine, readout

    warnings.simplefilter("ignore")
    typer.echo(machine.describe()["cpu"])
    for line in readout.measure(repeats, images):
        typer.echo(line)


def _write(path: Path, outcome: dict[str, Any]) -> None:
    """Write after each row: what is measured is kept, whatever happens to the next one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(outcome, indent=1) + "\n")
    os.replace(part, path)


if __name__ == "__main__":
    app(prog_name="scripts/benchmark")
