"""The spiking network: SLAYER's day, nights of pruning, its form on a chip, and a night asleep."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep import engine, rules, sleep
from loihi_sleep.cost.energy import estimate
from loihi_sleep.datasets.stream import Samples, Stream
from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.experiments.pruning.config import PruningConfig, pruned_share
from loihi_sleep.experiments.study import Arrays, Case, Condition
from loihi_sleep.fit.resources import part_of
from loihi_sleep.networks import CubaNetwork
from loihi_sleep.networks.readout import classify
from loihi_sleep.pruning import slayer
from loihi_sleep.pruning.masks import strongest
from loihi_sleep.pruning.night import FixedWeights, prune_in_cycles
from loihi_sleep.results.metrics import summarize
from loihi_sleep.results.packed_rasters import pack
from loihi_sleep.run.select import select
from loihi_sleep.training.sgd import WakeConfig, Weights, initial_weights

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

DENSE = "spiking_dense"
# Name, before the number of a layer, of what is recorded of a night, and how many steps of it.
RASTER, _RASTER_STEPS = "night_raster", 200
# Accuracies by the array that holds the classes, and what else is measured of each network.
ACCURACIES = {
    "accuracy_spiking": "predicted",
    "accuracy_spiking_torch": "predicted_torch",
    "accuracy_spiking_slept": "predicted_slept",
}
COUNTS = {
    "synaptic_operations": "synaptic operations an inference",
    "synapses_spiking": "synapses",
    "synapses_spiking_by_layer": "synapses, [layer]",
    "energy_spiking": "nanojoules an inference on Loihi 2, estimated, at least",
    "energy_spiking_at_most": "nanojoules an inference on Loihi 2, estimated, at most",
    "synaptic_memory_bytes": "bytes on Loihi 2, at least",
    "synaptic_memory_bytes_at_most": "bytes on Loihi 2, at most",
    "synapses_changed_asleep": "synapses whose weight the night changed",
}


def spiking_name(kept: float) -> str:
    """Name a pruned spiking network, in the checkpoint and in reports."""
    return f"spiking_{pruned_share(kept)}"


def conditions(config: PruningConfig) -> list[Condition[PruningConfig, Stream]]:
    """Return the day, and the nights that prune its network; none where no share is asked for."""
    shares = config.spiking.kept
    return [
        *([Condition(DENSE, _day)] if shares else []),
        *(Condition(spiking_name(kept), partial(_night, kept=kept), (DENSE,)) for kept in shares),
    ]


def metrics_of(results: Results[PruningConfig, Stream]) -> Metrics:
    """Summarize the spiking networks of all seeds, on test images.

    Names end with the pruned share, or with ``dense`` for the network of the day; those without
    mean the most pruned network.
    """
    shares = results.config.spiking.kept
    if not shares:
        return {}
    ends = {DENSE: "dense"} | {spiking_name(kept): pruned_share(kept) for kept in shares}
    metrics: Metrics = {}
    for name, end in ends.items():
        arrays = results.read(results.config.seeds[0], name)
        for metric, array in ACCURACIES.items():
            if array in arrays:
                accuracies = [
                    (results.read(seed, name)[array] == stream.test.y).mean()
                    for seed, stream in results.data.items()
                ]
                metrics[f"{metric}_{end}"] = summarize(accuracies, "fraction")
        for metric, unit in COUNTS.items():
            if metric in arrays:
                metrics[f"{metric}_{end}"] = results.summary(name, metric, unit)
    most = pruned_share(min(shares))
    for metric in ("accuracy_spiking", "accuracy_spiking_torch", "synaptic_operations"):
        metrics[metric] = metrics[f"{metric}_{most}"]
    return metrics


def untrained(config: PruningConfig) -> CubaNetwork:
    """Return the most pruned network with initial weights: as many synapses, and as wide."""
    first = _initial(config, 0)
    share = min(config.spiking.kept or config.kept)
    counts = config.spiking.kept_counts(prod(config.image), config.classes, share)
    pruned = [
        matrix * strongest(matrix, np.ones(matrix.shape, dtype=bool), count)
        for matrix, count in zip(first, counts, strict=True)
    ]
    return _deployed(pruned, config)


def _initial(config: PruningConfig, seed: int) -> Weights:
    """Draw weights twice as wide as torch's own, as lava-dl's examples have them."""
    sizes = config.spiking.sizes(prod(config.image), config.classes)
    return initial_weights(sizes, WakeConfig(init_gain=2.0), seed)


def _day(case: Case[PruningConfig, Stream]) -> Arrays:
    config, spiking = case.config, case.config.spiking
    first, learning, readout = case.seeds_for("spiking", 3)
    weights = slayer.learn(_initial(config, first), case.data.train, spiking.slayer, learning)
    network = slayer.in_integers(weights, spiking.slayer)
    return {
        **{f"weights_{layer}": w.astype(np.float32) for layer, w in enumerate(weights)},
        **_measured(config, weights, network, case.data.test, _run_cfg(case), readout),
    }


def _run_cfg(case: Case[PruningConfig, Stream]) -> RunConfig:
    """Return the run's own; the rounding that is set is that of the learners' sleep."""
    return select(case.run_cfg.engine, case.run_cfg.numerics)


def _night(case: Case[PruningConfig, Stream], *, kept: float) -> Arrays:
    """Prune the network of the day, deploy it, and let it sleep."""
    config, stream, spiking = case.config, case.data, case.config.spiking
    run_cfg, day = _run_cfg(case), case.read(DENSE)
    dense = [day[f"weights_{layer}"].astype(float) for layer in range(len(spiking.hidden) + 1)]
    *_, readout = case.seeds_for("spiking", 3)
    pruning, asleep = case.seeds_for("spiking_night", 2)

    def learn(weights: Weights, seed: int, *, fixed: FixedWeights, steps: int) -> Weights:
        return slayer.learn(weights, stream.train, spiking.slayer, seed, fixed=fixed, steps=steps)

    pruned = prune_in_cycles(
        dense,
        learn,
        kept=spiking.kept_counts(prod(config.image), config.classes, kept),
        cycles=spiking.cycles,
        steps=spiking.night_steps,
        seed=pruning,
        watch=lambda done, weights: case.advance(0),
    )
    network = _deployed(pruned.weights, config)
    measured = _measured(config, pruned.weights, network, stream.test, run_cfg, readout)
    record = _sleep(config, network, stream.train, run_cfg, asleep)
    slept = network.with_weights(record.weights)
    changed = sum(
        np.count_nonzero(after != before)
        for after, before in zip(slept.weights, network.weights, strict=True)
    )
    return {
        **{f"units_{layer}": w.astype(np.int16) for layer, w in enumerate(network.weights)},
        **{f"slept_{layer}": w.astype(np.float32) for layer, w in enumerate(slept.weights)},
        **measured,
        "predicted_slept": _classes(config, slept, stream.test, run_cfg, readout),
        "synapses_changed_asleep": np.array(changed),
        **{f"{RASTER}_{layer}": pack(raster) for layer, raster in enumerate(record.rasters)},
    }


def _deployed(weights: Weights, config: PruningConfig) -> CubaNetwork:
    """Write a pruned network for a chip: what is pruned is sparse, the output layer dense."""
    network = slayer.in_integers(weights, config.spiking.slayer)
    return network.sparse([True] * len(config.spiking.hidden) + [False])


def _sleep(
    config: PruningConfig, network: CubaNetwork, seen: Samples, run_cfg: RunConfig, seed: int
) -> sleep.NightRecord:
    """Let the synapses that are left learn from noise in the shape of the mean sample."""
    asleep = config.spiking.asleep
    rule = rules.sleep_hebb(asleep.potentiation, asleep.depression)
    plastic = network.plastic([rule if layer.sparse else None for layer in network.layers])
    layers = (replace(layer, vth=np.rint(asleep.threshold * layer.vth)) for layer in plastic.layers)
    mean = seen.x.mean(axis=0)
    night = sleep.Night(
        steps=asleep.steps, drive=sleep.Poisson(asleep.rate * mean / mean.max()), seed=seed
    )
    return sleep.run_night(CubaNetwork(tuple(layers)), night, run_cfg, raster_steps=_RASTER_STEPS)


def _measured(
    config: PruningConfig,
    weights: Weights,
    network: CubaNetwork,
    shown: Samples,
    run_cfg: RunConfig,
    seed: int,
) -> Arrays:
    """Read a network out, in SLAYER and as it is deployed, on the same input spikes."""
    # Jobs run side by side: what other threads run is not to be counted.
    with engine.counting(own_thread=True) as counters:
        predicted = _classes(config, network, shown, run_cfg, seed)
    inference = counters[0].activity() / len(shown)
    energy = estimate(inference).energy["Loihi 2"]
    torchs = slayer.answer(weights, shown.x, config.spiking.slayer, seed)
    by_layer = np.array([np.count_nonzero(matrix) for matrix in network.weights])
    # At least and at most.
    stored = [part_of(one).synaptic_bytes for one in network.build(config.numerics).synapses]
    low, high = np.sum(stored, axis=0)
    return {
        "predicted": predicted,
        "predicted_torch": torchs.classes.astype(np.int8),
        "synaptic_operations": np.array(inference.total("operations")),
        "energy_spiking": np.array(1e9 * energy.low),
        "energy_spiking_at_most": np.array(1e9 * energy.high),
        "synapses_spiking": by_layer.sum(),
        "synapses_spiking_by_layer": by_layer,
        "synaptic_memory_bytes": low,
        "synaptic_memory_bytes_at_most": high,
    }


def _classes(
    config: PruningConfig, network: CubaNetwork, shown: Samples, run_cfg: RunConfig, seed: int
) -> NDArray[np.int8]:
    return classify(
        network,
        shown.x,
        run_cfg,
        steps=config.spiking.slayer.steps,
        gain=config.spiking.slayer.gain,
        seed=seed,
    ).astype(np.int8)
