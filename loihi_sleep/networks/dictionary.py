"""The network that learns a dictionary: a residual layer and a sparse one, connected both ways.

Watkins, Kim, Sornborger and Kenyon (2020), spiking LCA: one residual neuron a pixel, one sparse
neuron a feature; what a sparse neuron stands for is taken off the residual, and both sets of
synapses learn by the same local rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.networks.dictionary_chip_form import ChipForm
from loihi_sleep.numerics import discretize
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.processes.kernels.residual_hebb import SUM_MAX, TAG_UNITS
from loihi_sleep.processes.kernels.residual_lif import current_at_rate
from loihi_sleep.processes.kernels.sparse_lif import FEEDBACK_BITS
from loihi_sleep.settings import Settings

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort
    from lava.magma.core.process.variable import Var

    from loihi_sleep.processes.residual_dense.process import ResidualDense
    from loihi_sleep.processes.residual_lif.process import ResidualLIF
    from loihi_sleep.processes.sparse_lif.process import SparseLIF
    from loihi_sleep.processes.spike_probe.process import SpikeProbe

Form = Literal["source", "chip"]

# In fixed: steps of a weight of 1, an impulse of the traces, and about what a threshold is.
WEIGHT_STEPS = 256
_IMPULSE = 1024
_VTH = 2.0**16
_MS = 1000.0
# Standard deviations at which first weights end: longer tails would not fit 8 bits.
_TAILS = 1.25


class DictionaryNetwork(Settings):
    """Sizes and parameters; a step stands for 1 ms, potentials are in thresholds.

    The defaults are those of the regime that sleep keeps stable. `LITERAL` are those that make it
    the published model.
    """

    side: int = Field(16, ge=2, le=32, description="of a patch, pixels")
    features: int = Field(224, ge=1, le=8192, description="neurons of the sparse layer")
    tau: float = Field(20.0, ge=1, le=1e6, description="of all membranes, ms")
    tau_up: float = Field(
        150.0, ge=1, le=1e6, description="synapses to the sparse layer, ms; 1: none"
    )
    tau_down: float = Field(
        5.0, ge=1, le=1e6, description="synapses to the residual layer, ms; 1: none"
    )
    gain_up: float = Field(
        8.0, gt=0, le=10000, description="thresholds that a spike and a weight of 1 bring"
    )
    gain_down: float = Field(2.45, gt=0, le=10000, description="the same, to the residual layer")
    feedback: float = Field(1.0, ge=0, le=10000, description="of a sparse neuron's own rate, alpha")
    tau_feedback: float = Field(500.0, ge=1, le=1e6, description="over which it is smoothed, ms")
    gray_rate: float = Field(65.0, gt=0, lt=500, description="of residual neurons on gray, Hz")
    floor: float = Field(-3.0, ge=-1e6, le=0, description="lowest potential of residual neurons")
    sparse_floor: float = Field(
        -2.0, ge=-1e6, le=0, description="lowest potential of sparse neurons"
    )
    reset: Literal["subtract", "zero"] = Field("subtract", description="of residual neurons")
    tau_trace: float = Field(50.0, ge=1, le=1e6, description="of the traces that learn, ms")
    learning_rate: float = Field(0.04, ge=0, le=10000, description="eta, for rates in spikes a ms")
    epoch: int = Field(
        10, ge=1, le=1_000_000, description="steps between two changes of the weights"
    )
    least_rate: float = Field(0.5, ge=0, le=1000, description="of features that learn, Hz")
    reference: Literal["mean", "gray_rate"] = Field(
        "mean", description="what residual rates are compared with: their mean, or that on gray"
    )
    density: float = Field(0.09, gt=0, le=1, description="share of pixels not 0 at first")
    zero_sum: bool = Field(True, description="features sum to zero at first")
    chip: ChipForm = ChipForm()

    @property
    def pixels(self) -> int:
        """Neurons of the residual layer."""
        return self.side * self.side

    @property
    def gray_current(self) -> float:
        """Current at which residual neurons fire at their rate on gray, thresholds a step."""
        return current_at_rate(self.gray_rate / _MS, 1.0 / self.tau, self.reset == "subtract")

    def initial_features(self, seed: int) -> NDArray[np.float64]:
        """Draw sparse random features of norm 1, shape (pixels, features)."""
        rng = np.random.default_rng(seed)
        shape = (self.pixels, self.features)
        # As many pixels in each: those of a feature with few would be too large for 8 bits.
        count = max(2, round(self.density * self.pixels))
        places = np.arange(self.pixels)[:, np.newaxis]
        there = rng.permuted(np.broadcast_to(places < count, shape), axis=0)
        phi = np.where(there, rng.normal(size=shape).clip(-_TAILS, _TAILS), 0.0)
        if self.zero_sum:
            # The other pixels stay at 0: a small offset of them all would be lost in 8 bits.
            phi -= there * phi.sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        return phi / np.maximum(np.linalg.norm(phi, axis=0), 1e-9)

    def thresholds(self, numerics: Numerics) -> tuple[float, float]:
        """Thresholds of residual and sparse neurons, in their own units.

        In fixed what a spike brings is a weight shifted left by a whole number of bits, so that the
        gains are made by the thresholds.
        """
        if numerics == "float":
            return 1.0, 1.0
        down, up = (
            float(round(2.0**exponent * WEIGHT_STEPS / gain))
            for exponent, gain in zip(self._exponents, self._gains, strict=True)
        )
        return down, up

    @staticmethod
    def weight_unit(numerics: Numerics) -> float:
        """What a weight of 1 in the synapses stands for in features."""
        return 1.0 / WEIGHT_STEPS if numerics == "fixed" else 1.0

    @property
    def _exponents(self) -> tuple[int, int]:
        """Weight exponents in fixed, down and up, that bring the thresholds near 2**16."""
        down, up = (max(0, round(np.log2(_VTH * gain / WEIGHT_STEPS))) for gain in self._gains)
        return down, up

    @property
    def _gains(self) -> tuple[float, float]:
        """Thresholds that a weight of 1 brings in the step of its spike, down and up."""
        return self.gain_down / self.tau_down, self.gain_up / self.tau_up

    def build(
        self,
        source: OutPort | None,
        phi: NDArray[Any],
        numerics: Numerics,
        seed: int,
        *,
        phi_tags: NDArray[Any] | None = None,
        learning: bool = True,
        raster_steps: int = 0,
    ) -> DictionaryProcesses:
        """Wire the network to what drives it, as Lava Processes.

        Parameters
        ----------
        source : OutPort, shape (pixels,), or None
            Graded current around gray, in the residual neurons' units: see :meth:`thresholds`.
            None: it is connected later.
        phi : ndarray, shape (pixels, features)
            Features; in fixed integers, -127 .. 127, 256ths.
        numerics : str
        seed : int
            Seed of the rounding in fixed.
        phi_tags : ndarray, optional
            What is below the weights in fixed.
        learning : bool
        raster_steps : int
            First steps whose spikes are kept one by one; those of others are counted.

        Returns
        -------
        DictionaryProcesses
        """
        from loihi_sleep.processes.residual_dense.process import ResidualDense
        from loihi_sleep.processes.residual_lif.process import ResidualLIF
        from loihi_sleep.processes.sparse_lif.process import SparseLIF
        from loihi_sleep.processes.spike_probe.process import SpikeProbe

        fixed = numerics == "fixed"
        vth, sparse_vth = self.thresholds(numerics)

        def decay(tau: float) -> float:
            return discretize.decay_over(tau) if fixed else 1.0 / tau

        def units(value: float, threshold: float) -> float:
            return round(value * threshold) if fixed else value * threshold

        residual = ResidualLIF(
            shape=(self.pixels,),
            du=decay(self.tau_down),
            dv=decay(self.tau),
            vth=vth,
            bias=units(self.gray_current, vth),
            floor=units(self.floor, vth),
            reset=self.reset,
            name="residual neurons",
        )
        own = self.feedback / self.tau_feedback
        sparse = SparseLIF(
            shape=(self.features,),
            du=decay(self.tau_up),
            dv=decay(self.tau),
            dc=decay(self.tau_feedback),
            vth=sparse_vth,
            floor=units(self.sparse_floor, sparse_vth),
            feedback=units(own * 2**FEEDBACK_BITS, sparse_vth) if fixed else own,
            name="sparse neurons",
        )
        # A trace of 1 stands for so many spikes a ms.
        impulse = _IMPULSE if fixed else 1.0 / self.tau_trace
        trace_unit = 1.0 / (_IMPULSE * self.tau_trace) if fixed else 1.0
        weight_unit = self.weight_unit(numerics)

        def trace_of(rate: float) -> float:
            trace = rate / _MS / trace_unit
            return round(trace) if fixed else trace

        rule: dict[str, Any] = {
            "decay": decay(self.tau_trace),
            "impulse": impulse,
            "rate": self.learning_rate * self.epoch * trace_unit**2 / weight_unit,
            "reference": None if self.reference == "mean" else trace_of(self.gray_rate),
            "least": trace_of(self.least_rate),
            "epoch": self.epoch,
            "seed": seed,
            "learning": learning,
        }
        tags = np.zeros(phi.shape) if phi_tags is None else phi_tags
        exponents = self._exponents if fixed else (0, 0)
        gain_down, gain_up = self._gains
        down = ResidualDense(
            weights=phi, tag_1=tags, residual="post", gain=-gain_down,
            weight_exp=exponents[0], name="sparse to residual", **rule,
        )  # fmt: skip
        up = ResidualDense(
            weights=phi.T, tag_1=tags.T, residual="pre", gain=gain_up,
            weight_exp=exponents[1], name="residual to sparse", **rule,
        )  # fmt: skip
        probes = [
            SpikeProbe(shape=(n,), raster_steps=raster_steps) for n in (self.pixels, self.features)
        ]
        if source is not None:
            source.connect(residual.i_in)
        residual.s_out.connect(up.s_in)
        residual.s_out.connect(down.s_in_bap)
        up.a_out.connect(sparse.a_in)
        sparse.s_out.connect(down.s_in)
        sparse.s_out.connect(up.s_in_bap)
        down.a_out.connect(residual.a_in)
        residual.s_out.connect(probes[0].s_in)
        sparse.s_out.connect(probes[1].s_in)
        return DictionaryProcesses(residual, sparse, down, up, probes[0], probes[1])

    def features_of(
        self, weights: NDArray[Any], tags: NDArray[Any], numerics: Numerics
    ) -> NDArray[np.float64]:
        """Features that synapses hold, with what is below their weights."""
        features: NDArray[np.float64] = (weights + tags / TAG_UNITS) * self.weight_unit(numerics)
        return features

    def weights_and_tags(
        self, phi: NDArray[np.float64], numerics: Numerics
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights and tags of synapses that hold features.

        In fixed weights are 256ths, at most 127 of them, which follow the running sum of a feature
        as those that learn do; see :mod:`loihi_sleep.processes.kernels.residual_hebb`.

        Returns
        -------
        ndarray, ndarray, shape (pixels, features)
        """
        if numerics == "float":
            return phi, np.zeros(phi.shape)
        total = np.rint(phi / self.weight_unit(numerics) * TAG_UNITS)
        left = np.zeros(phi.shape[1])
        for pixel in total:
            wanted = pixel + left
            pixel[:] = wanted.clip(-SUM_MAX, SUM_MAX)
            left = wanted - pixel
        sent = np.floor(total.cumsum(axis=0) / TAG_UNITS + 0.5)
        weights = np.diff(sent, axis=0, prepend=0.0)
        return weights, total - weights * TAG_UNITS


@dataclass(frozen=True)
class DictionaryProcesses:
    """The wired network.

    Parameters
    ----------
    residual : ResidualLIF
    sparse : SparseLIF
    down, up : ResidualDense
        From the sparse layer to the residual one, and back: features and their transpose.
    residual_probe, sparse_probe : SpikeProbe
    """

    residual: ResidualLIF
    sparse: SparseLIF
    down: ResidualDense
    up: ResidualDense
    residual_probe: SpikeProbe
    sparse_probe: SpikeProbe

    def connect_input(self, source: OutPort) -> None:
        """Connect what drives the residual neurons."""
        source.connect(self.residual.i_in)

    @property
    def spikes(self) -> tuple[OutPort, OutPort]:
        """Where the spikes of the residual and of the sparse layer come out."""
        return self.residual.s_out, self.sparse.s_out

    @property
    def weights(self) -> tuple[Var, Var]:
        """Weights and tags of the synapses from the sparse layer."""
        return self.down.weights, self.down.tag_1


@dataclass(frozen=True)
class TrainedDictionary:
    """A dictionary network with what it has learned, for :func:`loihi_sleep.sleep.run_night`.

    It takes graded currents, such as ``SlowWave(Gaussian(std), period, depth)``, in the residual
    neurons' units: see :meth:`DictionaryNetwork.thresholds`.

    Parameters
    ----------
    network : DictionaryNetwork
    features : ndarray, shape (pixels, features)
    """

    network: DictionaryNetwork
    features: NDArray[np.float64]

    graded: ClassVar[bool] = True
    learns: ClassVar[bool] = True

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Inputs, residual neurons and sparse neurons."""
        return self.network.pixels, self.network.pixels, self.network.features

    def build(
        self, numerics: Numerics, seed: int, *, for_chip: bool = False
    ) -> DictionaryProcesses:
        """Wire the network as Lava Processes; `seed` is that of the rounding in fixed.

        Raises
        ------
        EngineUnavailable
            For a chip, which has no such neurons.
        """
        if for_chip:
            raise EngineUnavailable("engine 'loihi2' has no residual neurons; use 'compiled'")
        weights, tags = self.network.weights_and_tags(self.features, numerics)
        return self.network.build(None, weights, numerics, seed, phi_tags=tags)

    def after(
        self, weights: Sequence[NDArray[np.float64]], numerics: Numerics
    ) -> TrainedDictionary:
        """Return the network after a night.

        Parameters
        ----------
        weights : sequence of ndarray, shape (pixels, features) each
            Those of a :class:`loihi_sleep.sleep.NightRecord`: weights and tags.
        numerics : str
            Numerics of the night.
        """
        shift = 2.0 ** (self.network._exponents[0] if numerics == "fixed" else 0)
        held, tags = (values / shift for values in weights)
        return replace(self, features=self.network.features_of(held, tags, numerics))


# What makes the network the published one, as far as it is published: no synaptic filters, v back
# to 0, residual rates compared with that on gray, features that need not sum to zero.
LITERAL: dict[str, Any] = {
    "tau_up": 1.0,
    "tau_down": 1.0,
    "tau_trace": 100.0,
    "reset": "zero",
    "reference": "gray_rate",
    "zero_sum": False,
}
