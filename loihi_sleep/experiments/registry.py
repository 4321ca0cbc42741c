"""Experiments by name, imported when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.progress import Progress
from loihi_sleep.results.report import Report
from loihi_sleep.results.run_folder import RunFolder

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

EXPERIMENTS = {
    "digits": "loihi_sleep.experiments.digits",
    "src": "loihi_sleep.experiments.src",
    "foraging": "loihi_sleep.experiments.foraging",
    "slow-wave": "loihi_sleep.experiments.slow_wave",
    "pruning": "loihi_sleep.experiments.pruning",
}


@dataclass(frozen=True)
class Experiment:
    """A system that can be run from the command line.

    Parameters
    ----------
    name : str
    config : type of ExperimentConfig
    presets : mapping of str to mapping
        Values by preset: ``quick`` and ``paper``.
    run : callable
        ``run(config, run_cfg, folder, progress)`` returns the metrics by name, as
        :func:`loihi_sleep.results.metrics.summarize` makes them. Its networks run as `run_cfg`
        says. It keeps what it has completed in the folder's checkpoint, and goes on from there.
    report : callable
        ``report(record, folder)`` draws the figures and says what the report shows.
    network : callable
        ``network(config)`` wires the network with what plasticity it has, for
        :func:`loihi_sleep.fit.check`; returns one of its Processes.
    host_only : callable
        ``host_only(config)`` says, a sentence each, what else that is asked for no chip can run.
    compiled_only : callable
        ``compiled_only(config)`` says, a sentence each, what Lava's simulator cannot do.
    rounding : callable
        ``rounding(config)`` of plastic synapses, see :func:`loihi_sleep.run.select.select`.
    """

    name: str
    config: type[ExperimentConfig]
    presets: Mapping[str, Mapping[str, Any]]
    run: Callable[[Any, Any, RunFolder, Progress], dict[str, Any]]
    report: Callable[[dict[str, Any], RunFolder], Report]
    network: Callable[[Any], AbstractProcess]
    host_only: Callable[[Any], list[str]] = lambda config: []
    compiled_only: Callable[[Any], list[str]] = lambda config: []
    rounding: Callable[[Any], str] = lambda config: "per_synapse"


def by_name(name: str) -> Experiment:
    """Find an experiment.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"experiment is {name!r}; it must be one of {', '.join(EXPERIMENTS)}")
    experiment = importlib.import_module(EXPERIMENTS[name]).EXPERIMENT
    assert isinstance(experiment, Experiment)
    return experiment
