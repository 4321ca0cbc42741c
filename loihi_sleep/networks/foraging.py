"""The foraging network: a world at both ends, learned features, rewarded output synapses.

Golden, Delanois, Sanda and Bazhenov (2022): 49 inputs, 784 hidden neurons with nine random inputs
each, eight outputs, map neurons throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from loihi_sleep.networks.foraging_chip import STEPS_AFTER_MOVE, ChipForm
from loihi_sleep.networks.foraging_processes import Features, ForagingProcesses, OutputSynapses
from loihi_sleep.numerics.limits import DECAY_MAX, VTH_MAX
from loihi_sleep.processes.kernels.integers import MIXED_WEIGHT_MAX
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.settings import Settings

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.proc.dense.process import Dense, LearningDense
    from lava.proc.lif.process import LIF, LearningLIF, LIFReset
    from lava.proc.sparse.process import Sparse

    from loihi_sleep.processes.forager.process import Forager
    from loihi_sleep.processes.map_neuron.process import MapNeuron
    from loihi_sleep.processes.receptive_synapses.process import ReceptiveSynapses
    from loihi_sleep.processes.rewarded_synapses.process import RewardedSynapses
    from loihi_sleep.processes.sleep.process import Sleep

VIEW, OUTPUTS = 49, 8
# The agent's own square never holds a pixel.
_CENTER = VIEW // 2
Neuron = Literal["map", "lif"]
Form = Literal["source", "chip"]
Kind = Literal["map", "lif", "chip"]


class _Seeds(NamedTuple):
    """What the seed of a network is used for."""

    features: int
    outputs: int
    input_noise: int
    output_noise: int
    replay: int


class LifForm(Settings):
    """The network with Lava's LIF neurons, in Loihi's integers."""

    cycle_steps: int = Field(60, ge=2, le=100_000, description="of a movement cycle")
    hidden_vth: int = Field(320, ge=1, le=VTH_MAX, description="an input pulse brings up to 254")
    du: int = Field(2560, ge=0, le=DECAY_MAX, description="of the outputs, 4096ths a step")
    dv: int = Field(1536, ge=0, le=DECAY_MAX, description="of the outputs")
    vth: int = Field(160, ge=1, le=VTH_MAX, description="of the outputs")
    scale: float = Field(
        float(MIXED_WEIGHT_MAX),
        ge=1e-6,
        le=1e6,
        description="integer weight that an output weight of 1 is",
    )
    stdp_tau: float = Field(12.0, ge=0.001, le=1e6, description="of the pairing, steps")


class ForagingNetwork(Settings):
    """Sizes and parameters of the network, all but the world.

    Steps stand for 0.5 ms; conductances are in units in which 0.24 makes a neuron at rest spike.
    """

    hidden: int = Field(784, ge=1, le=16_384, description="neurons")
    fan_in: int = Field(9, ge=1, le=VIEW - 1, description="inputs of each hidden neuron")
    cycle_steps: int = Field(600, ge=2, le=100_000, description="of a movement cycle")
    decision_steps: int = Field(300, ge=1, le=100_000, description="in which output spikes count")
    release: float = Field(0.12, ge=0, le=1, description="spread of the release noise")
    feature_sum: float = Field(1.2, gt=0, le=1000, description="of each neuron's inputs, at first")
    feature_least_sum: float = Field(0.37, ge=0, le=1000, description="and at last")
    feature_sum_decay: float = Field(0.015, ge=0, le=1, description="share of it lost by a spike")
    feature_potentiation: float = Field(
        0.1, ge=0, le=1000, description="growth by a pair of spikes"
    )
    feature_largest: float = Field(0.19, gt=0, le=1000, description="bound of an input weight")
    feature_pruned: float = Field(
        0.01, ge=0, le=1, description="share of that bound below which synapses go, once learned"
    )
    output_weight: float = Field(0.05, gt=0, le=1000, description="at first, with 10 % spread")
    output_least: float = Field(
        0.01, ge=0, le=1000, description="weights that fall to 0 never come back"
    )
    output_largest: float = Field(0.8, gt=0, le=1000, description="bound of an output weight")
    inhibition: float = Field(0.8, ge=0, le=100, description="share of the mean weight, subtracted")
    stdp: float = Field(0.04, ge=0, le=1000, description="amount of a pair, either way")
    stdp_tau: float = Field(80.0, ge=0.001, le=1e6, description="of the pairing, steps")
    eligibility_cycles: int = Field(6, ge=1, le=1000, description="for which pairs are remembered")
    learning_rate: float = Field(4.0, ge=0, le=1e6, description="on rewards")
    target_rate: float = Field(0.15, ge=0, le=1000, description="of an output, spikes a cycle")
    homeostasis: float = Field(0.001, ge=0, le=1, description="change of target sums in a cycle")
    scaled_asleep: bool = Field(
        True, description="sums of output weights stay at their targets; no: targets follow"
    )
    lif: LifForm = Field(LifForm(), description="what is otherwise with LIF neurons")
    chip: ChipForm = Field(ChipForm(), description="all there is in the form for the chip")

    @model_validator(mode="after")
    def _bounds_in_order(self) -> ForagingNetwork:
        if self.output_least >= self.output_largest:
            raise ValueError(
                f"output_least is {self.output_least}; it must be below output_largest, "
                f"{self.output_largest}"
            )
        return self

    def initial_features(self, seed: int) -> Features:
        """Draw the random inputs of the hidden neurons.

        Returns
        -------
        ndarray of int64, shape (hidden, fan_in)
            Which inputs, never the agent's own square.
        ndarray of float64, shape (hidden, fan_in)
            Normal, 20 % standard deviation, summing to ``feature_sum``.
        """
        rng = np.random.default_rng(seed)
        squares = np.delete(np.arange(VIEW), _CENTER)
        sources = np.array(
            [rng.choice(squares, self.fan_in, replace=False) for _ in range(self.hidden)]
        )
        weights = rng.normal(1.0, 0.2, (self.hidden, self.fan_in)).clip(0.2)
        return sources, self.feature_sum * weights / weights.sum(axis=1, keepdims=True)

    def initial_outputs(self, seed: int) -> NDArray[np.float64]:
        """Draw the weights of the output synapses, shape (8, hidden): uniform within 10 %."""
        rng = np.random.default_rng(seed)
        return self.output_weight * rng.uniform(0.9, 1.1, (OUTPUTS, self.hidden))

    def build(
        self,
        world: Forager,
        seed: int,
        *,
        features: Features | None = None,
        outputs: OutputSynapses | None = None,
        frozen: NDArray[np.bool_] | None = None,
        replay: Callable[[int], AbstractProcess] | None = None,
        learning: Literal["features", "outputs"] | None = None,
        neuron: Kind = "map",
        wake_steps: int = 1,
        sleep_steps: int = 0,
    ) -> ForagingProcesses:
        """Wire the network to a world, as Lava Processes.

        Parameters
        ----------
        world : Forager
            Not connected yet; its cycle must be the network's.
        seed : int
            Seed of initial weights, release noise and replay, 0 .. 2**63 - 1.
        features : tuple of ndarray, optional
            Sources and weights of the hidden neurons' inputs, instead of
            :meth:`initial_features`, or of those of the form for the chip.
        outputs : OutputSynapses, optional
            What an earlier run made of the output synapses, instead of :meth:`initial_outputs`.
        frozen : ndarray of bool, shape (8, hidden), optional
            Output weights that stay as they are.
        replay : callable, optional
            Builds the Process that drives the hidden neurons asleep, from a seed; it sends spikes,
            shape (hidden,). Default: silence.
        learning : str, optional
            Which synapses change: ``features`` (from the inputs) or ``outputs``.
        neuron : str
            ``map``, for float; ``lif``: Lava's LIF, for fixed, as a chip can hold it (that learns
            no features); or ``chip``: Lava's LIF and plastic synapses of Lava's, for fixed.
        wake_steps, sleep_steps : int
            The schedule; the world must have been given the same.

        Returns
        -------
        ForagingProcesses

        Raises
        ------
        ValueError
            A world whose cycle is another; what these neurons cannot learn or freeze.
        """
        from loihi_sleep.processes.spike_probe.process import SpikeProbe

        steps = self.steps_of_cycle(neuron)
        if world.proc_params["cycle_steps"] != steps:
            raise ValueError(
                f"cycle_steps of the world is {world.proc_params['cycle_steps']}; it must be the "
                f"network's, {steps}"
            )
        if neuron == "lif" and learning == "features":
            raise ValueError("LIF neurons learn no features; learn them with map neurons")
        if neuron == "chip" and frozen is not None:
            raise ValueError("frozen is given; no synapse can be frozen in the form for the chip")
        seeds = _Seeds(*spawn_seeds(seed, len(_Seeds._fields)))
        sleep = self._sleep(replay, seeds.replay, (wake_steps, sleep_steps))
        sources, weights = self._features_of(seeds, neuron) if features is None else features
        receptive: ReceptiveSynapses | Sparse | LearningDense
        hidden: MapNeuron | LIFReset | LIF
        movement: MapNeuron | LIFReset | LIF | LearningLIF
        rewarded: RewardedSynapses | Dense | LearningDense
        if neuron == "chip":
            receptive, hidden = self.chip.connect_features(
                world, sources, weights.astype(np.int64), seeds.input_noise,
                learning=learning == "features",
            )  # fmt: skip
            self.chip.connect_replay(sleep, hidden)
            output_weights = (
                self.chip.initial_outputs((OUTPUTS, self.hidden), seeds.outputs)
                if outputs is None
                else outputs.weights.astype(np.int64)
            )
            rewarded, movement = self.chip.connect_outputs(
                world, hidden, output_weights, seeds.output_noise, learning=learning == "outputs"
            )
        else:
            if neuron == "map":
                receptive, hidden, movement = self._map_neurons(
                    world, sleep, sources, weights, seeds.input_noise, learning == "features"
                )
            else:
                receptive, hidden, movement = self._lif_neurons(world, sleep, sources, weights)
            rewarded = self._rewarded(seeds, outputs, frozen, learning == "outputs", neuron)
            hidden.s_out.connect(rewarded.s_in)
            rewarded.a_out.connect(movement.a_in)
            movement.s_out.connect(rewarded.s_in_bap)
            movement.s_out.connect(world.s_in)
            world.reward_out.connect(rewarded.reward_in)
            sleep.phase_out.connect(rewarded.phase_in)
        probe = SpikeProbe(shape=(self.hidden,))
        hidden.s_out.connect(probe.s_in)
        return ForagingProcesses(
            world, receptive, hidden, rewarded, movement, sleep, probe, sources
        )

    def drawn_features(self, seed: int) -> Features:
        """Draw features that nothing needs to learn, in the form for the chip.

        Parameters
        ----------
        seed : int
            As of :meth:`build`, whose network would learn from the same inputs.

        Returns
        -------
        tuple of ndarray, shape (hidden, fan_in) each
            Sources, and weights of which two of each neuron are not 0.
        """
        sources, _ = self._features_of(_Seeds(*spawn_seeds(seed, len(_Seeds._fields))), "chip")
        return sources, self.chip.drawn_features(sources.shape, seed).astype(float)

    def _features_of(self, seeds: _Seeds, neuron: Kind) -> Features:
        """Draw the inputs of the hidden neurons and their first weights."""
        sources, weights = self.initial_features(seeds.features)
        if neuron == "chip":
            weights = self.chip.initial_features(sources, seeds.features).astype(float)
        return sources, weights

    def _rewarded(
        self,
        seeds: _Seeds,
        begun: OutputSynapses | None,
        frozen: NDArray[np.bool_] | None,
        learning: bool,
        neuron: Kind,
    ) -> RewardedSynapses:
        """Make the output synapses of the source, as an earlier run left them or new ones."""
        from loihi_sleep.processes.rewarded_synapses.process import RewardedSynapses

        state: dict[str, Any] = {"weights": self.initial_outputs(seeds.outputs)}
        if begun is not None:
            state = vars(begun)
        return RewardedSynapses(
            **state,
            frozen=0 if frozen is None else frozen,
            seed=seeds.output_noise,
            cycle_steps=self.steps_of_cycle(neuron),
            release=self.release,
            scale=self.lif.scale,
            inhibition=self.inhibition,
            potentiation=self.stdp,
            depression=self.stdp,
            tau=self.stdp_tau if neuron == "map" else self.lif.stdp_tau,
            memory=self.eligibility_cycles,
            learning_rate=self.learning_rate,
            least=self.output_least,
            largest=self.output_largest,
            target_rate=self.target_rate,
            homeostasis=self.homeostasis,
            scaled_asleep=self.scaled_asleep,
            learning=learning,
        )

    def _sleep(
        self,
        replay: Callable[[int], AbstractProcess] | None,
        seed: int,
        schedule: tuple[int, int],
    ) -> Sleep:
        """Make what drives the hidden neurons asleep."""
        from loihi_sleep.processes.sleep.process import Sleep
        from loihi_sleep.processes.spike_drive.process import SpikeDrive

        shape = (self.hidden,)
        silence = partial(SpikeDrive, shape=shape, rates=0.0, seed=seed)
        return Sleep(
            shape=shape,
            wake_steps=schedule[0],
            sleep_steps=schedule[1],
            drive=silence if replay is None else partial(replay, seed),
        )

    def _map_neurons(
        self,
        world: Forager,
        sleep: Sleep,
        sources: NDArray[np.int64],
        weights: NDArray[np.float64],
        seed: int,
        learning: bool,
    ) -> tuple[ReceptiveSynapses, MapNeuron, MapNeuron]:
        """Make inputs, hidden neurons and outputs of the source, and wire the first two."""
        from loihi_sleep.processes.map_neuron.process import MapNeuron
        from loihi_sleep.processes.receptive_synapses.process import ReceptiveSynapses

        inputs, hidden, outputs = (
            MapNeuron(shape=(n,), reset_interval=self.cycle_steps)
            for n in (VIEW, self.hidden, OUTPUTS)
        )
        receptive = ReceptiveSynapses(
            sources=sources,
            weights=weights,
            pre=VIEW,
            seed=seed,
            cycle_steps=self.cycle_steps,
            release=self.release,
            potentiation=self.feature_potentiation,
            tau=self.stdp_tau,
            sum_decay=self.feature_sum_decay,
            least_sum=self.feature_least_sum,
            largest=self.feature_largest,
            learning=learning,
        )
        world.s_out.connect(inputs.i_in)
        inputs.s_out.connect(receptive.s_in)
        receptive.a_out.connect(hidden.a_in)
        # A replayed spike is a current that makes a neuron at rest spike.
        sleep.s_out.connect(hidden.i_in)
        hidden.s_out.connect(receptive.s_in_bap)
        return receptive, hidden, outputs

    def _lif_neurons(
        self,
        world: Forager,
        sleep: Sleep,
        sources: NDArray[np.int64],
        weights: NDArray[np.float64],
    ) -> tuple[Sparse, LIFReset, LIFReset]:
        """Make hidden neurons and outputs of Lava's LIF; pulses and replay come by synapses."""
        from lava.proc.lif.process import LIFReset
        from lava.proc.sparse.process import Sparse
        from scipy.sparse import csr_matrix, identity

        lif = self.lif
        hidden, outputs = (
            # Neurons begin a cycle at rest; Lava counts steps from 1.
            LIFReset(
                shape=(n,), du=du, dv=dv, vth=vth, reset_interval=lif.cycle_steps, reset_offset=1
            )
            for n, du, dv, vth in (
                (self.hidden, DECAY_MAX, DECAY_MAX, lif.hidden_vth),
                (OUTPUTS, lif.du, lif.dv, lif.vth),
            )
        )
        rows = np.repeat(np.arange(self.hidden), sources.shape[1])
        integers = self.chip_features(weights).ravel()
        matrix = csr_matrix((integers, (rows, sources.ravel())), shape=(self.hidden, VIEW))
        matrix.eliminate_zeros()
        receptive = Sparse(weights=matrix)
        replay = Sparse(
            weights=identity(self.hidden, dtype=int, format="csr") * MIXED_WEIGHT_MAX, weight_exp=1
        )
        world.s_out.connect(receptive.s_in)
        receptive.a_out.connect(hidden.a_in)
        sleep.s_out.connect(replay.s_in)
        replay.a_out.connect(hidden.a_in)
        return receptive, hidden, outputs

    def chip_features(self, weights: NDArray[np.float64]) -> NDArray[np.int64]:
        """Input weights as a chip holds them: even, 0 .. 254 for 0 .. ``feature_largest``."""
        halves = np.rint(weights / self.feature_largest * MIXED_WEIGHT_MAX / 2)
        return 2 * halves.astype(np.int64)

    def steps_of_cycle(self, neuron: Kind) -> int:
        """Steps of a movement cycle with these neurons."""
        if neuron == "chip":
            return self.chip.cycle_steps
        return self.cycle_steps if neuron == "map" else self.lif.cycle_steps

    def steps_of_decision(self, neuron: Kind) -> int:
        """Steps at the beginning of a cycle in which output spikes count; with LIF all do."""
        if neuron == "chip":
            return self.chip.cycle_steps - STEPS_AFTER_MOVE
        return self.decision_steps if neuron == "map" else self.lif.cycle_steps
