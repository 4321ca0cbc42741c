"""What the conditions of `slow-wave` compute: the same images, and tests of what is learned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.configuration import name_settings
from loihi_sleep.datasets.patches import Patches, load_patches
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS, ConditionName
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.measures import Answers, measure
from loihi_sleep.experiments.slow_wave.rasters import PLAYED, day_and_night, moments_of, packed
from loihi_sleep.experiments.slow_wave.training import SlowWaveCase, network_of, train
from loihi_sleep.experiments.study import Arrays, Condition, Loaded

# Frames of all that a test takes, about.
_TEST_FRAMES = 60


def load(config: SlowWaveConfig) -> Loaded[Patches]:
    """Load the patches, the same ones for all seeds."""
    data = config.data
    with name_settings("data", side="network.side"):
        patches = load_patches(
            data.images,
            config.network.side,
            reduce=data.reduce,
            whiten=data.whiten,
            low_pass=data.low_pass,
            folder=data.folder,
        )
    about = {"source": patches.source, "train": len(patches.train)}
    return Loaded(dict.fromkeys(config.seeds, patches), about)


def conditions(config: SlowWaveConfig) -> list[Condition[SlowWaveConfig, Patches]]:
    """Return the conditions; features are scaled to the norms of the slept network, if there is."""
    made = []
    for name in config.conditions:
        matched = CONDITIONS[name].scaled is not None and "sleep" in config.conditions
        needs = ("sleep",) if matched else ()
        made.append(Condition(name, _compute, needs, _frames(config, name)))
    return made


def _norms(case: SlowWaveCase) -> NDArray[np.float64]:
    """Mean norms of features to which those of the case are brought, at each test."""
    scaled = network_of(case).between.scaled is not None
    if scaled and "sleep" in case.config.conditions:
        return case.read("sleep")["norm_mean"]
    return np.array([case.config.controls.norm])


def _frames(config: SlowWaveConfig, name: ConditionName) -> int:
    awake, asleep = config.ratio_of(CONDITIONS[name])
    frames = config.phases.images + config.phases.images // awake * asleep
    return frames + (config.look.times + 1) * _TEST_FRAMES


def _compute(case: SlowWaveCase) -> Arrays:
    """Show images and let the network sleep; test it at first and at equal distances."""
    conditioned = network_of(case)
    held_out = _chosen(case.data.held_out, case.config.look.images)
    tests, arrays = train(case, _norms(case))
    measured: list[dict[str, float]] = []
    answers: list[Answers] = []
    for synapses in tests:
        values, made = measure(case, synapses, held_out)
        measured.append(values)
        answers.append(made)
        case.advance(_TEST_FRAMES, f"{conditioned.between.text}: a test")
    features = [conditioned.form.features_of(synapses) for synapses in tests]
    moments = moments_of(len(tests)) if case.condition in PLAYED else []
    nights: Arrays = {}
    for moment in moments:
        nights |= packed(moment, day_and_night(case, tests[moment], held_out[0]))
    return {
        **arrays,
        **nights,
        **{name: np.array([values[name] for values in measured]) for name in measured[0]},
        "features": np.array(features, dtype=np.float32),
        "activity": np.array([made.counts.sum(axis=0) for made in answers]),
        **day_and_night(case, tests[-1], held_out[0]),
        "images": held_out.astype(np.float32),
        "reconstructions": answers[-1].reconstructions.astype(np.float32),
    }


def _chosen(patches: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Some patches, at equal distances: the same in every run."""
    places = np.linspace(0, len(patches) - 1, min(count, len(patches)))
    return patches[np.rint(places).astype(int)]
