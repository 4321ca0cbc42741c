"""Parameters of the network that learns a dictionary on the chip's terms."""

from __future__ import annotations

from pydantic import Field, model_validator

from loihi_sleep.numerics.discretize import EXPONENT_MIN
from loihi_sleep.numerics.limits import DECIMATION_MAX, EPOCH_MAX
from loihi_sleep.processes.kernels.integers import TRACE_MAX
from loihi_sleep.settings import Settings


class ChipForm(Settings):
    """What the network with Lava's neurons and plastic synapses has beside its other parameters.

    Of those it takes the sizes, `tau`, `tau_up`, `tau_down`, `gain_up`, `gain_down`, `feedback`,
    `density` and `tau_trace`. Constants of learning rules are in tags, see
    :func:`loihi_sleep.rules.residual_tag.residual_tag`.
    """

    weight_steps: int = Field(1024, ge=16, le=8192, description="weight that a norm of 1 is")
    gray_current: float = Field(
        0.09, gt=0, le=10, description="thresholds a step that a gray current stands for"
    )
    bias: float = Field(
        2.6, ge=0, le=100, description="of residual neurons, in the least that makes them spike"
    )
    pool_neurons: int = Field(32, ge=1, le=1024, description="that inhibit all residual neurons")
    pool_inhibition: float = Field(
        0.2, ge=0, le=100, description="thresholds a step, where all of them spike; 0: no pool"
    )
    pool_low: float = Field(
        16.5, ge=0, le=1000, description="mean residual rate at which the first of them spikes, Hz"
    )
    pool_high: float = Field(18.5, ge=0, le=1000, description="and the last")
    pool_tau: float = Field(100.0, ge=1, le=1000, description="over which they average it, ms")
    before: float = Field(0.5, ge=0, le=1792, description="tags of s0*r1")
    after: float = Field(0.25, ge=0, le=1792, description="tags of r0*s1")
    reference: float = Field(
        17.4, ge=0, le=1000, description="of residual rates, Hz: what does not change features"
    )
    decay: float = Field(2.0**-7, ge=0, le=1792, description="tags of s0*w")
    halvings: int = Field(5, ge=0, le=-EXPONENT_MIN, description="a tag is 2**-h of a weight unit")
    residual_impulse: int = Field(16, ge=0, le=TRACE_MAX, description="of the trace r1")
    sparse_impulse: int = Field(32, ge=0, le=TRACE_MAX, description="of the trace s1")
    epoch: int = Field(4, ge=1, le=EPOCH_MAX, description="steps")
    doublings: int = Field(
        9, ge=0, le=DECIMATION_MAX, description="log2 of the epochs between two changes of weights"
    )

    @model_validator(mode="after")
    def _pool_rates_in_order(self) -> ChipForm:
        if self.pool_low > self.pool_high:
            raise ValueError(
                f"pool_low is {self.pool_low:g}; it must be at most pool_high, {self.pool_high:g}"
            )
        return self
