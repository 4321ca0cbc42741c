"""Metrics of `slow-wave`, from what its cases left."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.datasets.patches import Patches
from loihi_sleep.experiments.case import Arrays
from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.experiments.slow_wave.config import SlowWaveConfig
from loihi_sleep.experiments.slow_wave.measures import PROBES
from loihi_sleep.results.metrics import paired_test, summarize

# Measures at the end of training, with their units; those of each test are kept beside them.
AT_THE_END = {
    "hallucinating_share": "share of neurons with 5 spikes or more a second in noise",
    **{
        f"hallucinating_share_{kind}": "share of neurons with 5 spikes or more a second"
        for kind in PROBES
    },
    "latched_share": "share of neurons with 900 spikes or more a second",
    "norm_mean": "norm of a feature",
    "norm_max": "norm of a feature",
    "saturated_share": "share of weights",
    "reconstruction_correlation": "Pearson's r, held-out images",
    "psnr_db": "dB, held-out images",
    "structured_share_top64": "share of the 64 features most active on images",
    "neighbor_correlation": "Pearson's r of neighboring pixels, those 64 features",
    "gabor_energy": "share of a feature's energy in one Gabor function, those 64 features",
    "active_share": "share of neurons, held-out images",
}
# In what sleep is compared with every other condition.
COMPARED = (
    "hallucinating_share", "hallucinating_share_pink", "hallucinating_share_held", "norm_mean",
    "reconstruction_correlation", "psnr_db",
)  # fmt: skip
OVER_LIFE = ("hallucinating_share", "norm_mean", "norm_max", "reconstruction_correlation")


def metrics_of(results: Results[SlowWaveConfig, Patches]) -> Metrics:
    """Summarize what all cases left."""
    metrics: Metrics = {}
    for name in results.config.conditions:

        def measure(seed: int, name: str = name) -> dict[str, tuple[ArrayLike, str]]:
            return _measured(results.read(seed, name), name)

        metrics |= results.summarize(measure)
    return metrics | _beyond(results.config, metrics)


def _measured(left: Arrays, condition: str) -> dict[str, tuple[ArrayLike, str]]:
    """Return values and units of what one case left, by names of metrics."""
    measured: dict[str, tuple[ArrayLike, str]] = {
        measure: (left[measure][-1], unit) for measure, unit in AT_THE_END.items()
    }
    for measure in OVER_LIFE:
        measured[f"{measure}_over_life"] = left[measure], f"{AT_THE_END[measure]}, [look]"
    growth = _growth(left["norm_mean"])
    measured["norm_growth_last_half"] = growth, "share of the norm at half time"
    error = np.max(left["transposition_error"])
    measured["transposition_error"] = error, "of the features' norm"
    for phase in ("awake", "asleep"):
        grown = np.sum(left[f"grown_{phase}"])
        measured[f"square_grown_{phase}"] = grown, "squared norm, over the life"
    measured["seconds"] = left["seconds"], "seconds of a core, looks included"
    return {f"{name}_{condition}": value for name, value in measured.items()}


def _beyond(config: SlowWaveConfig, metrics: Metrics) -> Metrics:
    """What sleep does beyond every other condition, on the same seeds: sleep less the other."""
    beyond: Metrics = {}
    for name in config.conditions if "sleep" in config.conditions else ():
        if name == "sleep":
            continue
        for measure in COMPARED:
            slept, other = (
                np.array(metrics[f"{measure}_{which}"]["values"]) for which in ("sleep", name)
            )
            beyond[f"{measure}_beyond_{name}"] = summarize(
                list(slept - other), f"difference of {AT_THE_END[measure]}"
            )
            if len(slept) > 1:
                beyond[f"p_of_{measure}_beyond_{name}"] = summarize(
                    [paired_test(slept - other)], "p of a paired t test, two-sided"
                )
    return beyond


def _growth(norms: NDArray[np.float64]) -> float:
    """Growth of the mean norm over the last half of the tests."""
    middle = norms[len(norms) // 2]
    return float(norms[-1] / middle - 1)
