"""Protocol of `pruning`: days, courses of tasks, and nights with few cycles or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loihi_sleep.experiments.jobs import Job, SharedProgress, run_left
from loihi_sleep.experiments.pruning import courses, cycles, spiking
from loihi_sleep.experiments.pruning.config import PruningConfig
from loihi_sleep.experiments.pruning.data import load_streams
from loihi_sleep.progress import Progress
from loihi_sleep.pruning.learners import SLEEPERS
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.select import select
from loihi_sleep.training import sgd

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig
    from lava.proc.lif.process import LIF


def run(
    config: PruningConfig, run_cfg: RunConfig, folder: RunFolder, progress: Progress
) -> dict[str, Any]:
    """Run the experiment over its seeds.

    Parameters
    ----------
    config : PruningConfig
    run_cfg : RunConfig
        What runs the networks, from :func:`loihi_sleep.run.select.select`.
    folder : RunFolder
        Jobs that its checkpoint holds are not run again.
    progress : Progress

    Returns
    -------
    dict
        Metrics by name, measured on the test split.
    """
    device = sgd.device_of(config.wake)
    streams = load_streams(config)
    train = max(len(stream.train) for stream in streams.values())
    folder.log("data", name=config.data.name, train=train, device=device)
    shared, checkpoint = SharedProgress(progress), folder.checkpoint
    # The rounding that is set is that of the learners' sleep.
    spiking_cfg = select(run_cfg.engine, run_cfg.numerics)
    first: dict[str, Job] = {}
    then: dict[str, Job] = {}
    for seed, stream in streams.items():
        first |= cycles.day_jobs(config, seed, stream, shared)
        first |= courses.course_jobs(config, seed, stream, run_cfg, shared)
        first |= spiking.day_jobs(config, seed, stream, spiking_cfg, shared)
        then |= cycles.night_jobs(config, seed, stream, shared, checkpoint)
        then |= spiking.night_jobs(config, seed, stream, spiking_cfg, shared, checkpoint)
    shared.start(len(first) + len(then))
    for wave in (first, then):
        run_left(wave, lambda group: 1, checkpoint, shared, run_cfg.engine)
    return {
        **cycles.metrics_of(config, streams, checkpoint),
        **courses.metrics_of(config, checkpoint),
        **spiking.metrics_of(config, streams, checkpoint),
    }


def network(config: PruningConfig) -> LIF:
    """Wire the most pruned spiking network, for :func:`loihi_sleep.fit.check`.

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
