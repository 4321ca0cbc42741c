"""Reading a network out in spikes: classification as a chip would do it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.run_guard import Session
from loihi_sleep.seeds import spawn_seeds
from processes import checks

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

BATCH = 120


def classify_in_spikes(
    weights: Sequence[NDArray[np.float64]],
    vth: Sequence[int],
    x: NDArray[np.float64],
    run_cfg: RunConfig,
    *,
    steps: int,
    gain: float,
    seed: int,
) -> NDArray[np.int64]:
    """Classify inputs by the output neuron that spikes most.

    Every input is shown for `steps` steps as Bernoulli spikes of rate ``gain * x`` to LIF neurons
    without leak that start from rest. Inputs are independent, so the simulator runs a batch of them
    side by side: one copy of the network an input, as one block-diagonal network.

    Parameters
    ----------
    weights : sequence of ndarray, shape (post, pre) each
        Weight units.
    vth : sequence of int
        Threshold of each layer, weight units.
    x : ndarray, shape (samples, inputs)
        Inputs, 0 .. 1.
    run_cfg : RunConfig
        From :func:`loihi_sleep.run_configs.select`.
    steps : int
        Steps for which an input is shown, from 1.
    gain : float
        Spike probability per step of an input of 1, 0 .. 1.
    seed : int
        Of the input spikes.

    Returns
    -------
    ndarray of int64, shape (samples,)
        Class with most output spikes; of equals the one whose membrane potential is highest, and
        -1 (no class) where no output neuron spiked.
    """
    steps = checks.integer("steps", steps, 1)
    gain = checks.number("gain", gain, 0, 1)
    batches = [x[start : start + BATCH] for start in range(0, len(x), BATCH)]
    seeds = spawn_seeds(seed, len(batches))
    votes = [
        _classify_batch(weights, vth, batch, run_cfg, steps, gain, batch_seed)
        for batch, batch_seed in zip(batches, seeds, strict=True)
    ]
    return np.concatenate(votes)


def _classify_batch(
    weights: Sequence[NDArray[np.float64]],
    vth: Sequence[int],
    x: NDArray[np.float64],
    run_cfg: RunConfig,
    steps: int,
    gain: float,
    seed: int,
) -> NDArray[np.int64]:
    from lava.proc.lif.process import LIF
    from lava.proc.sparse.process import Sparse
    from scipy.sparse import block_diag, csr_matrix

    from processes.spike_drive.process import SpikeDrive
    from processes.spike_probe.process import SpikeProbe

    copies = len(x)
    kind, du = (np.int32, 4095) if run_cfg.numerics == "fixed" else (float, 1.0)
    drive = SpikeDrive(shape=(x.size,), rates=gain * x.ravel(), seed=seed)
    spikes = drive.s_out
    for matrix, threshold in zip(weights, vth, strict=True):
        # One message bit: Lava then multiplies by the spikes instead of picking columns, which a
        # sparse matrix does slowly. The spikes are 0 or 1 all the same.
        synapses = Sparse(
            weights=csr_matrix(block_diag([matrix] * copies, format="csr").astype(kind)),
            num_message_bits=1,
        )
        neurons = LIF(shape=(copies * matrix.shape[0],), vth=threshold, du=du, dv=0)
        spikes.connect(synapses.s_in)
        synapses.a_out.connect(neurons.a_in)
        spikes = neurons.s_out
    probe = SpikeProbe(shape=neurons.a_in.shape)
    spikes.connect(probe.s_in)
    with Session(drive, run_cfg) as session:
        session.run(steps)
        # What is still on its way takes one more step a layer.
        session.set(drive.rates, 0.0)
        session.run(len(weights))
        counts = session.get(probe.count).reshape(copies, -1)
        potential = session.get(neurons.v).reshape(copies, -1).astype(float)
    # Potentials decide between equal counts only: squeezed into less than one spike.
    spread = np.ptp(potential) + 1.0
    votes = (counts + (potential - potential.min()) / (2 * spread)).argmax(axis=1)
    return np.where(counts.sum(axis=1) > 0, votes, -1)
