"""``loihi-sleep list``."""

from __future__ import annotations

from loihi_sleep.cli.failures import open_console


def list_names() -> None:
    """Name what is here, that of other packages too: experiments, data, drives, forms, rules."""
    with open_console() as console:
        from loihi_sleep.consolidation import FORMS
        from loihi_sleep.datasets import DATA_SETS
        from loihi_sleep.experiments import registry
        from loihi_sleep.rules import RULES
        from loihi_sleep.sleep import DRIVES

        lines = ["experiments, with their presets"]
        for name in registry.EXPERIMENTS.names():
            lines.append(f"  {name}: {', '.join(registry.by_name(name).presets)}")
        lines.append("data sets")
        lines += [f"  {name}: {DATA_SETS[name].title}" for name in DATA_SETS.names()]
        lines.append("drives")
        lines += [f"  {name}: {DRIVES[name].__name__}" for name in DRIVES.names()]
        lines.append("forms of sleep")
        lines += [f"  {name}: {FORMS[name].__name__}" for name in FORMS.names()]
        lines.append("learning rules")
        lines += [f"  {name}" for name in RULES.names()]
        console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
