"""Parts of pages that are made from the code, where a page says ``<!-- generated: name -->``."""

import html
import re
import subprocess
import sys
from collections.abc import Callable

MARK = re.compile(r"^<!-- generated: ([\w-]+) -->$", re.MULTILINE)


def command_line() -> str:
    """Describe all commands with their options, as typer knows them."""
    said = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "typer", "loihi_sleep.cli"),
            *("utils", "docs", "--name", "loihi-sleep"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    commands = html.unescape(said.stdout).partition("\n## ")[2]
    # A number in brackets would be a link: [ARGS].
    return "## " + re.sub(r"```console\n\$ ", "```text\n", commands)


def limits() -> str:
    """Tabulate what Loihi can hold."""
    from loihi_sleep.numerics.limits import ROWS, TARGETS

    lines = ["| what | allowed | chip | grade | source |", "|---|---|---|---|---|"]
    for name, limit in ROWS:
        chips = "both" if len(limit.targets) == len(TARGETS) else limit.targets[0]
        allowed = f"{limit.lowest:,.0f} .. {limit.highest:,.0f}"
        chip = chips.replace("loihi", "Loihi ")
        lines.append(
            f"| {limit.quantity} (`{name}`) | {allowed} | {chip} | {limit.grade} | {limit.source} |"
        )
    return "\n".join(lines)


def cores() -> str:
    """Tabulate what is assumed of a core."""
    from loihi_sleep.numerics.limits import CORES

    lines = ["| chip | neurons a core | bytes of synapses a core | cores | source |"]
    lines.append("|---|---|---|---|---|")
    for target, core in CORES.items():
        neurons, synapses, count, source = vars(core).values()
        name = target.replace("loihi", "Loihi ")
        lines.append(f"| {name} | {neurons:,} | {synapses:,} | {count:,} | {source} |")
    return "\n".join(lines)


PARTS: dict[str, Callable[[], str]] = {
    "command-line": command_line,
    "limits": limits,
    "cores": cores,
}


def fill(text: str) -> str:
    """Put the parts into a page."""
    return MARK.sub(lambda mark: PARTS[mark[1]](), text)
