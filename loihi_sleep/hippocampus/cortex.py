"""The cortex in a night of replay: layers of spiking neurons, of which some or all learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.hippocampus.replay_config import ReplayConfig
from loihi_sleep.networks.quantization import QuantizedWeights
from loihi_sleep.numerics.limits import DECAY_MAX
from loihi_sleep.processes.kernels.feedback_lif import FEEDBACK_GAIN_BITS
from loihi_sleep.processes.kernels.integers import WEIGHT_STEP
from loihi_sleep.seeds import spawn_seeds

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort
    from lava.proc.dense.process import LearningDense
    from lava.proc.lif.process import LIFReset

    from loihi_sleep.processes.feedback_lif.process import FeedbackLIF
    from loihi_sleep.processes.taught_lif.process import TaughtLIF

# Bits of an error that is sent to hidden layers, and the weight that stands for 1 there.
_ERROR_BITS, _FULL_FEEDBACK = 8, 128


@dataclass(frozen=True)
class Cortex:
    """Layers of spiking neurons.

    Parameters
    ----------
    layers : tuple of FeedbackLIF, LIFReset or TaughtLIF
        Those after the input.
    plastic : mapping of int to LearningDense
        Synapses that learn, by the layer that they lead to.
    """

    layers: tuple[FeedbackLIF | LIFReset | TaughtLIF, ...]
    plastic: Mapping[int, LearningDense]


def add_cortex(
    inputs: OutPort,
    weights: QuantizedWeights,
    vth: tuple[int, ...],
    config: ReplayConfig,
    seed: int,
) -> Cortex:
    r"""Add the layers after the input, with those synapses plastic that are to learn.

    Where all layers learn, the error e of the output reaches each hidden one through fixed random
    synapses B of its own: ``y1 = 64 + feedback_gain (B e) / 128``.

    Parameters
    ----------
    inputs : OutPort
        Spikes of the input.
    weights : QuantizedWeights
    vth : tuple of int
        Threshold of each layer, weight units.
    config : ReplayConfig
    seed : int

    Notes
    -----
    Feedback alignment: Lillicrap, Cownden, Tweed and Akerman, Nature Communications 7 (2016),
    13276; straight from the output to each layer: Nokland, NeurIPS 2016.
    """
    last = len(vth) - 1
    rounding_seeds = [*spawn_seeds(seed, last, 1), seed]
    feedback_seeds = spawn_seeds(seed, last, 2)
    output = _output(weights, vth, config)
    below, layers, plastic = inputs, [], {}
    for place in range(last + 1):
        if place == last:
            neurons = output
        elif config.learning == "all_layers":
            neurons = _taught_by(output, weights, vth, place, config, feedback_seeds[place])
        else:
            neurons = _neurons(weights, vth, place, config)
        learns = place == last or config.learning == "all_layers"
        synapses = _synapses(weights, place, config, rounding_seeds[place] if learns else None)
        below.connect(synapses.s_in)
        synapses.a_out.connect(neurons.a_in)
        if learns:
            plastic[place] = synapses
            _send_back(neurons, synapses)
        below = neurons.s_out
        layers.append(neurons)
    return Cortex(tuple(layers), plastic)


def first_step(place: int, layers: int, config: ReplayConfig) -> int:
    """Step of an interval in which a layer begins a presentation; the input is layer -1.

    A spike takes a step to each layer. Where the output alone learns by its error, layers begin
    one after another, so that none hears two presentations; else all begin together, so that what
    they learn in its end is all of one.
    """
    return (1 if config.learning != "output" else 2 + place - layers) % config.steps


def _output(
    weights: QuantizedWeights, vth: tuple[int, ...], config: ReplayConfig
) -> LIFReset | TaughtLIF:
    from loihi_sleep.processes.taught_lif.process import TaughtLIF

    last = len(vth) - 1
    if config.learning == "two_factors":
        return _neurons(weights, vth, last, config)
    return TaughtLIF(
        shape=(len(weights.units[-1]),),
        vth=vth[-1],
        target=config.target,
        interval=config.steps,
        offset=first_step(last, len(vth), config),
        name="output",
    )


def _neurons(
    weights: QuantizedWeights, vth: tuple[int, ...], place: int, config: ReplayConfig
) -> LIFReset:
    from lava.proc.lif.process import LIFReset

    return LIFReset(
        shape=(len(weights.units[place]),),
        vth=vth[place],
        du=DECAY_MAX,
        dv=0,
        reset_interval=config.steps,
        reset_offset=first_step(place, len(vth), config),
        name=f"hidden {place}" if place < len(vth) - 1 else "output",
    )


def _taught_by(
    output: LIFReset | TaughtLIF,
    weights: QuantizedWeights,
    vth: tuple[int, ...],
    place: int,
    config: ReplayConfig,
    seed: int,
) -> FeedbackLIF:
    """Neurons of a hidden layer that hear the error of the output."""
    from lava.proc.dense.process import Dense

    from loihi_sleep.processes.feedback_lif.process import FeedbackLIF

    neurons = FeedbackLIF(
        shape=(len(weights.units[place]),),
        vth=vth[place],
        gain=round(config.feedback_gain * 2**FEEDBACK_GAIN_BITS / _FULL_FEEDBACK),
        interval=config.steps,
        offset=first_step(place, len(vth), config),
        name=f"hidden {place}",
    )
    most = _FULL_FEEDBACK // WEIGHT_STEP - 1
    shape = len(weights.units[place]), len(weights.units[-1])
    random = WEIGHT_STEP * np.random.default_rng(seed).integers(-most, most + 1, shape)
    feedback = Dense(weights=random, num_message_bits=_ERROR_BITS, name=f"feedback {place}")
    output.error_out.connect(feedback.s_in)
    feedback.a_out.connect(neurons.feedback_in)
    return neurons


def _synapses(
    weights: QuantizedWeights, place: int, config: ReplayConfig, rounding_seed: int | None
) -> LearningDense:
    from lava.proc.dense.process import Dense, LearningDense

    units: NDArray[np.int64] = weights.units[place].astype(np.int64)
    name = f"synapses {place}"
    if rounding_seed is None:
        return Dense(weights=units, name=name)
    rule = config.rule().loihi("fixed", rounding_seed)
    return LearningDense(weights=units, learning_rule=rule, name=name)


def _send_back(neurons: FeedbackLIF | LIFReset | TaughtLIF, synapses: LearningDense) -> None:
    """Connect what neurons tell the synapses that lead to them."""
    y1 = getattr(neurons, "s_out_y1", None)
    (neurons.s_out if y1 is None else neurons.s_out_bap).connect(synapses.s_in_bap)
    if y1 is not None:
        y1.connect(synapses.s_in_y1)
