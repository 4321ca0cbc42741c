"""What is recorded after training: ways of agents, and tests without some hidden neurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.foraging.conditions import ConditionName
from loihi_sleep.experiments.foraging.config import PRUNED_SHARES
from loihi_sleep.experiments.foraging.training import ForagingCase, evaluate, make_world
from loihi_sleep.networks.foraging_processes import Features, OutputSynapses
from loihi_sleep.processes.kernels.foraging_world import COLUMN, ROW
from loihi_sleep.processes.kernels.raster import unpack_raster
from loihi_sleep.results.packed_rasters import pack
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.drives import Poisson
from loihi_sleep.sleep.phases import Schedule
from loihi_sleep.worlds.foraging import ForagingTask

# Conditions after which this is done, and what is kept of an agent's way.
RECORDED: tuple[ConditionName, ...] = ("task1", "sleep")
FILMED = ("places", "particles", "eaten")
# Of a night: cycles awake before it, cycles asleep, and the layers that are recorded.
DAY, NIGHT = 1, 2
PLAYED = ("input", "hidden", "output")
# Nights that are recorded, at equal distances in training.
_NIGHTS = 5


def film_agent(
    case: ForagingCase, features: Features, outputs: OutputSynapses | None, task: ForagingTask
) -> dict[str, NDArray[Any]]:
    """Follow an agent whose synapses stay as they are; all agents begin in the same world.

    Parameters
    ----------
    case : Case
    features : tuple of ndarray
    outputs : OutputSynapses, optional
        None: new ones.
    task : ForagingTask

    Returns
    -------
    dict of str to ndarray
        ``places`` (cycles + 1, 2), row and column; ``particles`` (cycles + 1, n, 3), row, column
        and orientation of each; ``eaten`` (cycles + 1, 4), how many so far, by orientation.
    """
    config, seed = case.config, case.seed_for("film")
    steps = config.network.steps_of_cycle(config.kind)
    world = make_world(config, task, seed)
    made = config.network.build(world, seed, features=features, outputs=outputs, neuron=config.kind)
    kept: dict[str, list[NDArray[Any]]] = {name: [] for name in FILMED}
    with Session(world, case.run_cfg) as session:
        # The agent moves in the last step of a cycle.
        for part in (1, steps - 1, *[steps] * (config.phases.film - 1)):
            session.run(part)
            agent = session.get(made.world.agent)[[ROW, COLUMN]]
            now = (agent, session.get(made.world.particles), session.get(made.world.eaten))
            for frames, values in zip(kept.values(), now, strict=True):
                frames.append(values)
    return {name: np.array(frames).astype(np.int16) for name, frames in kept.items()}


def evaluate_pruned(
    case: ForagingCase, features: Features, outputs: OutputSynapses, task: ForagingTask
) -> NDArray[np.float64]:
    """Test networks of which a share of the hidden neurons, in random order, is removed.

    Returns
    -------
    ndarray, shape (10,)
        Performance for each of ``PRUNED_SHARES``.
    """
    sources, weights = features
    order = np.random.default_rng(case.seed_for("pruned")).permutation(len(weights))
    results = []
    for share in PRUNED_SHARES:
        left = weights.copy()
        left[order[: round(share * len(order))]] = 0.0
        cycles = case.config.phases.pruned_test
        performance, _ = evaluate(case, (sources, left), outputs, task, 3, cycles)
        results.append(performance)
    return np.array(results)


def moments_of(samples: int) -> list[int]:
    """Return the parts of a training after which nights are recorded; 0 is before the first."""
    return sorted(set(np.linspace(0, samples, _NIGHTS).round().astype(int).tolist()))


def record_nights(
    case: ForagingCase,
    features: Features,
    outputs: OutputSynapses,
    weights: Sequence[NDArray[Any]],
    rates: NDArray[np.float64],
    task: ForagingTask,
) -> dict[str, NDArray[np.uint8]]:
    """Record all spikes of a movement awake and of a sleep after it, nothing learned.

    Parameters
    ----------
    case : Case
    features : tuple of ndarray
    outputs : OutputSynapses
        But for the weights.
    weights : sequence of ndarray, shape (8, hidden)
        Of the output synapses, for each night.
    rates : ndarray, shape (hidden,)
        Spikes a cycle of each hidden neuron asleep.
    task : ForagingTask

    Returns
    -------
    dict of str to ndarray of uint8, shape (steps, bytes)
        ``0_input``, ``0_hidden``, ``0_output``, ``1_input`` ..: eight neurons a byte.
    """
    from loihi_sleep.processes.spike_probe.process import SpikeProbe

    config, seed = case.config, case.seed_for("film", 1)
    steps = config.network.steps_of_cycle(config.kind)
    schedule, whole = Schedule(DAY * steps, NIGHT * steps), (DAY + NIGHT) * steps
    drive = Poisson(np.minimum(rates / steps, 1.0))
    recorded: dict[str, NDArray[np.uint8]] = {}
    for number, now in enumerate(weights):
        world = make_world(config, task, seed, **vars(schedule))
        made = config.network.build(
            world,
            seed,
            features=features,
            outputs=replace(outputs, weights=now.astype(float)),
            replay=partial(drive.build, config.network.hidden, whole),
            neuron=config.kind,
            **vars(schedule),
        )
        ports = (world.s_out, made.hidden.s_out, made.outputs.s_out)
        probes = [SpikeProbe(shape=port.shape, raster_steps=whole) for port in ports]
        for port, probe in zip(ports, probes, strict=True):
            port.connect(probe.s_in)
        with Session(world, case.run_cfg) as session:
            session.run(whole)
            for name, port, probe in zip(PLAYED, ports, probes, strict=True):
                words = session.get(probe.raster).astype(np.int64)[:whole]
                raster = unpack_raster(words, port.shape[0])
                recorded[f"{number}_{name}"] = pack(raster)
    return recorded
