"""``loihi-sleep list``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loihi_sleep.cli.failures import open_console
from loihi_sleep.registry import Registry


def list_names() -> None:
    """Name what is here, that of other packages too: experiments, data, drives, forms, rules."""
    with open_console() as console:
        from loihi_sleep.consolidation import FORMS
        from loihi_sleep.datasets import DATA_SETS
        from loihi_sleep.experiments.registry import EXPERIMENTS
        from loihi_sleep.rules import RULES
        from loihi_sleep.sleep import DRIVES

        lines = [
            *_describe(
                "experiments, with their presets", EXPERIMENTS, lambda e: ", ".join(e.presets)
            ),
            *_describe("data sets", DATA_SETS, lambda data_set: data_set.title),
            *_describe("drives", DRIVES, lambda drive: drive.__name__),
            *_describe("forms of sleep", FORMS, lambda form: form.__name__),
            *_describe("learning rules", RULES, lambda rule: f"{rule.__module__}.{rule.__name__}"),
        ]
        console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def _describe(title: str, registry: Registry[Any], describe: Callable[[Any], str]) -> list[str]:
    """Return a line for each name; what cannot be had does not hide the others."""
    from loihi_sleep.errors import ExtensionFailed

    lines = [title]
    for name in registry.names():
        try:
            lines.append(f"  {name}: {describe(registry[name])}")
        except ExtensionFailed as error:
            lines.append(f"  {name}: cannot be used: {error}")
    return lines
