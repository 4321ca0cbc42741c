"""Parts of pages that are made from the code, where a page says ``<!-- generated: name -->``."""

import html
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

CITATIONS = Path(__file__).resolve().parents[2] / "CITATION.cff"
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


def citations() -> str:
    """Write CITATION.cff as BibTeX: the software, then the paper of each system."""
    software = yaml.safe_load(CITATIONS.read_text(encoding="utf-8"))
    parts = ["## The software", _bibtex(software, "software", "loihi-sleep")]
    for paper in software["references"]:
        name = paper["scope"].removeprefix("The system ")
        parts += [f"## `{name}`", _bibtex(paper, "article", name)]
    return "\n\n".join(parts)


def _bibtex(entry: dict[str, Any], kind: str, key: str) -> str:
    names = (
        f"{{{who['name']}}}" if "name" in who else f"{who['family-names']}, {who['given-names']}"
        for who in entry["authors"]
    )
    fields = {"author": " and ".join(names), "title": f"{{{entry['title']}}}"}
    for theirs, ours in (("journal", "journal"), ("collection-title", "booktitle")):
        fields |= {ours: entry[theirs]} if theirs in entry else {}
    for name in ("volume", "number", "year", "doi", "version", "license"):
        fields |= {name: str(entry[name])} if name in entry else {}
    if "start" in entry:
        last = f"--{entry['end']}" if "end" in entry else ""
        fields["pages"] = f"{entry['start']}{last}"
    for identifier in entry.get("identifiers", ()):
        fields["note"] = identifier["value"]
    if kind == "article" and "booktitle" in fields:
        kind = "inproceedings"
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join(["```bibtex", f"@{kind}{{{key},", *lines, "}", "```"])


PARTS: dict[str, Callable[[], str]] = {
    "command-line": command_line,
    "limits": limits,
    "cores": cores,
    "citations": citations,
}


def fill(text: str) -> str:
    """Put the parts into a page."""
    return MARK.sub(lambda mark: PARTS[mark[1]](), text)
