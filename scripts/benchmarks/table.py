"""The outcome as tables for the terminal; the engine's is printed row by row."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.peers.run import PEERS

# Columns of the engine's table, each as wide as what it holds: rows are printed one by one.
_COLUMNS = {
    "network": 33,
    "synapses": 10,
    "Lava": 9,
    "engine": 8,
    "ratio": 6,
    "from - to": 13,
    "bar": 4,
    "met": 4,
    "kB/step": 8,
    "bound": 14,
    "x bound": 7,
    "spikes %": 23,
    "equal after": 11,
}
_AT_THE_LEFT = ("network", "synapses", "met")


def begin(outcome: dict[str, Any], console: Console) -> None:
    """Print machine and heads of the engine's table."""
    machine, memory = outcome["machine"], outcome["memory_bandwidth"]
    versions = ", ".join(f"{name} {value}" for name, value in machine.items() if "." in str(value))
    console.print(
        f"{machine['cpu']}, {machine['cores']} cores; {versions}\n"
        f"one core reads {memory['read'] / 1e9:.1f} GB/s from memory, updates in place "
        f"{memory['update'] / 1e9:.1f} GB/s (both ways)",
        highlight=False,
    )
    console.print(
        "Lava and the compiled engine, fixed, equal bit for bit. Times are microseconds a step. "
        "Bound: moving the weights that a step touches, in the cache that holds them all (in "
        "brackets: from memory). Spikes: share of the neurons of each layer a step, the input "
        "first, while the engine was timed. Equal after so many steps.",
        highlight=False,
    )
    console.print(_line(list(_COLUMNS)), highlight=False)


def print_row(row: dict[str, Any], console: Console) -> None:
    """Print a line of the engine's table."""
    if "skipped" in row:
        reason = f"{_line([row['network'], row['kind']])}  skipped: {row['skipped']}"
        console.print(reason, highlight=False, markup=False)
        return
    cells = [
        row["network"],
        row["kind"],
        _us(row["lava_us"]),
        _us(row["engine_us"]),
        f"{row['ratio']:.0f}",
        f"{min(row['ratios']):.0f} - {max(row['ratios']):.0f}",
        f"{row['bar']:.0f}",
        "yes" if row["met"] else "no",
        f"{(row['bytes_read'] + 2 * row['bytes_updated']) / 1e3:.1f}",
        f"{row['bound_us']:.2f} ({row['bound_in_memory_us']:.2f})",
        f"{row['times_bound']:.1f}",
        _percent(row["engine_rates"]),
        f"{row['equal_after_steps']}",
    ]
    console.print(_line(cells), style=None if row["met"] else "red", highlight=False)


def _line(cells: list[str]) -> str:
    columns = zip(cells, _COLUMNS.items(), strict=False)
    return "  ".join(
        cell.ljust(width) if name in _AT_THE_LEFT else cell.rjust(width)
        for cell, (name, width) in columns
    )


def end(outcome: dict[str, Any], console: Console) -> None:
    """Print what stands below the table: how long networks took to start and, if asked, peers."""
    rows = [row for row in outcome["rows"] if "skipped" not in row]
    if not rows:
        return
    console.print(_starts(rows), highlight=False)
    if any("peers" in row for row in rows):
        console.print(_peers(rows))
        for note in _notes(rows):
            console.print(note, highlight=False)


def _starts(rows: list[dict[str, Any]]) -> str:
    first: dict[str, float] = {}
    for row in rows:
        seconds = row["start_s"]["engine_attach"] + row["start_s"]["engine_first_step"]
        first.setdefault(row["kind"], seconds)
    kinds = ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in first.items())
    again = [row["start_s"]["engine_attach_again"] for row in rows]
    step = [row["start_s"]["engine_first_step_again"] for row in rows]
    lava = [row["start_s"]["lava"] for row in rows]
    return (
        f"Attaching the first network of a kind and its first step: {kinds} (a rule that this "
        f"machine has never run is compiled then). Again: {_range(again)} s, first step "
        f"{_range(step)} s. Lava compiles and starts in {_range(lava)} s."
    )


def _peers(rows: list[dict[str, Any]]) -> Table:
    table = Table(
        title="Peers",
        caption="Microseconds a step, and how many times the engine's; spikes % of each layer "
        "behind the input.",
    )
    table.add_column("network")
    table.add_column("synapses")
    table.add_column("engine", justify="right")
    for peer in PEERS:
        table.add_column(peer.name, justify="right")
    for row in rows:
        cells = [
            f"{_us(found['us'])} ({found['us'] / row['engine_us']:.1f}x)\n"
            f"[dim]{_percent(found['rates'])}[/dim]"
            if "us" in found
            else ""
            for found in (row["peers"][peer.name] for peer in PEERS)
        ]
        table.add_row(row["network"], row["kind"], _us(row["engine_us"]), *cells)
    return table


def _notes(rows: list[dict[str, Any]]) -> list[str]:
    """Why cells are empty, and what was fastest, each with the rows for which it holds."""
    notes: dict[str, list[str]] = {}
    for row in rows:
        for name, found in row["peers"].items():
            text = found.get("missing") or f"{found['version']}, {found['how']}"
            notes.setdefault(f"{name}: {text}", []).append(f"{row['network']} {row['kind']}")
    return [
        f"{text} ({'all rows' if len(held) == len(rows) else ', '.join(held)})"
        for text, held in sorted(notes.items())
    ]


def _us(value: float) -> str:
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _percent(rates: list[float]) -> str:
    return " / ".join(f"{100 * rate:.1f}" for rate in rates)


def _range(values: list[float]) -> str:
    return f"{min(values):.4f} - {max(values):.4f}"
