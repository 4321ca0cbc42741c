"""Experiments by name, ours and those of other packages, imported when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.errors import ExtensionFailed
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.study import Study
from loihi_sleep.registry import Registry
from loihi_sleep.results.report import Report

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess


@dataclass(frozen=True)
class PhaseUnit:
    """What the cost of a phase is told for.

    Parameters
    ----------
    name : str
        Such as ``a cycle awake``.
    steps : int
        Time steps that it takes.
    """

    name: str
    steps: int


@dataclass(frozen=True)
class Experiment:
    """A system that can be run from the command line.

    Another package brings one by an entry point of the group ``loihi_sleep.experiments``, whose
    name is the default of the configuration's field ``experiment``.

    Parameters
    ----------
    config : type of ExperimentConfig
    presets : mapping of str to mapping
        Values of the configuration by preset, ``quick`` among them.
    study : callable
        ``study(config)`` returns the :class:`Study` of a configuration.
    report : callable
        ``report(run)`` draws the figures of a :class:`FinishedRun` and says what they show.
    network : callable
        ``network(config)`` wires the network with what plasticity it has, for
        :func:`loihi_sleep.fit.check`; returns one of its Processes.
    host_only : callable
        ``host_only(config)`` says, a sentence each, what else that is asked for no chip can run.
    compiled_only : callable
        ``compiled_only(config)`` says, a sentence each, what Lava's simulator cannot do.
    rounding : callable
        ``rounding(config)`` of plastic synapses, see :func:`loihi_sleep.run.select.select`.
    cost_settings : tuple of str, optional
        Settings under which the cost can be counted: with `phase_units` some network is awake and
        asleep in turn; without them all networks that run are nights, what learns awake in spikes,
        and a read-out of images. None where the cost is not known.
    steps_shown : callable
        ``steps_shown(config)``: time steps for which an image is read out there.
    phase_units : callable, optional
        ``phase_units(config)``: a :class:`PhaseUnit` for each of the phases ``awake`` and
        ``asleep`` of networks that :func:`loihi_sleep.sleep.phases.run_phases` runs.
    validation : callable, optional
        ``validation(config)`` returns a :class:`Study` that measures on validation samples what the
        settings are worth, and touches no test sample; its first metric is what a sweep looks at.
        None where the experiment has no such samples.
    no_validation : str
        Where there are none: why, and what to do, for a person who wants to compare settings.
    """

    config: type[ExperimentConfig]
    presets: Mapping[str, Mapping[str, Any]]
    study: Callable[[Any], Study[Any, Any]]
    report: Callable[[FinishedRun[Any]], Report]
    network: Callable[[Any], AbstractProcess]
    host_only: Callable[[Any], list[str]] = lambda config: []
    compiled_only: Callable[[Any], list[str]] = lambda config: []
    rounding: Callable[[Any], str] = lambda config: "per_synapse"
    cost_settings: tuple[str, ...] | None = None
    steps_shown: Callable[[Any], int] = lambda config: int(config.readout.steps)
    phase_units: Callable[[Any], Mapping[str, PhaseUnit]] | None = None
    validation: Callable[[Any], Study[Any, Any]] | None = None
    no_validation: str = ""

    @property
    def name(self) -> str:
        """Name on the command line and in config.yaml."""
        return str(self.config.model_fields["experiment"].default)


EXPERIMENTS: Registry[Experiment] = Registry(
    "experiment",
    "experiments",
    {
        "digits": "loihi_sleep.experiments.src.digits:EXPERIMENT",
        "src": "loihi_sleep.experiments.src:EXPERIMENT",
        "foraging": "loihi_sleep.experiments.foraging:EXPERIMENT",
        "slow-wave": "loihi_sleep.experiments.slow_wave:EXPERIMENT",
        "pruning": "loihi_sleep.experiments.pruning:EXPERIMENT",
    },
    Experiment,
)


def by_name(name: object) -> Experiment:
    """Find an experiment.

    Raises
    ------
    ValueError
        There is none of that name.
    ExtensionFailed
        The package that brings it cannot be imported, or the experiment has another name.
    """
    experiment = EXPERIMENTS[str(name)]
    if experiment.name != name:
        raise ExtensionFailed(
            f"experiment {name!r} of another package calls itself {experiment.name!r}; its entry "
            "point must have the same name"
        )
    return experiment
