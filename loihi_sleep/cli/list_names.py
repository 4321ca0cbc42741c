"""``loihi-sleep list``."""

from __future__ import annotations

from loihi_sleep.cli.failures import open_console


def list_names() -> None:
    """Name the experiments and data sets that are here, those of other packages too."""
    with open_console() as console:
        from loihi_sleep.datasets import DATA_SETS
        from loihi_sleep.experiments import registry

        lines = ["experiments, with their presets"]
        for name in registry.EXPERIMENTS:
            lines.append(f"  {name}: {', '.join(registry.by_name(name).presets)}")
        lines.append("data sets")
        lines += [f"  {name}: {DATA_SETS[name].title}" for name in DATA_SETS.names()]
        console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
