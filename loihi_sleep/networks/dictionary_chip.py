"""The network that learns a dictionary on the chip's terms: Lava's LIF neurons and products.

A pixel has two residual neurons, one for what is missing (ON) and one for what is too much (OFF).
Features and what takes them off again are 8-bit synapses with two factors and a tag. The host sends
images and noise; everything else is neurons and synapses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks.dictionary import DictionaryNetwork
from loihi_sleep.networks.dictionary_chip_form import ChipForm
from loihi_sleep.numerics import discretize
from loihi_sleep.numerics.limits import (
    DECAY_MAX,
    VTH_MAX,
    WEIGHT_EXPONENT_MAX,
)
from loihi_sleep.processes.kernels.integers import (
    MIXED_WEIGHT_MAX,
    UNITY,
    WEIGHT_MAX,
    WEIGHT_MIN,
    WEIGHT_STEP,
)
from loihi_sleep.rules.residual_tag import residual_tag
from loihi_sleep.rules.rule import Trace

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort
    from lava.proc.dense.process import Dense, LearningDense
    from lava.proc.lif.process import LIF

    from loihi_sleep.processes.spike_probe.process import SpikeProbe

# Weight of a residual neuron's spike at the pool.
_POOL_WEIGHT = 4
_MS = 1000.0


@dataclass(frozen=True)
class ChipSynapses:
    """Weights of both directions, residual neurons ON and then OFF.

    Parameters
    ----------
    down : ndarray of int, shape (2 * pixels, features)
        From the sparse layer: minus the features.
    up : ndarray of int, shape (2 * pixels, features)
        To it, turned.
    """

    down: NDArray[np.int64]
    up: NDArray[np.int64]


@dataclass(frozen=True)
class ChipDictionary:
    """The network, from its parameters.

    Parameters
    ----------
    network : DictionaryNetwork
    """

    network: DictionaryNetwork

    @property
    def form(self) -> ChipForm:
        """Parameters of this form."""
        return self.network.chip

    @property
    def neurons(self) -> int:
        """Residual neurons, two a pixel."""
        return 2 * self.network.pixels

    @property
    def current_unit(self) -> float:
        """What a gray current is as a message to the residual neurons."""
        return self.form.gray_current * self._message

    @property
    def _message(self) -> float:
        """Message that brings a threshold a step, in the steady state."""
        return self._thresholds[0] / self.network.tau_down

    @property
    def _exponents(self) -> tuple[int, int]:
        """Weight exponents, down and up: the largest with which thresholds fit 17 bits."""
        down, up = (
            int(np.clip(np.floor(np.log2(VTH_MAX / largest / spare)), 0, WEIGHT_EXPONENT_MAX))
            for largest, spare in zip(self._at_exponent_0, (24, 1), strict=True)
        )
        return down, up

    @property
    def _at_exponent_0(self) -> tuple[float, float]:
        """Thresholds in which a spike and a weight of 1 bring the gains, at exponent 0."""
        made, steps = self.network, self.form.weight_steps
        return steps * made.tau_down / made.gain_down, steps * made.tau_up / made.gain_up

    @property
    def _thresholds(self) -> tuple[int, int]:
        """Thresholds of residual and sparse neurons."""
        down, up = (
            round(at_0 * 2**exponent)
            for at_0, exponent in zip(self._at_exponent_0, self._exponents, strict=True)
        )
        return down, up

    def initial_synapses(self, seed: int) -> ChipSynapses:
        """Draw sparse random features of norm 1, both directions alike."""
        phi = self.network.initial_features(seed)
        halved = np.rint(phi * self.form.weight_steps / WEIGHT_STEP).astype(np.int64)
        signed = np.concatenate([halved, -halved]) * WEIGHT_STEP
        up = signed.clip(WEIGHT_MIN, MIXED_WEIGHT_MAX)
        return ChipSynapses((-signed).clip(WEIGHT_MIN, MIXED_WEIGHT_MAX), up)

    def features_of(self, synapses: ChipSynapses) -> NDArray[np.float64]:
        """Features that the synapses to the residual neurons hold, shape (pixels, features)."""
        return self._signed(-synapses.down)

    def transposed_of(self, synapses: ChipSynapses) -> NDArray[np.float64]:
        """Features that the synapses to the sparse neurons hold, shape (pixels, features)."""
        return self._signed(synapses.up)

    def _signed(self, weights: NDArray[np.int64]) -> NDArray[np.float64]:
        on, off = np.split(weights, 2)
        features: NDArray[np.float64] = (on - off) / 2 / self.form.weight_steps
        return features

    def build(
        self,
        source: OutPort | None,
        synapses: ChipSynapses,
        seed: int,
        *,
        learning: bool = True,
        raster_steps: int = 0,
    ) -> ChipProcesses:
        """Wire the network to what drives it, as Lava Processes in ``fixed``.

        Parameters
        ----------
        source : OutPort, shape (pixels,), or None
            Graded current, 0 on gray, in :attr:`current_unit`. None: it is connected later.
        synapses : ChipSynapses
        seed : int
            Of stochastic rounding.
        learning : bool
            Whether the synapses are plastic.
        raster_steps : int
            First steps whose spikes are kept one by one; those of others are counted.
        """
        from lava.proc.dense.process import Dense, LearningDense
        from lava.proc.lif.process import LIF
        from lava.proc.sparse.process import Sparse
        from lava.utils.weightutils import SignMode
        from scipy.sparse import csr_matrix, identity, vstack

        from loihi_sleep.processes.spike_probe.process import SpikeProbe

        made, form = self.network, self.form
        (vth, sparse_vth), (down_exp, up_exp) = self._thresholds, self._exponents
        dv = _decay(made.tau)
        bias = np.full(self.neurons, form.bias / made.tau * vth)
        residual = LIF(
            shape=(self.neurons,),
            du=_decay(made.tau_down, 1),
            dv=dv,
            vth=vth,
            name="residual neurons",
            **discretize.bias(bias),
        )
        sparse = LIF(
            shape=(made.features,),
            du=_decay(made.tau_up, 1),
            dv=dv,
            vth=sparse_vth,
            name="sparse neurons",
        )
        both = vstack([identity(made.pixels), -identity(made.pixels)]) * WEIGHT_STEP
        to_both = Sparse(
            weights=csr_matrix(both.astype(np.int64)),
            weight_exp=-1,
            num_message_bits=24,
            sign_mode=SignMode.MIXED,
            name="input to both",
        )
        matrices: list[dict[str, Any]] = [
            {"weights": weights, "weight_exp": exponent, "sign_mode": SignMode.MIXED, "name": name}
            for name, weights, exponent in (
                ("sparse to residual", synapses.down, down_exp),
                ("residual to sparse", synapses.up.T, up_exp),
            )
        ]
        down: Dense | LearningDense
        up: Dense | LearningDense
        if learning:
            sides = (("post", seed + 1), ("pre", seed))
            down, up = (
                LearningDense(learning_rule=self._rule(side, number), **matrix)
                for matrix, (side, number) in zip(matrices, sides, strict=True)
            )
            residual.s_out.connect(down.s_in_bap)
            sparse.s_out.connect(up.s_in_bap)
        else:
            down, up = (Dense(**matrix) for matrix in matrices)
        probes = [
            SpikeProbe(shape=(n,), raster_steps=raster_steps) for n in (self.neurons, made.features)
        ]
        to_both.a_out.connect(residual.a_in)
        residual.s_out.connect(up.s_in)
        up.a_out.connect(sparse.a_in)
        sparse.s_out.connect(down.s_in)
        down.a_out.connect(residual.a_in)
        own = made.feedback * sparse_vth / made.tau_up
        if own:
            exponent = max(0, int(np.ceil(np.log2(own / WEIGHT_MAX))))
            feedback = Sparse(
                weights=csr_matrix(
                    identity(made.features, dtype=np.int64) * round(own / 2**exponent)
                ),
                weight_exp=exponent,
                sign_mode=SignMode.EXCITATORY,
                name="sparse feedback",
            )
            sparse.s_out.connect(feedback.s_in)
            feedback.a_out.connect(sparse.a_in)
        if form.pool_inhibition:
            self._connect_pool(residual)
        residual.s_out.connect(probes[0].s_in)
        sparse.s_out.connect(probes[1].s_in)
        processes = ChipProcesses(to_both, residual, sparse, down, up, probes[0], probes[1])
        if source is not None:
            processes.connect_input(source)
        return processes

    def _connect_pool(self, residual: LIF) -> None:
        """Let neurons that each spike from a mean residual rate on inhibit all residual neurons."""
        from lava.proc.dense.process import Dense
        from lava.proc.lif.process import LIF
        from lava.utils.weightutils import SignMode

        form = self.form
        rates = np.linspace(form.pool_low, form.pool_high, 2 * form.pool_neurons + 1)[1::2] / _MS
        steps = 1 / -np.expm1(-1 / form.pool_tau)
        currents = rates * self.neurons * _POOL_WEIGHT * steps
        vth = round(currents.mean())
        pool = LIF(
            shape=(form.pool_neurons,),
            du=_decay(form.pool_tau, 1),
            dv=DECAY_MAX,
            vth=vth,
            name="pool",
            **discretize.bias(vth - currents),
        )
        taken = form.pool_inhibition * self._message / form.pool_neurons
        exponent = int(np.ceil(np.log2(taken / WEIGHT_MAX)))
        exponent = int(np.clip(exponent, -WEIGHT_EXPONENT_MAX, WEIGHT_EXPONENT_MAX))
        to_pool = Dense(
            weights=np.full((form.pool_neurons, self.neurons), _POOL_WEIGHT),
            sign_mode=SignMode.EXCITATORY,
            name="residual to pool",
        )
        from_pool = Dense(
            weights=np.full((self.neurons, form.pool_neurons), -round(taken / 2**exponent)),
            weight_exp=exponent,
            sign_mode=SignMode.INHIBITORY,
            name="pool to residual",
        )
        residual.s_out.connect(to_pool.s_in)
        to_pool.a_out.connect(pool.a_in)
        pool.s_out.connect(from_pool.s_in)
        from_pool.a_out.connect(residual.a_in)

    def _rule(self, residual: Any, seed: int) -> Any:
        form, tau = self.form, self.network.tau_trace
        return residual_tag(
            residual=residual,
            before=form.before,
            after=form.after,
            reference=form.reference / _MS,
            decay=form.decay,
            halvings=form.halvings,
            residual_trace=Trace(form.residual_impulse, tau),
            sparse_trace=Trace(form.sparse_impulse, tau),
            t_epoch=form.epoch,
            doublings=form.doublings,
            seed=seed,
        )


def _decay(tau: float, offset: int = 0) -> int:
    """4096ths that decay in a step; Lava adds 1 to those of currents."""
    return int(np.clip(round(UNITY * -np.expm1(-1 / tau)) - offset, 0, DECAY_MAX))


@dataclass(frozen=True)
class ChipProcesses:
    """The wired network.

    Parameters
    ----------
    to_both : Sparse
        What is seen, to ON neurons, and its negative to OFF neurons.
    residual, sparse : LIF
    down, up : Dense or LearningDense
        From the sparse layer to the residual one, and back.
    residual_probe, sparse_probe : SpikeProbe
    """

    to_both: Any
    residual: LIF
    sparse: LIF
    down: Dense | LearningDense
    up: Dense | LearningDense
    residual_probe: SpikeProbe
    sparse_probe: SpikeProbe

    def connect_input(self, source: OutPort) -> None:
        """Connect what drives the residual neurons."""
        source.connect(self.to_both.s_in)
