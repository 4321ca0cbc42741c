"""What an experiment costs: its nights, what it does awake, its read-out in spikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.cost.activity import Activity, mean_of
from loihi_sleep.cost.energy import Cost, estimate
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.registry import EXPERIMENTS, Experiment, PhaseUnit, by_name
from loihi_sleep.progress import Progress, Silent

if TYPE_CHECKING:
    from loihi_sleep.engine.counting import Counter

NIGHT = "a night"
TASK_AWAKE = "a task learned awake in spikes"
IMAGE = "an image read out in spikes"


@dataclass(frozen=True)
class MeanCost:
    """What something costs that an experiment does many times.

    Parameters
    ----------
    name : str
        Such as ``a night``.
    cost : Cost
        Mean over all times.
    times : int
    """

    name: str
    cost: Cost
    times: int

    @property
    def activity(self) -> Activity:
        """What is counted in it."""
        return self.cost.activity

    def text(self) -> str:
        """Format it as text."""
        return f"{self.name}, mean of {self.times:,}\n{self.cost.text()}"


@dataclass(frozen=True)
class ExperimentCost:
    """Costs of an experiment.

    Parameters
    ----------
    means : tuple of MeanCost
    """

    means: tuple[MeanCost, ...]

    def of(self, name: str) -> MeanCost:
        """Return the cost of what has a name.

        Raises
        ------
        KeyError
            Nothing has it.
        """
        for mean in self.means:
            if mean.name == name:
                return mean
        raise KeyError(f"{name!r}; there are {', '.join(mean.name for mean in self.means)}")

    def text(self) -> str:
        """Format it as text."""
        return "\n\n".join(mean.text() for mean in self.means)


def cost_of(
    name: str,
    *,
    data_dir: Path | None = None,
    settings: Sequence[str] = (),
    progress: Progress | None = None,
) -> ExperimentCost:
    """Run an experiment on the compiled engine and count what its networks do.

    Parameters
    ----------
    name : str
        One with ``cost_settings``.
    data_dir : Path, optional
        Folder that holds the data set.
    settings : sequence of str
        ``key.key=value``.
    progress : Progress, optional

    Returns
    -------
    ExperimentCost

    Raises
    ------
    ValueError
        Another experiment, or settings that are wrong.
    """
    from loihi_sleep import engine

    extra = by_name(name).cost_settings
    if extra is None:
        known = [one for one in EXPERIMENTS.names() if by_name(one).cost_settings is not None]
        listed = f"{', '.join(known[:-1])} and {known[-1]}"
        raise ValueError(f"experiment is {name!r}; its cost is known for {listed}")
    experiment, config = runner.configure(
        name,
        engine="compiled",
        numerics="fixed",
        data_dir=data_dir,
        settings=[*extra, *settings],
    )
    with TemporaryDirectory() as folder, engine.counting() as counters:
        run_folder = runner.begin(config, Path(folder) / "run")
        run_cfg = runner.select_engine(experiment, config)
        experiment.study(config).run(run_cfg, run_folder, progress or Silent())
    if experiment.phase_units is not None:
        return ExperimentCost(_of_phases(counters, experiment.phase_units(config)))
    activities = [counter.activity() for counter in counters]
    return ExperimentCost(_of_networks(activities, experiment, config))


def _of_phases(counters: Sequence[Counter], units: Mapping[str, PhaseUnit]) -> tuple[MeanCost, ...]:
    """Cost of the phases of networks that are awake and asleep in turn."""
    sleeping = [counter.phases for counter in counters if counter.phases.keys() >= units.keys()]
    found = []
    for phase, unit in units.items():
        done = reduce(Activity.__add__, (phases[phase] for phases in sleeping))
        times = done.steps / unit.steps
        found.append(MeanCost(unit.name, estimate(done / times), round(times)))
    return tuple(found)


def _of_networks(
    activities: Sequence[Activity], experiment: Experiment, config: ExperimentConfig
) -> tuple[MeanCost, ...]:
    """Cost of nights, of what learns awake and of read-outs, each in networks of their own."""
    learning = [activity for activity in activities if activity.total("visits")]
    # What learns awake is built unlike a night, and its last task is over before the first night.
    awake = [activity for activity in learning if _kinds(activity) != _kinds(learning[-1])]
    nights = [activity for activity in learning if _kinds(activity) == _kinds(learning[-1])]
    readouts = [activity for activity in activities if not activity.total("visits")]
    found = [MeanCost(NIGHT, estimate(mean_of(nights)), len(nights))]
    if awake:
        found.insert(0, MeanCost(TASK_AWAKE, estimate(mean_of(awake)), len(awake)))
    if readouts:
        # Beside the steps of the images there are a few in which the first one arrives.
        steps = experiment.steps_shown(config)
        images = sum(int(activity.steps // steps) for activity in readouts)
        shown = mean_of(readouts) / (images / len(readouts))
        found.append(MeanCost(IMAGE, estimate(shown), images))
    return tuple(found)


def _kinds(activity: Activity) -> tuple[str, ...]:
    return tuple(part.kind for part in activity.parts)
