"""`pruning`: nights of pruning, and how many cycles fit in one night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.datasets.stream import Stream
from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.experiments.pruning import courses, cycles, spiking
from loihi_sleep.experiments.pruning.config import PRESETS, PruningConfig
from loihi_sleep.experiments.pruning.report import report
from loihi_sleep.experiments.registry import Experiment
from loihi_sleep.experiments.study import Loaded, Study
from loihi_sleep.pruning.learners import SLEEPERS
from loihi_sleep.training import sgd

if TYPE_CHECKING:
    from lava.proc.lif.process import LIF

# What random numbers are used for; the place of each is part of its seeds.
USES = ("initial", "wake", "night", "course", "spiking", "spiking_night")


def study(config: PruningConfig) -> Study[PruningConfig, Stream]:
    """Return what a run computes."""
    parts = (cycles, courses, spiking)
    conditions = [condition for part in parts for condition in part.conditions(config)]
    return Study(config, conditions, _metrics, USES, _load)


def validation(config: PruningConfig) -> Study[PruningConfig, Stream]:
    """Return what the nights of gradient descent are worth, on validation images."""
    conditions = cycles.validation_conditions(config)
    return Study(config, conditions, cycles.validation_metrics, USES, _load)


def _load(config: PruningConfig) -> Loaded[Stream]:
    return config.data.load_for(config.seeds, device=sgd.device_of(config.wake))


def _metrics(results: Results[PruningConfig, Stream]) -> Metrics:
    return {
        **cycles.metrics_of(results),
        **courses.metrics_of(results),
        **spiking.metrics_of(results),
    }


def network(config: PruningConfig) -> LIF:
    """Wire the most pruned spiking network, for :func:`loihi_sleep.fit.check`.

    Its weights are initial ones: as many as after the night.

    Raises
    ------
    ValueError
        Convolutions.
    """
    if config.channels:
        raise ValueError(
            f"channels is {list(config.channels)}; convolutions are pruned in torch only and not "
            "wired as LIF neurons: set channels=[] to check the layers that are"
        )
    return spiking.untrained(config).build(config.numerics).neurons[-1]


def host_only(config: PruningConfig) -> list[str]:
    """Say what no chip can run."""
    learning = "days and nights of gradient descent run on the host, with torch"
    left = "; the spiking network that they leave can be deployed"
    return [learning + (left if config.spiking.kept else "")]


def compiled_only(config: PruningConfig) -> list[str]:
    """Say what Lava's simulator cannot do, or has nothing to do with."""
    if config.spiking.kept:
        return [
            "spiking.kept asks for synaptic operations and energy, which the compiled engine "
            "counts: set spiking.kept=[] or use engine 'compiled'"
        ]
    if not set(config.learners.names) & set(SLEEPERS):
        return [
            f"nothing of it is in spikes: spiking.kept is [] and learners.names holds none of "
            f"{', '.join(SLEEPERS)}"
        ]
    return []


EXPERIMENT = Experiment(
    config=PruningConfig,
    presets=PRESETS,
    study=study,
    report=report,
    network=network,
    host_only=host_only,
    compiled_only=compiled_only,
    rounding=lambda config: config.learners.sleep.rounding,
    validation=validation,
)
