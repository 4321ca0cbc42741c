"""Finding out whether a network is a chain of static layers, and showing it images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.chain.kernel import LAYER, scratch, show_images
from loihi_sleep.engine.chain.sums import Packed, in_blocks
from loihi_sleep.engine.nodes.image_drive import ROW as DRIVE
from loihi_sleep.engine.nodes.image_drive import STEP as DRIVE_STEP
from loihi_sleep.engine.nodes.lif.step import LIF_RESET, RESET_STEP
from loihi_sleep.engine.nodes.spike_probe import ROW as PROBE
from loihi_sleep.engine.nodes.spike_probe import STEP as PROBE_STEP
from loihi_sleep.engine.nodes.synapses.step import DENSE_STEP, SYNAPSES
from loihi_sleep.engine.rows import SIZE, VALUES, Row
from loihi_sleep.engine.runtime import CompiledRuntime
from loihi_sleep.processes.kernels.integers import UNITY

if TYPE_CHECKING:
    from loihi_sleep.engine.memory import Memory
    from loihi_sleep.engine.program import Program

# Bytes that the spikes of the images take which are shown together; an image that needs more is
# shown step by step.
_BYTES = 2**24
_BYTES_A_NEURON = 5
# More images make nothing faster: the weights of some neurons are read once for all of these.
_IMAGES = 16


class Chain:
    """A chain of static layers before which there is an `ImageDrive`.

    Its images are independent of each other, and the network's state is no part of them. Weights
    are those that the network has when the chain is made.

    Parameters
    ----------
    memory : Memory
    layers : ndarray of int64
        A row `LAYER` for each; what it says of weights is written anew, as they are in blocks.
    rates : ndarray, shape (images, inputs)
    steps, seed : int
        Of the drive.
    """

    def __init__(
        self,
        memory: Memory,
        layers: NDArray[np.int64],
        rates: NDArray[np.float64],
        steps: int,
        seed: int,
    ) -> None:
        self._memory, self._layers, self._rates = memory, layers, rates
        self._packed = _pack(memory, layers)
        self._steps, self._seed = steps, seed
        self._widest = max(rates.shape[1], int(layers[:, LAYER.post].max()))
        # How many images to show in a call; 0: not even one fits.
        self.images_at_once = min(_BYTES // (_BYTES_A_NEURON * steps * self._widest), _IMAGES)

    def show(self, first: int, images: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Show images, each for as many steps as the drive shows it.

        Parameters
        ----------
        first, images : int

        Returns
        -------
        ndarray of int64, shape (images, outputs)
            Spikes of the last layer, from the step on in which an image reaches it.
        ndarray of int64, shape (images, outputs)
            Its potentials after the last of these steps.
        """
        rates = self._rates[first : first + images]
        outputs = self._layers[-1, LAYER.post]
        spikes = np.zeros((len(rates), outputs), dtype=np.int64)
        potentials = np.empty((len(rates), self._widest), dtype=np.int64)
        show_images(
            scratch(len(rates), self._steps, rates.shape[1], self._widest),
            self._layers,
            self._memory.values,
            self._packed,
            rates,
            first,
            self._steps,
            self._seed,
            spikes,
            potentials,
        )
        return spikes, potentials[:, :outputs]


def chain_of(process: Any) -> Chain | None:
    """Read the chain of layers that a network is.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of a network that is attached to the engine.

    Returns
    -------
    Chain or None
        None where it is anything else than an `ImageDrive`, one `Dense` and one `LIFReset` after
        the other, and a `SpikeProbe`, in fixed; where a layer does not start from rest when an
        image reaches it, or has a bias above 0; where somebody counts what it does; or where an
        image takes too much memory.
    """
    runtime = process.runtime
    if not isinstance(runtime, CompiledRuntime) or runtime.network is not None:
        return None
    if runtime.listeners or runtime.program.numerics != "fixed":
        return None
    return _read(runtime.program)


def _read(program: Program) -> Chain | None:
    memory, nodes = program.storage.arrays, program.nodes
    left = [
        (step, nodes.rows[place : place + step.row.width])
        for step, place in zip(nodes.steps, nodes.places, strict=True)
    ]

    def take(step: Any, row: Row, field: str, values: int) -> NDArray[np.int64] | None:
        """Take the node that receives the message whose values begin there."""
        for number, (kind, fields) in enumerate(left):
            if kind is step and fields[getattr(row, field) + VALUES] == values:
                del left[number]
                return fields
        return None

    drives = [fields for step, fields in left if step is DRIVE_STEP]
    if len(drives) != 1:
        return None
    drive = drives[0]
    left = [(step, fields) for step, fields in left if step is not DRIVE_STEP]
    steps, sent = int(drive[DRIVE.steps]), drive[DRIVE.out + VALUES]
    layers: list[list[int]] = []
    while (synapses := take(DENSE_STEP, SYNAPSES, "received", sent)) is not None:
        neurons = take(RESET_STEP, LIF_RESET, "a_in", synapses[SYNAPSES.out + VALUES])
        # What the drive sends in step 1 reaches the first neurons in step 2.
        begins = (len(layers) + 2) % steps
        if neurons is None or not _is_plain(memory, synapses, neurons, steps, begins):
            return None
        layers.append(_layer(memory, synapses, neurons))
        sent = neurons[LIF_RESET.out + VALUES]
    probe = take(PROBE_STEP, PROBE, "s_in", sent)
    if probe is None or left or not layers:
        return None
    rates = memory.reals[drive[DRIVE.rates] :][: drive[DRIVE.images] * drive[DRIVE.out + SIZE]]
    chain = Chain(
        memory,
        np.array(layers, dtype=np.int64),
        rates.reshape(drive[DRIVE.images], -1),
        steps,
        int(drive[DRIVE.seed]),
    )
    return chain if chain.images_at_once else None


def _is_plain(
    memory: Memory,
    synapses: NDArray[np.int64],
    neurons: NDArray[np.int64],
    interval: int,
    begins: int,
) -> bool:
    """Tell whether a layer is one that the kernel knows."""
    post = synapses[SYNAPSES.out + SIZE]
    u, v, bias = (
        memory.values[neurons[place] : neurons[place] + post]
        for place in (LIF_RESET.u, LIF_RESET.v, LIF_RESET.bias)
    )
    # Else neurons may spike before the first image reaches them, which counts for that one.
    quiet = not u.any() and not v.any() and bias.max(initial=0) <= 0
    return bool(
        memory.counters[synapses[SYNAPSES.message_bits]] == 0
        and neurons[LIF_RESET.reset_interval] == interval
        and neurons[LIF_RESET.reset_offset] == begins
        and not neurons[LIF_RESET.per_neuron]
        and quiet
        and memory.values[neurons[LIF_RESET.vth]] >= 0
    )


def _layer(memory: Memory, synapses: NDArray[np.int64], neurons: NDArray[np.int64]) -> list[int]:
    values = memory.values
    return LAYER.pack(
        pre=synapses[SYNAPSES.received + SIZE],
        post=synapses[SYNAPSES.out + SIZE],
        weights=synapses[SYNAPSES.weights],
        unit=-1,
        together=0,
        weight_exp=synapses[SYNAPSES.weight_exp],
        keep_u=UNITY - 1 - values[neurons[LIF_RESET.du]],
        keep_v=UNITY - values[neurons[LIF_RESET.dv]],
        vth=values[neurons[LIF_RESET.vth]],
        bias=neurons[LIF_RESET.bias],
        biased=memory.counters[neurons[LIF_RESET.biased]],
    )


def _pack(memory: Memory, layers: NDArray[np.int64]) -> Packed:
    """Write weights in blocks, and tell each layer of its own."""
    matrices = []
    for layer in layers:
        pre, post = int(layer[LAYER.pre]), int(layer[LAYER.post])
        matrices.append(memory.synaptic[layer[LAYER.weights] :][: pre * post].reshape(pre, post))
    packed, found = in_blocks(matrices)
    layers[:, [LAYER.weights, LAYER.unit, LAYER.together]] = found
    return packed
