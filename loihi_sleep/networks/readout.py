"""Reading a network out in spikes: classification as a chip would do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks.matrices import fitting_weights
from loihi_sleep.networks.neuron_constants import build_lif, reset_of
from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import create_runtime_as_configured
from loihi_sleep.run.session import Session

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort
    from lava.magma.core.run_configs import RunConfig
    from lava.proc.dense.process import Dense
    from lava.proc.lif.process import LIFReset
    from lava.proc.sparse.process import Sparse

    from loihi_sleep.engine.chain import Chain
    from loihi_sleep.networks.cuba import CubaNetwork
    from loihi_sleep.processes.image_drive.process import ImageDrive

# On Lava's simulator a step costs its messages, whatever they hold: there inputs stand side by
# side, as many as these, and as fit into so many synapses.
SIDE_BY_SIDE, SYNAPSES_MAX = 120, 20_000_000


def classify_in_spikes(
    weights: Sequence[NDArray[np.float64]],
    vth: Sequence[int],
    x: NDArray[np.floating[Any]],
    run_cfg: RunConfig,
    *,
    steps: int,
    gain: float,
    seed: int,
    on_progress: Callable[[int], None] | None = None,
) -> NDArray[np.int64]:
    """Classify inputs by the output neuron that spikes most.

    Inputs are shown one after another, each for `steps` steps as Bernoulli spikes of rate
    ``gain * x``, to LIF neurons without leak that begin each input from rest. Spikes take a step a
    layer, and so does the fresh start. No model for a chip is known of neurons that start afresh:
    what has slept on one is read out by the compiled engine.

    Parameters
    ----------
    weights : sequence of ndarray, shape (post, pre) each
        Weight units; integers in fixed.
    vth : sequence of int
        Threshold of each layer, weight units.
    x : ndarray, shape (samples, inputs)
        Inputs, 0 .. 1.
    run_cfg : RunConfig
        From :func:`loihi_sleep.run.select.select`.
    steps : int
        Steps for which an input is shown, from 1.
    gain : float
        Spike probability per step of an input of 1, 0 .. 1.
    seed : int
        Seed of the input spikes.
    on_progress : callable, optional
        Called with the number of inputs that have been classified since its last call.

    Returns
    -------
    ndarray of int64, shape (samples,)
        Class with most output spikes; of equals the one whose membrane potential is highest, and
        -1 (no class) where no output neuron spiked.

    Raises
    ------
    ValueError
        An argument that is none of those above, or that does not fit the others.
    """
    from loihi_sleep.processes.image_drive.process import ImageDrive
    from loihi_sleep.run.select import select

    weights = fitting_weights(weights)
    vth = [
        checks.integer(f"vth[{i}]", value, 0)
        for i, value in enumerate(checks.sequence("vth", vth, len(weights)))
    ]
    x = _inputs(x, weights[0].shape[1])
    steps, gain = _showing(run_cfg, steps, gain, on_progress)
    if run_cfg.numerics == "fixed":
        _check_integers(weights)
    if run_cfg.engine == "loihi2":
        run_cfg = select("compiled", run_cfg.numerics)
    copies = 1
    if run_cfg.engine != "compiled":
        fitting = SYNAPSES_MAX // sum(matrix.size for matrix in weights)
        copies = max(1, min(SIDE_BY_SIDE, fitting, len(x)))
    rows = -(-len(x) // copies)
    rates = np.zeros((rows * copies, x.shape[1]))
    rates[: len(x)] = gain * x
    drive = ImageDrive(rates=rates.reshape(rows, -1), steps=steps, seed=seed)
    neurons = _connect_copies(weights, vth, copies, drive.s_out, run_cfg.numerics, steps)
    classes = _classes(drive, neurons, run_cfg, len(weights), rows, copies, steps, on_progress)
    return classes[: len(x)]


def classify(
    network: CubaNetwork,
    x: NDArray[np.floating[Any]],
    run_cfg: RunConfig,
    *,
    steps: int,
    gain: float,
    seed: int,
    on_progress: Callable[[int], None] | None = None,
) -> NDArray[np.int64]:
    """Classify inputs by the output neuron of a CUBA network that spikes most.

    As :func:`classify_in_spikes`, with the network's own neurons.

    Parameters
    ----------
    network : CubaNetwork
    x, run_cfg, steps, gain, seed, on_progress
        As of :func:`classify_in_spikes`.

    Returns
    -------
    ndarray of int64, shape (samples,)
        As of :func:`classify_in_spikes`.
    """
    from loihi_sleep.processes.image_drive.process import ImageDrive

    x = _inputs(x, network.sizes[0])
    steps, gain = _showing(run_cfg, steps, gain, on_progress)
    rates = gain * x
    drive = ImageDrive(rates=rates, steps=steps, seed=seed)
    # The drive needs no step; what it sends in the first reaches the neurons in the second.
    processes = network.build(run_cfg.numerics, seed, reset_interval=steps, reset_offset=1)
    processes.connect_input(drive.s_out)
    layers, neurons = len(network.layers), processes.neurons[-1]
    return _classes(drive, neurons, run_cfg, layers, len(x), 1, steps, on_progress)


def _connect_copies(
    weights: Sequence[NDArray[np.float64]],
    vth: Sequence[int],
    copies: int,
    spikes: OutPort,
    numerics: str,
    interval: int,
) -> LIFReset:
    """Wire copies of a network without leak side by side, and return their last layer.

    Each layer starts from rest when the first spike of an input can have reached it.
    """
    neurons = None
    for place, (matrix, threshold) in enumerate(zip(weights, vth, strict=True)):
        synapses = _copied_synapses(
            matrix.astype(np.int32) if numerics == "fixed" else matrix, copies
        )
        # One step later than `place` says, as the drive is heard in the second step.
        reset = reset_of(interval, 1, place)
        constants = {"vth": float(threshold), "du": 1.0, "dv": 0.0}
        silent = np.zeros(copies * len(matrix))
        neurons = build_lif(constants, silent, numerics, reset, f"layers[{place}]")
        spikes.connect(synapses.s_in)
        synapses.a_out.connect(neurons.a_in)
        spikes = neurons.s_out
    return neurons


def _copied_synapses(matrix: NDArray[Any], copies: int) -> Dense | Sparse:
    from lava.proc.dense.process import Dense
    from lava.proc.sparse.process import Sparse
    from scipy.sparse import block_diag, csr_matrix

    if copies == 1:
        return Dense(weights=matrix)
    # One message bit: Lava then multiplies by the spikes instead of picking columns, which a sparse
    # matrix does slowly. The spikes are 0 or 1 all the same.
    blocks = csr_matrix(block_diag([matrix] * copies, format="csr"))
    return Sparse(weights=blocks, num_message_bits=1)


def _check_integers(weights: Sequence[NDArray[np.float64]]) -> None:
    """Refuse weights that integers would cut."""
    for layer, matrix in enumerate(weights):
        broken = matrix[matrix != np.rint(matrix)]
        if broken.size:
            raise ValueError(
                f"weights[{layer}] holds {broken.flat[0]:g}; in fixed numerics they are integers: "
                "loihi_sleep.networks.quantize makes them of real ones"
            )


def _inputs(x: Any, inputs: int) -> NDArray[np.float64]:
    """Return samples, whose values must be 0 .. 1."""
    if isinstance(x, np.ndarray) and x.ndim > 1 and len(x) == 0:
        raise ValueError(f"x has shape {x.shape}; it must have at least one sample")
    checked = checks.matrix("x", x, "samples, inputs", 0, 1)
    if checked.shape[1] != inputs:
        raise ValueError(f"x has shape {checked.shape}; it must have shape (samples, {inputs})")
    return checked


def _showing(
    run_cfg: RunConfig, steps: object, gain: object, on_progress: object
) -> tuple[int, float]:
    """Check how inputs are shown; return steps and gain."""
    if not hasattr(run_cfg, "engine"):
        raise ValueError(
            f"run_cfg is {checks.shown(run_cfg)}; it must come from loihi_sleep.run.select.select"
        )
    if on_progress is not None:
        checks.function("on_progress", on_progress)
    return checks.integer("steps", steps, 1, 2**31 - 1), checks.number("gain", gain, 0, 1)


def _classes(
    drive: ImageDrive,
    neurons: LIFReset,
    run_cfg: RunConfig,
    layers: int,
    rows: int,
    copies: int,
    steps: int,
    on_progress: Callable[[int], None] | None,
) -> NDArray[np.int64]:
    """Show rows of inputs, each to as many copies of a network; class of each input."""
    from loihi_sleep.processes.spike_probe.process import SpikeProbe

    probe = SpikeProbe(shape=neurons.a_in.shape)
    neurons.s_out.connect(probe.s_in)
    classes = []
    before = np.zeros((copies, neurons.a_in.size // copies))
    with Session(drive, run_cfg) as session:
        if run_cfg.engine == "compiled":
            from loihi_sleep.engine.chain import chain_of

            create_runtime_as_configured(drive, run_cfg)
            chain = chain_of(drive)
            if chain is not None:
                return _classes_of_chain(chain, rows, on_progress)
        session.run(layers)  # until the first input has reached the last layer
        for _ in range(rows):
            session.run(steps)
            total = session.get(probe.count).reshape(before.shape)
            potential = session.get(neurons.v).reshape(before.shape).astype(float)
            classes.append(votes(total - before, potential))
            before = total
            if on_progress is not None:
                on_progress(copies)
    return np.concatenate(classes)


def _classes_of_chain(
    chain: Chain, images: int, on_progress: Callable[[int], None] | None
) -> NDArray[np.int64]:
    """Show images to a chain of static layers, several at once; class of each."""
    classes = []
    for first in range(0, images, chain.images_at_once):
        spikes, potentials = chain.show(first, chain.images_at_once)
        classes.append(votes(spikes.astype(float), potentials.astype(float)))
        if on_progress is not None:
            on_progress(len(spikes))
    return np.concatenate(classes)


def votes(counts: NDArray[np.float64], potential: NDArray[np.float64]) -> NDArray[np.int64]:
    """Class by the output neuron that spikes most.

    Parameters
    ----------
    counts : ndarray, shape (networks, classes)
        Spikes of the output neurons.
    potential : ndarray, shape (networks, classes)
        Their membrane potentials in the end.

    Returns
    -------
    ndarray of int64, shape (networks,)
        Of equals the one whose potential is highest; -1 where no neuron spiked.
    """
    # Potentials decide between equal counts only: squeezed into less than one spike.
    spread = np.ptp(potential) + 1.0
    best = (counts + (potential - potential.min()) / (2 * spread)).argmax(axis=1)
    return np.where(counts.sum(axis=1) > 0, best, -1)
