"""lava-nc's `ATRLIF`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import Range
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.nodes.atrlif import step
from loihi_sleep.engine.nodes.lif.build import BIAS_RANGES, store_bias
from loihi_sleep.engine.stored_parts import scalar
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes.kernels.integers import UNITY

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

_STATE = ("i", "v", "theta", "r", "s")
_DECAYS = ("delta_i", "delta_v", "delta_theta", "delta_r")
_THRESHOLDS = ("theta_0", "theta_step")
# Decays are from 0 to 1; products with far more than that would leave 64 bits.
_DECAY_MAX = UNITY


def _build(builder: Builder, neurons: AbstractProcess) -> None:
    storage, at_rest = builder.storage, builder.storage.cell("counters")
    wake = partial(storage.set_cell, "counters", at_rest, 0)
    product = storage.reserve("counters", 1, _product(neurons.delta_i.init))
    builder.bound("the kind of a product", product, step.REAL, step.SHORT)
    # Lava's model makes a fraction of an integer that is set.
    become_real = partial(storage.set_cell, "counters", product.start, step.REAL)
    is_python_integer = isinstance(neurons.delta_i.init, int)

    def changed(name: str) -> Callable[[], None]:
        def call() -> None:
            wake()
            if name == "delta_i" and is_python_integer:
                become_real()

        return call

    for name in (*_DECAYS, *_THRESHOLDS):
        value = scalar(neurons, getattr(neurons, name), integer=False)
        if builder.fixed and name in _DECAYS and abs(value) > _DECAY_MAX:
            raise UnsupportedGraph(
                f"{label(neurons)}: {name} is {value:g}; it must be from {-_DECAY_MAX} to "
                f"{_DECAY_MAX} in fixed numerics"
            )
    builder.add(
        step.STEP,
        out=builder.sent(neurons.s_out),
        a_in=builder.receive(neurons.a_in),
        **{name: builder.store_value(getattr(neurons, name), changed=wake) for name in _STATE},
        bias=store_bias(builder, neurons, storage.cell("counters"), wake),
        **{
            name: builder.store_real(getattr(neurons, name), changed=changed(name))
            for name in (*_DECAYS, *_THRESHOLDS)
        },
        product=product,
        at_rest=at_rest,
    )


def _product(delta: Any) -> int:
    """Tell how Lava's fixed-point model multiplies a current by its decay."""
    if not np.issubdtype(np.asarray(delta).dtype, np.integer):
        return step.REAL
    return step.LONG if isinstance(delta, np.ndarray) else step.SHORT


def _ranges(neurons: AbstractProcess, fixed: bool) -> dict[str, Range]:
    if not fixed:
        return {}
    return dict.fromkeys(_DECAYS, (-_DECAY_MAX, _DECAY_MAX)) | BIAS_RANGES


NODE = Node(_build, steps=(step.STEP,), sends=("s_out",), receives=("a_in",), ranges=_ranges)
