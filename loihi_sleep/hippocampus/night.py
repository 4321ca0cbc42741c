"""A night: noise wakes one prototype after another, which drives the cortex and its teacher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from loihi_sleep.hippocampus.awake import competitors
from loihi_sleep.hippocampus.prototypes import FULL_WEIGHT, Prototypes
from loihi_sleep.networks.quantization import QuantizedWeights
from loihi_sleep.numerics.limits import DECAY_MAX, IMPULSE_MAX
from loihi_sleep.processes.kernels.taught_lif import GAIN_BITS
from loihi_sleep.rules import Rule, delta_rule
from loihi_sleep.rules.delta import HALVINGS_MAX
from loihi_sleep.run.session import Session
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.settings import Settings

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig
    from lava.proc.dense.process import LearningDense

    from loihi_sleep.processes.competing_lif.process import CompetingLIF
    from loihi_sleep.processes.current_drive.process import CurrentDrive
    from loihi_sleep.processes.spike_probe.process import SpikeProbe
    from loihi_sleep.processes.taught_lif.process import TaughtLIF

# Threshold of prototypes asleep, weight units; what noise brings in a step is a share of it.
_VTH = 20_000
# Parts of a night, between which the gain of the error falls.
_PARTS = 16

Factor = Annotated[float, Field(gt=0, le=1000)]
Room = Annotated[float, Field(ge=1, le=100)]


class ReplayConfig(Settings):
    """How prototypes are replayed, and what the output learns from them."""

    steps: int = Field(
        32, ge=8, le=512, description="time steps of a presentation, best a power of two"
    )
    presentations: int = Field(
        8_000, ge=1, le=10_000_000, description="in the night after the last task; fewer before"
    )
    rate: float = Field(0.35, gt=0, le=1, description="spike probability of the strongest synapse")
    noise: float = Field(
        0.15,
        gt=0,
        le=10,
        description="standard deviation of the current into prototypes, thresholds",
    )
    drift: float = Field(0.15, ge=-10, le=10, description="mean of that current, in thresholds")
    inhibition: float = Field(0.4, ge=0, le=100, description="between prototypes, in thresholds")
    fatigue: float = Field(
        0.5, ge=0, le=100, description="rise of a prototype's threshold when it has been replayed"
    )
    threshold_factors: tuple[Factor, ...] = Field(
        (0.18, 0.32), min_length=1, max_length=64, description="of each layer's threshold"
    )
    headroom: tuple[Room, ...] = Field(
        (1.2, 3.0), min_length=1, max_length=64, description="room for weights to grow, by layer"
    )
    target: int = Field(20, ge=1, le=1000, description="spikes that the teacher asks for")
    gain: float = Field(3.0, gt=0, le=100, description="of the error, when the night begins")
    last_gain: float = Field(1.0, ge=0, le=100, description="of the error, when it ends")
    halvings: int = Field(
        10, ge=0, le=HALVINGS_MAX, description="the learning rate is 2 to the minus so many"
    )
    impulse: float = Field(20.0, gt=0, le=IMPULSE_MAX, description="of the trace of hidden spikes")
    tau: float = Field(8.0, gt=0, le=1000, description="time constant of that trace, steps")

    @model_validator(mode="after")
    def _rule_can_be_written(self) -> ReplayConfig:
        self.rule()
        return self

    def rule(self) -> Rule:
        """Return the rule by which the output learns."""
        return delta_rule(self.halvings, self.steps, impulse=self.impulse, tau=self.tau)


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
    """

    weights: tuple[NDArray[np.float64], ...]
    vth: tuple[int, ...]
    visits: NDArray[np.int64]
    spikes: tuple[NDArray[np.int64], ...]
    steps: int


@dataclass(frozen=True)
class ReplayProcesses:
    """The Processes of a night of replay.

    Parameters
    ----------
    noise : CurrentDrive
        Into the prototypes.
    prototypes : CompetingLIF
    synapses : LearningDense
        Of the output.
    output : TaughtLIF
    probes : tuple of SpikeProbe
        Of prototypes, input, hidden layers and output.
    wins : SpikeProbe
        Of the prototypes that win.
    """

    noise: CurrentDrive
    prototypes: CompetingLIF
    synapses: LearningDense
    output: TaughtLIF
    probes: tuple[SpikeProbe, ...]
    wins: SpikeProbe


def build_replay(
    prototypes: Prototypes,
    weights: QuantizedWeights,
    vth: tuple[int, ...],
    config: ReplayConfig,
    seed: int,
) -> ReplayProcesses:
    """Wire prototypes to the input of a cortex, and to the teacher of its output.

    Parameters
    ----------
    prototypes : Prototypes
        Those that are to be replayed.
    weights : QuantizedWeights
        Of the cortex; those of the last layer are plastic.
    vth : tuple of int
        Threshold of each layer, weight units.
    config : ReplayConfig
    seed : int

    Returns
    -------
    ReplayProcesses
    """
    from lava.proc.dense.process import DelayDense, Dense, LearningDense
    from lava.proc.lif.process import LIF, LIFReset

    from loihi_sleep.processes.competing_lif.process import CompetingLIF
    from loihi_sleep.processes.current_drive.process import CurrentDrive
    from loihi_sleep.processes.spike_probe.process import SpikeProbe
    from loihi_sleep.processes.taught_lif.process import TaughtLIF

    noise_seed, input_seed, rounding_seed = spawn_seeds(seed, 3)
    count, inputs = prototypes.weights.shape
    hidden, steps = len(vth) - 1, config.steps
    # A spike takes a step to each layer after the prototypes: input, hidden ones, output. The
    # output begins a presentation with each learning epoch, what is before it so much earlier.
    to_output = hidden + 2
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
        interval=steps,
        offset=(1 - to_output) % steps,
        learns=False,
        name="prototypes",
    )
    lateral = Dense(weights=competitors(np.ones((count, count), dtype=bool)))
    noise.a_out.connect(winners.a_in)
    winners.s_out.connect(lateral.s_in)
    lateral.a_out.connect(winners.inhibition_in)

    # Uniform noise makes of a weight a spike probability.
    width = round(FULL_WEIGHT / config.rate)
    top_down = Dense(weights=prototypes.weights.T)
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
    layers = [below]
    for place in range(hidden):
        synapses = Dense(weights=weights.units[place].astype(np.int64))
        neurons = LIFReset(
            shape=(len(weights.units[place]),),
            vth=vth[place],
            du=DECAY_MAX,
            dv=0,
            reset_interval=steps,
            reset_offset=(1 - hidden + place) % steps,
            name=f"hidden {place}",
        )
        layers[-1].s_out.connect(synapses.s_in)
        synapses.a_out.connect(neurons.a_in)
        layers.append(neurons)
    plastic = LearningDense(
        weights=weights.units[-1].astype(np.int64),
        learning_rule=config.rule().loihi("fixed", rounding_seed),
    )
    classes = len(weights.units[-1])
    output = TaughtLIF(
        shape=(classes,), vth=vth[-1], target=config.target, interval=steps, offset=1, name="output"
    )
    says = (np.arange(classes)[:, np.newaxis] == prototypes.labels).astype(np.int64)
    teacher = DelayDense(weights=says, delays=np.full(says.shape, to_output - 1))
    winners.s_out.connect(teacher.s_in)
    teacher.a_out.connect(output.teacher_in)
    layers[-1].s_out.connect(plastic.s_in)
    plastic.a_out.connect(output.a_in)
    output.s_out_bap.connect(plastic.s_in_bap)
    output.s_out_y1.connect(plastic.s_in_y1)
    ports = [winners.s_out, *(layer.s_out for layer in layers), output.s_out]
    probes = [SpikeProbe(shape=port.shape) for port in (*ports, winners.s_out_bap)]
    for port, probe in zip((*ports, winners.s_out_bap), probes, strict=True):
        port.connect(probe.s_in)
    return ReplayProcesses(noise, winners, plastic, output, tuple(probes[:-1]), probes[-1])


def replay_prototypes(
    prototypes: Prototypes,
    weights: QuantizedWeights,
    vth: tuple[int, ...],
    config: ReplayConfig,
    run_cfg: RunConfig,
    seed: int,
    *,
    presentations: int,
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
    on_progress : callable, optional
        Called with the share of the night that is over.

    Returns
    -------
    ReplayRecord
    """
    network = build_replay(prototypes, weights, vth, config, seed)
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
            session.set(network.output.gain, np.array([round(gain * 2**GAIN_BITS)]))
            session.run(steps)
            done += steps
            if on_progress is not None:
                on_progress(done / (presentations * config.steps))

        def read(var: Any) -> NDArray[np.int64]:
            return np.asarray(session.get(var)).astype(np.int64)

        learned = read(network.synapses.weights).astype(np.float64)
        spikes = tuple(read(probe.count) for probe in network.probes)
        visits = read(network.wins.count)
    return ReplayRecord((*weights.units[:-1], learned), vth, visits, spikes, done)
