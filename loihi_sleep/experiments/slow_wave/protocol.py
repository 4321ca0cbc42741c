"""Protocol of `slow-wave`: the same images under each condition, and looks at what is learned."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.configuration import name_settings
from loihi_sleep.datasets.patches import Patches, load_patches
from loihi_sleep.experiments.jobs import Job, SharedProgress, run_left, timed
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS, Condition
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.life import Subject, live
from loihi_sleep.experiments.slow_wave.measures import Answers, measure
from loihi_sleep.experiments.slow_wave.metrics import metrics_of
from loihi_sleep.experiments.slow_wave.rasters import day_and_night
from loihi_sleep.progress import Progress
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.run_folder import RunFolder

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

Arrays = dict[str, NDArray[Any]]
# Frames of all that a look takes, about: what progress is told of it.
_LOOK_FRAMES = 60


def run(
    config: SlowWaveConfig, run_cfg: RunConfig, folder: RunFolder, progress: Progress
) -> dict[str, Any]:
    """Run the experiment over its seeds.

    Parameters
    ----------
    config : SlowWaveConfig
    run_cfg : RunConfig
        What runs the networks, from :func:`loihi_sleep.run.select.select`.
    folder : RunFolder
        Lives that its checkpoint holds are not lived again.
    progress : Progress

    Returns
    -------
    dict
        Metrics by name.
    """
    data = config.data
    with name_settings("data", side="network.side", LOIHI_SLEEP_DATA="LOIHI_SLEEP_DATA"):
        patches = load_patches(
            data.images,
            config.network.side,
            reduce=data.reduce,
            whiten=data.whiten,
            low_pass=data.low_pass,
            folder=data.folder,
        )
    folder.log("patches", source=patches.source, train=len(patches.train))
    shared = SharedProgress(progress)
    shared.start(len(config.seeds) * sum(_frames(config, name) for name in config.conditions))
    checkpoint = folder.checkpoint
    for wave in _waves(config):
        jobs: dict[str, Job] = {}
        for name in wave:
            for seed in config.seeds:
                subject = Subject(config, CONDITIONS[name], seed, run_cfg, shared)
                life = partial(_life, subject, patches, _norms(config, seed, checkpoint))
                jobs[f"seed_{seed}/{name}"] = timed(life)
        run_left(jobs, _frames_of(config), checkpoint, shared, run_cfg.engine)
    return metrics_of(config, checkpoint)


def _waves(config: SlowWaveConfig) -> list[list[Condition]]:
    """What is matched to the slept network comes after it."""
    matched = [name for name in config.conditions if CONDITIONS[name].scaled is not None]
    return [[name for name in config.conditions if name not in matched], matched]


def _norms(config: SlowWaveConfig, seed: int, checkpoint: Checkpoint) -> NDArray[np.float64]:
    """Mean norms of the slept network's features at each look, to which others are brought."""
    group = f"seed_{seed}/sleep"
    if "sleep" not in config.conditions or not checkpoint.has(group):
        return np.array([config.controls.norm])
    return checkpoint.read(group)["norm_mean"]


def _frames_of(config: SlowWaveConfig) -> Callable[[str], int]:
    return lambda group: _frames(config, cast(Condition, group.split("/")[1]))


def _frames(config: SlowWaveConfig, name: Condition) -> int:
    awake, asleep = config.ratio_of(CONDITIONS[name])
    phases = config.phases
    return phases.images + phases.images // awake * asleep + (config.look.times + 1) * _LOOK_FRAMES


def _life(subject: Subject, patches: Patches, norms: NDArray[np.float64]) -> Arrays:
    """Live, and look at the network at first and at each test."""
    held_out = _chosen(patches.held_out, subject.config.look.images)
    looks, arrays = live(subject, patches.train, norms)
    measured: list[dict[str, float]] = []
    answers: list[Answers] = []
    for synapses in looks:
        values, made = measure(subject, synapses, held_out)
        measured.append(values)
        answers.append(made)
        subject.progress.advance(_LOOK_FRAMES, f"seed {subject.seed}, {subject.rest.text}: a look")
    features = [subject.features_of(look) for look in looks]
    return {
        **arrays,
        **{name: np.array([values[name] for values in measured]) for name in measured[0]},
        "features": np.array(features, dtype=np.float32),
        "activity": np.array([made.counts.sum(axis=0) for made in answers]),
        **day_and_night(subject, looks[-1], held_out[0]),
        "images": held_out.astype(np.float32),
        "reconstructions": answers[-1].reconstructions.astype(np.float32),
    }


def _chosen(patches: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Some patches, at equal distances: the same in every run."""
    places = np.linspace(0, len(patches) - 1, min(count, len(patches)))
    return patches[np.rint(places).astype(int)]
