"""A night: noise wakes one prototype after another, which drives the cortex and its teacher."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.hippocampus.awake import competitors
from loihi_sleep.hippocampus.cortex import add_cortex, first_step
from loihi_sleep.hippocampus.prototypes import FULL_WEIGHT, Prototypes
from loihi_sleep.hippocampus.replay_config import ReplayConfig
from loihi_sleep.hippocampus.teacher import force_class, name_class
from loihi_sleep.networks.quantization import QuantizedWeights
from loihi_sleep.numerics.limits import DECAY_MAX
from loihi_sleep.processes.kernels.taught_lif import GAIN_BITS
from loihi_sleep.run.session import Session
from loihi_sleep.seeds import spawn_seeds

if TYPE_CHECKING:
    from lava.magma.core.process.variable import Var
    from lava.magma.core.run_configs import RunConfig
    from lava.proc.dense.process import LearningDense
    from lava.proc.lif.process import LIFReset

    from loihi_sleep.processes.competing_lif.process import CompetingLIF
    from loihi_sleep.processes.current_drive.process import CurrentDrive
    from loihi_sleep.processes.spike_probe.process import SpikeProbe
    from loihi_sleep.processes.taught_lif.process import TaughtLIF

# Threshold of prototypes asleep, weight units; what noise brings in a step is a share of it.
_VTH = 20_000
# Parts of a night, between which the gain of the error falls.
_PARTS = 16


@dataclass(frozen=True)
class ReplayRecord:
    """What a night of replay leaves.

    Parameters
    ----------
    weights : tuple of ndarray, shape (post, pre) each
        After the night, weight units.
    vth : tuple of int
        Threshold of each layer, weight units.
    visits : ndarray of int64, shape (prototypes,)
        In how many presentations each was replayed.
    spikes : tuple of ndarray, shape (neurons,) each
        Spikes of each neuron in the night: prototypes, input, hidden layers, output.
    steps : int
        Time steps of the night.
    rasters : tuple of ndarray of bool, shape (steps, neurons) each
        Spikes of the first steps, as far as they were asked for: of the same layers.
    """

    weights: tuple[NDArray[np.float64], ...]
    vth: tuple[int, ...]
    visits: NDArray[np.int64]
    spikes: tuple[NDArray[np.int64], ...]
    steps: int
    rasters: tuple[NDArray[np.bool_], ...] = ()


@dataclass(frozen=True)
class ReplayProcesses:
    """The Processes of a night of replay.

    Parameters
    ----------
    noise : CurrentDrive
        Into the prototypes.
    prototypes : CompetingLIF
    plastic : mapping of int to LearningDense
        Synapses that learn, by the layer that they lead to.
    output : TaughtLIF or LIFReset
    probes : tuple of SpikeProbe
        Of prototypes, input, hidden layers and output.
    wins : SpikeProbe
        Of the prototypes that win.
    """

    noise: CurrentDrive
    prototypes: CompetingLIF
    plastic: Mapping[int, LearningDense]
    output: TaughtLIF | LIFReset
    probes: tuple[SpikeProbe, ...]
    wins: SpikeProbe


def build_replay(
    prototypes: Prototypes,
    weights: QuantizedWeights,
    vth: tuple[int, ...],
    config: ReplayConfig,
    seed: int,
    raster_steps: int = 0,
) -> ReplayProcesses:
    """Wire prototypes to the input of a cortex, and to the teacher of its output.

    Parameters
    ----------
    prototypes : Prototypes
        Those that are to be replayed.
    weights : QuantizedWeights
        Of the cortex.
    vth : tuple of int
        Threshold of each layer, weight units.
    config : ReplayConfig
    seed : int
    raster_steps : int
        Steps of which the spikes are kept.

    Returns
    -------
    ReplayProcesses
    """
    from lava.proc.dense.process import Dense
    from lava.proc.lif.process import LIF

    from loihi_sleep.processes.competing_lif.process import CompetingLIF
    from loihi_sleep.processes.current_drive.process import CurrentDrive
    from loihi_sleep.processes.spike_probe.process import SpikeProbe

    noise_seed, input_seed, rounding_seed = spawn_seeds(seed, 3)
    count, inputs = prototypes.weights.shape
    noise = CurrentDrive(
        shape=(count,),
        mean=config.drift * _VTH,
        std=config.noise * _VTH,
        seed=noise_seed,
        name="noise",
    )
    fatigue = round(config.fatigue * _VTH)
    winners = CompetingLIF(
        shape=(count,),
        vth=_VTH,
        inhibition=round(config.inhibition * _VTH),
        conscience=fatigue,
        share=round(fatigue / count),
        interval=config.steps,
        offset=first_step(-2, len(vth), config),
        learns=False,
        name="prototypes",
    )
    lateral = Dense(weights=competitors(np.ones((count, count), dtype=bool)), name="lateral")
    noise.a_out.connect(winners.a_in)
    winners.s_out.connect(lateral.s_in)
    lateral.a_out.connect(winners.inhibition_in)

    # Uniform noise makes of a weight a spike probability.
    width = round(FULL_WEIGHT / config.rate)
    top_down = Dense(weights=prototypes.weights.T, name="top down")
    flicker = CurrentDrive(
        shape=(inputs,),
        mean=width / 2,
        std=width / sqrt(12),
        noise="uniform",
        seed=input_seed,
        name="flicker",
    )
    below = LIF(shape=(inputs,), vth=width, du=DECAY_MAX, dv=DECAY_MAX, name="input")
    winners.s_out.connect(top_down.s_in)
    top_down.a_out.connect(below.a_in)
    flicker.a_out.connect(below.a_in)
    cortex = add_cortex(below.s_out, weights, vth, config, rounding_seed)
    output = cortex.layers[-1]
    classes = np.arange(len(weights.units[-1]))
    says = (classes[:, np.newaxis] == prototypes.labels).astype(np.int64)
    if config.learning == "two_factors":
        force_class(winners.s_out, says, below, output, config)
    else:
        name_class(winners.s_out, says, output, len(vth))
    ports = [winners.s_out, below.s_out, *(layer.s_out for layer in cortex.layers)]
    probes = [SpikeProbe(shape=port.shape, raster_steps=raster_steps) for port in ports]
    wins = SpikeProbe(shape=winners.s_out_bap.shape)
    for port, probe in zip((*ports, winners.s_out_bap), (*probes, wins), strict=True):
        port.connect(probe.s_in)
    return ReplayProcesses(noise, winners, cortex.plastic, output, tuple(probes), wins)


def replay_prototypes(
    prototypes: Prototypes,
    weights: QuantizedWeights,
    vth: tuple[int, ...],
    config: ReplayConfig,
    run_cfg: RunConfig,
    seed: int,
    *,
    presentations: int,
    raster_steps: int = 0,
    on_progress: Callable[[float], None] | None = None,
) -> ReplayRecord:
    """Replay prototypes to a cortex for a night.

    Parameters
    ----------
    prototypes, weights, vth, config, seed :
        As of :func:`build_replay`.
    run_cfg : RunConfig
        From :func:`loihi_sleep.run.select.select`, in ``fixed``.
    presentations : int
        How many prototypes one after another.
    raster_steps : int
        Steps of which the spikes are kept, of those that the night has.
    on_progress : callable, optional
        Called with the share of the night that is over.

    Returns
    -------
    ReplayRecord
    """
    from loihi_sleep.processes.kernels.raster import unpack_raster

    raster_steps = min(raster_steps, presentations * config.steps)
    network = build_replay(prototypes, weights, vth, config, seed, raster_steps)
    borders = np.rint(np.linspace(0, presentations, _PARTS + 1)).astype(int)
    gains = np.linspace(config.gain, config.last_gain, _PARTS)
    with Session(network.noise, run_cfg) as session:
        done = 0
        for gain, until in zip(gains, borders[1:], strict=True):
            steps = int(until) * config.steps - done
            if steps <= 0:
                continue
            if done == 0:
                # Vars can be set once the network runs.
                session.run(1)
                done, steps = 1, steps - 1
            if config.learning != "two_factors":
                session.set(network.output.gain, np.array([round(gain * 2**GAIN_BITS)]))
            session.run(steps)
            done += steps
            if on_progress is not None:
                on_progress(done / (presentations * config.steps))

        def read(var: Var) -> NDArray[np.int64]:
            return np.asarray(session.get(var)).astype(np.int64)

        learned = list(weights.units)
        for layer, synapses in network.plastic.items():
            learned[layer] = read(synapses.weights).astype(np.float64)
        spikes = tuple(read(probe.count) for probe in network.probes)
        visits = read(network.wins.count)
        rasters = tuple(
            unpack_raster(read(probe.raster)[:raster_steps], probe.count.shape[0])
            for probe in network.probes
        )
    return ReplayRecord(tuple(learned), vth, visits, spikes, done, rasters if raster_steps else ())
