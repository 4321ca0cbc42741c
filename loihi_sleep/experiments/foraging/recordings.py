"""What is recorded after training: ways of agents, and tests without some hidden neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.foraging.conditions import ConditionName
from loihi_sleep.experiments.foraging.config import PRUNED_SHARES
from loihi_sleep.experiments.foraging.training import Features, ForagingCase, evaluate, make_world
from loihi_sleep.networks.foraging import OutputSynapses
from loihi_sleep.processes.kernels.foraging_world import COLUMN, ROW
from loihi_sleep.run.session import Session
from loihi_sleep.worlds.foraging import ForagingTask

# Conditions after which this is done, and what is kept of an agent's way.
RECORDED: tuple[ConditionName, ...] = ("task1", "sleep")
FILMED = ("places", "particles", "eaten")


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
    steps = config.network.steps_of_cycle(config.neuron)
    world = make_world(config, task, seed)
    made = config.network.build(
        world, seed, features=features, outputs=outputs, neuron=config.neuron
    )
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
