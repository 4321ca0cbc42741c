"""Protocol of `pruning`: days, courses of tasks, and nights with few cycles or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loihi_sleep.experiments.jobs import Job, SharedProgress, run_left
from loihi_sleep.experiments.pruning import courses, cycles, spiking
from loihi_sleep.experiments.pruning.config import PruningConfig
from loihi_sleep.experiments.pruning.data import load_streams
from loihi_sleep.progress import Progress
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.sleep import wake

if TYPE_CHECKING:
    from lava.proc.lif.process import LIF


def run(config: PruningConfig, folder: RunFolder, progress: Progress) -> dict[str, Any]:
    """Run the experiment over its seeds.

    Parameters
    ----------
    config : PruningConfig
    folder : RunFolder
        Jobs that its checkpoint holds are not run again.
    progress : Progress

    Returns
    -------
    dict
        Metrics by name, measured on the test split.
    """
    device = wake.device_of(config.wake)
    streams = load_streams(config)
    train = max(len(stream.train) for stream in streams.values())
    folder.log("data", name=config.data.name, train=train, device=device)
    shared, checkpoint = SharedProgress(progress), folder.checkpoint
    first: dict[str, Job] = {}
    then: dict[str, Job] = {}
    for seed, stream in streams.items():
        first |= cycles.day_jobs(config, seed, stream, shared)
        first |= courses.course_jobs(config, seed, stream, shared)
        first |= spiking.day_jobs(config, seed, stream, shared)
        then |= cycles.night_jobs(config, seed, stream, shared, checkpoint)
        then |= spiking.night_jobs(config, seed, stream, shared, checkpoint)
    shared.start(len(first) + len(then))
    for wave in (first, then):
        # torch runs on the host, in threads, whatever runs spiking networks.
        run_left(wave, lambda group: 1, checkpoint, shared, "compiled")
    return {
        **cycles.metrics_of(config, streams, checkpoint),
        **courses.metrics_of(config, checkpoint),
        **spiking.metrics_of(config, streams, checkpoint),
    }


def network(config: PruningConfig) -> LIF:
    """Wire the most pruned spiking network, for :func:`loihi_sleep.hardware.check`.

    Its weights are initial ones: as many as in the morning.

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
