"""Sleep Replay Consolidation of a pruned network, in which pruned synapses do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.continual import SleepAfterTask
from loihi_sleep.consolidation.form import PreparedNight
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.run import run_night
from loihi_sleep.training.forward import Weights

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig


def sparse_sleep(
    form: ChipSleep,
    run_cfg: RunConfig,
    seed: int,
    *,
    plane: tuple[int, int] | None = None,
) -> SleepAfterTask:
    """Return a function that lets a pruned network sleep.

    Layers of which something was pruned are Lava's `LearningSparse`, the others its
    `LearningDense`: no pruned synapse carries a spike, learns or comes back.

    Parameters
    ----------
    form : ChipSleep
        Noise, thresholds, learning rule.
    run_cfg : RunConfig
        From :func:`loihi_sleep.run.select.select`; in ``fixed`` a synapse of a pruned layer whose
        weight rounds to 0 is not there either.
    seed : int
        Seed of the noise and the rounding of all nights.
    plane : tuple of int, optional
        (rows, columns) of an input; needed with a window.

    Returns
    -------
    SleepAfterTask
    """

    def sleep(night: int, weights: Weights, memory: Memory) -> Weights:
        network, unit = form.network(weights, memory.maxima, numerics=run_cfg.numerics)
        pruned = [not matrix.all() for matrix in weights]
        sparse = network.sparse(pruned)
        prepared = PreparedNight(sparse, form.drive(memory, plane), form.steps_of(night), unit)
        record = run_night(sparse, prepared.night(*spawn_seeds(seed, 1, night)), run_cfg)
        return prepared.real_weights(record.weights)

    return sleep
