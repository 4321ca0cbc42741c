"""``loihi-sleep cost``."""

from __future__ import annotations

from loihi_sleep.cli.arguments import DataFolder, Experiment, Settings
from loihi_sleep.cli.failures import open_console


def cost(
    experiment: Experiment,
    data_dir: DataFolder = None,
    settings: Settings = None,
) -> None:
    """Count what a night costs, and an image, a cycle or a frame awake: operations, joules."""
    with open_console() as console:
        from loihi_sleep.experiments.cost import cost_of
        from loihi_sleep.progress_bar import progress_bar

        with progress_bar(console) as bar:
            found = cost_of(experiment, data_dir=data_dir, settings=settings or [], progress=bar)
        console.print(found.text(), highlight=False, markup=False, soft_wrap=True)
