"""`loihi_sleep.processes.residual_lif`: neurons of a network that learns a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.kernels.arrays import Rows, part
from loihi_sleep.engine.kernels.messages import send_flags
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.residual_lif import (
    advance_residual_fixed,
    advance_residual_float,
)

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# What is sent, arrives and is injected, the state, the parameters in reals or, in fixed, in
# counters; whether a spike subtracts.
ROW = row(
    "ResidualLIF",
    *(message(name) for name in ("out", "a_in", "i_in")),
    *("u", "v", "bias", "parameters", "subtracts"),
)


def _advance_fixed(
    u: Any, v: Any, a_in: Any, i_in: Any, bias: Any, m: Any, a: Any, subtracts: Any
) -> Any:
    parameters = (m.counters[a], m.counters[a + 1], m.counters[a + 2], m.counters[a + 3])
    advance_residual_fixed(u, v, a_in, i_in, bias, parameters, subtracts, m.flags)


def _advance_float(
    u: Any, v: Any, a_in: Any, i_in: Any, bias: Any, m: Any, a: Any, subtracts: Any
) -> Any:
    parameters = (m.reals[a], m.reals[a + 1], m.reals[a + 2], m.reals[a + 3])
    advance_residual_float(u, v, a_in, i_in, bias, parameters, subtracts, m.flags)


_advance = by_numerics(_advance_fixed, _advance_float)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Advance residual neurons by one step."""
    n = p[b + ROW.out + SIZE]
    _advance(
        part(m.values, p[b + ROW.u], n),
        part(m.values, p[b + ROW.v], n),
        part(m.values, p[b + ROW.a_in + VALUES], n),
        part(m.values, p[b + ROW.i_in + VALUES], n),
        part(m.values, p[b + ROW.bias], n),
        m,
        p[b + ROW.parameters],
        p[b + ROW.subtracts] > 0,
    )
    send_flags(p, b + ROW.out, m)


STEP = Step("ResidualLIF", ROW, fixed=step, float=step)


def _build(builder: Builder, neurons: AbstractProcess) -> None:
    builder.add(
        STEP,
        out=builder.sent(neurons.s_out),
        a_in=builder.receive(neurons.a_in),
        i_in=builder.receive(neurons.i_in),
        **{name: builder.store_value(getattr(neurons, name)) for name in ("u", "v", "bias")},
        parameters=builder.constant_parameters(neurons, neurons.proc_params["parameters"]),
        subtracts=int(neurons.proc_params["subtracts"]),
    )


NODE = Node(_build, steps=(STEP,), sends=("s_out",), receives=("a_in", "i_in"))
