"""What an experiment's nights and its read-out in spikes cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from loihi_sleep.cost.activity import Activity, mean_of
from loihi_sleep.cost.energy import Cost, estimate
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.registry import EXPERIMENTS, by_name
from loihi_sleep.progress import Progress, Silent


@dataclass(frozen=True)
class ExperimentCost:
    """Costs of an experiment.

    Parameters
    ----------
    night : Cost
        Mean of all nights.
    nights : int
    readout : Cost or None
        Mean of an image; None where nothing is read out in spikes.
    images : int
    awake : Cost or None
        Mean of a task, where another network learns awake in spikes.
    tasks : int
    """

    night: Cost
    nights: int
    readout: Cost | None
    images: int
    awake: Cost | None = None
    tasks: int = 0

    def text(self) -> str:
        """Format it as text."""
        text = f"a night, mean of {self.nights}\n{self.night.text()}"
        if self.awake is not None:
            awake = f"a task learned awake in spikes, mean of {self.tasks}"
            text = f"{awake}\n{self.awake.text()}\n\n{text}"
        if self.readout is None:
            return text
        return (
            f"{text}\n\nan image read out in spikes, mean of {self.images:,}\n{self.readout.text()}"
        )


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
        One with ``cost_settings``: ``digits`` or ``src``.
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
        raise ValueError(f"experiment is {name!r}; its cost is known for {' and '.join(known)}")
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
    activities = [counter.activity() for counter in counters]
    learning = [activity for activity in activities if activity.total("visits")]
    # What learns awake is built unlike a night, and its last task is over before the first night.
    awake = [activity for activity in learning if _kinds(activity) != _kinds(learning[-1])]
    nights = [activity for activity in learning if _kinds(activity) == _kinds(learning[-1])]
    readouts = [activity for activity in activities if not activity.total("visits")]
    night = estimate(mean_of(nights))
    evening = (estimate(mean_of(awake)) if awake else None), len(awake)
    if not readouts:
        return ExperimentCost(night, len(nights), None, 0, *evening)
    shown = experiment.steps_shown(config)
    # Beside the steps of the images there are a few in which the first one arrives.
    images = sum(int(activity.steps // shown) for activity in readouts)
    readout = estimate(mean_of(readouts) / (images / len(readouts)))
    return ExperimentCost(night, len(nights), readout, images, *evening)


def _kinds(activity: Activity) -> tuple[str, ...]:
    return tuple(part.kind for part in activity.parts)
