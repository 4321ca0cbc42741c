"""A network by what people name it with: an experiment, a run, or its checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loihi_sleep.configuration import load
from loihi_sleep.experiments import registry, runner
from loihi_sleep.results.run_folder import RunFolder

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess


@dataclass(frozen=True)
class NamedNetwork:
    """A network, wired as Lava Processes.

    Parameters
    ----------
    process : AbstractProcess
        One of its Processes.
    host_only : list of str
        What else its experiment is asked for that no chip can run, a sentence each.
    """

    process: AbstractProcess
    host_only: list[str]


def named_network(
    name: str, preset: str, numerics: str | None, settings: Sequence[str]
) -> NamedNetwork:
    """Wire a network as Lava Processes.

    Parameters
    ----------
    name : str
        An experiment; or the path of a run folder or of its checkpoint, whose configuration is
        taken.
    preset, numerics, settings
        As of ``loihi-sleep run``; for an experiment only.

    Returns
    -------
    NamedNetwork

    Raises
    ------
    ValueError
        There is no such experiment or run, or settings were given for a run.
    """
    path = Path(name)
    if name not in registry.EXPERIMENTS and path.exists():
        given: dict[str, Any] = {"--numerics": numerics, "--set": list(settings)}
        for option, value in given.items():
            if value:
                raise ValueError(
                    f"{option} is {value}; a run has its own configuration, leave it out"
                )
        values = RunFolder.open(path if path.is_dir() else path.parent).config()
        experiment = registry.by_name(values.get("experiment", ""))
        config = load(experiment.config, values)
    else:
        experiment, config = runner.configure(
            name, preset=preset, numerics=numerics, settings=list(settings)
        )
    return NamedNetwork(experiment.network(config), experiment.host_only(config))
