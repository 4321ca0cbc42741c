"""The foraging network on the chip's terms: Lava's LIF neurons, 8-bit synapses, rules of products.

The host is left with the world: it turns spikes of the outputs into a move, and sends what is seen
and a reward. Everything else is neurons and synapses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from loihi_sleep.numerics.discretize import scale_constants
from loihi_sleep.numerics.limits import DECAY_MAX, DECIMATION_MAX, VTH_MAX
from loihi_sleep.processes.kernels.integers import TRACE_MAX, WEIGHT_MAX
from loihi_sleep.processes.kernels.reward_unit import REWARD_UNIT
from loihi_sleep.rules.products import Product, as_sum
from loihi_sleep.rules.rewarded import rewarded_hebb
from loihi_sleep.rules.rule import Trace
from loihi_sleep.settings import Settings

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.proc.dense.process import Dense, LearningDense
    from lava.proc.lif.process import LIF, LearningLIF
    from lava.proc.sparse.process import Sparse

    from loihi_sleep.processes.forager.process import Forager
    from loihi_sleep.processes.sleep.process import Sleep

# Steps between a move and the end of a cycle: the reward comes in the last one, when rules apply.
STEPS_AFTER_MOVE = 1
# Initial input weights stay above it.
_LEAST_FEATURE = 20
_PULSE = Trace(impulse=TRACE_MAX, tau=2.0)


class ChipForm(Settings):
    """The network with nothing but Lava's neurons and plastic synapses, in Loihi's integers.

    Constants of learning rules are as they are written in the rule, see
    :func:`loihi_sleep.rules.rewarded.rewarded_hebb`.
    """

    doublings: int = Field(
        4, ge=2, le=DECIMATION_MAX, description="log2 of the steps of a movement cycle"
    )
    hidden_vth: int = Field(320, ge=1, le=VTH_MAX, description="an input pulse brings up to 255")
    features: Literal["learned", "drawn"] = Field(
        "learned", description="drawn: two inputs of each neuron at random, for comparison"
    )
    feature_weight: int = Field(220, ge=1, le=WEIGHT_MAX, description="at first, 10 % spread")
    feature_potentiation: float = Field(
        2.0**-7 * 3, ge=0, le=1792, description="of inputs that were lit: constant of y0*x1*w"
    )
    feature_depression: float = Field(
        2.0**-5, ge=0, le=1792, description="of all inputs, by a spike: constant of y0*w"
    )
    du: int = Field(2048, ge=0, le=DECAY_MAX, description="of the outputs, 4096ths a step")
    dv: int = Field(512, ge=0, le=DECAY_MAX, description="of the outputs")
    vth: int = Field(63, ge=1, le=VTH_MAX, description="of the outputs")
    output_weight: int = Field(60, ge=1, le=WEIGHT_MAX, description="at first, 20 % spread")
    inhibition: int = Field(
        75, ge=0, le=WEIGHT_MAX, description="of all outputs by a hidden neuron"
    )
    lateral: int = Field(140, ge=0, le=WEIGHT_MAX, description="inhibition of outputs by another")
    eligibility: float = Field(0.625, ge=0, le=1792, description="constant of y0*x1")
    forgetting: float = Field(0.25, ge=0, le=1, description="constant of t, in a cycle")
    potentiation: float = Field(0.375, ge=0, le=1792, description="constant of t*w*y2")
    competition: float = Field(0.875, ge=0, le=1792, description="constant of w*y1*y3")
    exploration: float = Field(0.0546875, ge=0, le=1792, description="constant of x2*y3")
    depression: float = Field(1.5, ge=0, le=1792, description="constant of t*w*y3")
    rest: int = Field(
        36, ge=0, le=126, multiple_of=2, description="weight to which competition leads"
    )
    x1_tau: float = Field(1.58, ge=0.1, le=1000, description="steps in which a spike causes others")
    x2_impulse: int = Field(64, ge=0, le=TRACE_MAX, description="of a hidden spike")
    x2_tau: float = Field(10.0, ge=0.1, le=1000, description="steps")
    y1_impulse: int = Field(8, ge=0, le=TRACE_MAX, description="of an output spike")
    y1_decay: int = Field(256, ge=0, le=DECAY_MAX, description="4096ths a step")

    @property
    def cycle_steps(self) -> int:
        """Steps of a movement cycle."""
        return int(2**self.doublings)

    def units(self, reward: float) -> float:
        """Return what a world must be told so that it sends a reward as a neuron hears it.

        Parameters
        ----------
        reward : float
            -1 .. 1; the neuron hears up to 127, in y2 above 0 and in y3 below.
        """
        return float(np.rint(reward * TRACE_MAX)) * REWARD_UNIT

    def initial_features(self, sources: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
        """Draw the weights of the hidden neurons' inputs, of the shape of `sources`."""
        rng = np.random.default_rng(seed)
        drawn = rng.normal(self.feature_weight, 0.1 * self.feature_weight, sources.shape)
        return drawn.clip(_LEAST_FEATURE, WEIGHT_MAX).astype(np.int64)

    def drawn_features(self, shape: tuple[int, ...], seed: int) -> NDArray[np.int64]:
        """Draw pairs of inputs: two weights of each neuron are the largest, the others 0.

        Parameters
        ----------
        shape : tuple of int
            (hidden, fan_in).
        seed : int

        Returns
        -------
        ndarray of int64
        """
        rng = np.random.default_rng(seed)
        weights = np.zeros(shape, dtype=np.int64)
        np.put_along_axis(
            weights, rng.permuted(np.tile(np.arange(shape[1]), (shape[0], 1)), axis=1)[:, :2],
            WEIGHT_MAX, axis=1,
        )  # fmt: skip
        return weights

    def initial_outputs(self, shape: tuple[int, int], seed: int) -> NDArray[np.int64]:
        """Draw the weights of the output synapses."""
        spread = np.random.default_rng(seed).uniform(0.8, 1.2, shape)
        return (self.output_weight * spread).clip(0, WEIGHT_MAX).astype(np.int64)

    def feature_rule(self, seed: int) -> Loihi2FLearningRule:
        """Return the rule of two factors by which inputs are learned.

        A spike of a hidden neuron weakens all its inputs by a share and strengthens those that were
        lit by a larger one: inputs that are seldom lit together with the others vanish.
        """
        from lava.magma.core.learning.learning_rule import Loihi2FLearningRule

        products = (
            Product("y0", ("x1", "w"), scale_constants(self.feature_potentiation)),
            Product("y0", ("w",), scale_constants(-self.feature_depression)),
        )
        return Loihi2FLearningRule(
            dw=as_sum(products, "float"),
            x1_impulse=_PULSE.impulse,
            x1_tau=_PULSE.tau,
            t_epoch=1,
            rng_seed=seed,
        )

    def neurons(self, size: int) -> LIF:
        """Make hidden neurons: they forget within a step."""
        from lava.proc.lif.process import LIF

        return LIF(
            shape=(size,), du=DECAY_MAX, dv=DECAY_MAX, vth=self.hidden_vth, name="hidden neurons"
        )

    def connect_outputs(
        self, world: Forager, hidden: LIF, weights: NDArray[np.int64], seed: int, *, learning: bool
    ) -> tuple[Dense | LearningDense, LIF | LearningLIF]:
        """Make outputs and their synapses, and wire them to hidden neurons and the world.

        Parameters
        ----------
        world : Forager
        hidden : LIF
        weights : ndarray of int, shape (outputs, hidden)
            0 .. 255.
        seed : int
            Of stochastic rounding.
        learning : bool
            Whether the synapses are plastic.
        """
        from lava.proc.dense.process import Dense, LearningDense
        from lava.proc.lif.process import LIF, LearningLIF
        from lava.utils.weightutils import SignMode

        post, pre = weights.shape
        parameters: dict[str, Any] = {
            "shape": (post,),
            "du": self.du,
            "dv": self.dv,
            "vth": self.vth,
            "name": "outputs",
        }
        synapses: Dense | LearningDense
        outputs: LIF | LearningLIF
        if learning:
            rule = rewarded_hebb(
                eligibility=self.eligibility,
                forgetting=self.forgetting,
                potentiation=self.potentiation,
                competition=self.competition,
                exploration=self.exploration,
                rest=self.rest,
                depression=self.depression,
                x1=Trace(impulse=TRACE_MAX, tau=self.x1_tau),
                x2=Trace(impulse=self.x2_impulse, tau=self.x2_tau),
                doublings=self.doublings,
                seed=seed,
            )
            synapses = LearningDense(
                weights=weights,
                learning_rule=rule,
                sign_mode=SignMode.EXCITATORY,
                name="output synapses",
            )
            outputs = LearningLIF(
                **parameters,
                learning_rule=rule,
                y1_impulse=self.y1_impulse,
                y1_decay=self.y1_decay,
            )
            outputs.s_out_bap.connect(synapses.s_in_bap)
            outputs.s_out_y1.connect(synapses.s_in_y1)
            outputs.s_out_y2.connect(synapses.s_in_y2)
            outputs.s_out_y3.connect(synapses.s_in_y3)
            world.reward_out.connect(outputs.a_third_factor_in)
        else:
            synapses = Dense(weights=weights, sign_mode=SignMode.EXCITATORY, name="output synapses")
            outputs = LIF(**parameters)
        hidden.s_out.connect(synapses.s_in)
        synapses.a_out.connect(outputs.a_in)
        for source, name, matrix in (
            (hidden, "inhibition", np.full((post, pre), -self.inhibition)),
            (outputs, "lateral inhibition", self.lateral * (np.eye(post, dtype=int) - 1)),
        ):
            inhibition = Dense(weights=matrix, sign_mode=SignMode.INHIBITORY, name=name)
            source.s_out.connect(inhibition.s_in)
            inhibition.a_out.connect(outputs.a_in)
        outputs.s_out.connect(world.s_in)
        return synapses, outputs

    def connect_features(
        self,
        world: Forager,
        sources: NDArray[np.int64],
        weights: NDArray[np.int64],
        seed: int,
        *,
        learning: bool,
    ) -> tuple[Sparse | LearningDense, LIF]:
        """Make hidden neurons and their input synapses, and wire them to the world.

        Parameters
        ----------
        world : Forager
        sources, weights : ndarray of int, shape (hidden, fan_in)
            Which inputs a neuron has, and their weights, 0 .. 255.
        seed : int
            Of stochastic rounding.
        learning : bool
            Whether the synapses are plastic.
        """
        from lava.proc.dense.process import LearningDense
        from lava.proc.sparse.process import Sparse
        from lava.utils.weightutils import SignMode
        from scipy.sparse import csr_matrix

        (pre,), size = world.s_out.shape, len(sources)
        matrix = np.zeros((size, pre), dtype=np.int64)
        np.put_along_axis(matrix, sources, weights, axis=1)
        hidden = self.neurons(size)
        synapses: Sparse | LearningDense
        if learning:
            synapses = LearningDense(
                weights=matrix,
                learning_rule=self.feature_rule(seed),
                sign_mode=SignMode.EXCITATORY,
                name="input synapses",
            )
            hidden.s_out.connect(synapses.s_in_bap)
        else:
            synapses = Sparse(
                weights=csr_matrix(matrix), sign_mode=SignMode.EXCITATORY, name="input synapses"
            )
        world.s_out.connect(synapses.s_in)
        synapses.a_out.connect(hidden.a_in)
        return synapses, hidden

    def connect_replay(self, sleep: Sleep, hidden: LIF) -> None:
        """Let each replayed spike fire its hidden neuron."""
        from lava.proc.sparse.process import Sparse
        from lava.utils.weightutils import SignMode
        from scipy.sparse import identity

        (size,) = hidden.v.shape
        replay = Sparse(
            weights=identity(size, dtype=int, format="csr") * WEIGHT_MAX,
            weight_exp=1,
            sign_mode=SignMode.EXCITATORY,
            name="replay synapses",
        )
        sleep.s_out.connect(replay.s_in)
        replay.a_out.connect(hidden.a_in)
