"""`loihi_sleep.processes.sparse_lif`: the sparse layer of a network that learns a dictionary."""

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
from loihi_sleep.processes.kernels.sparse_lif import advance_sparse_fixed, advance_sparse_float

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# The state, with the feedback c; the parameters in reals or, in fixed, in counters.
ROW = row("SparseLIF", message("out"), message("a_in"), "u", "v", "c", "parameters")


def _advance_fixed(u: Any, v: Any, c: Any, a_in: Any, m: Any, a: Any) -> Any:
    p = m.counters
    parameters = (p[a], p[a + 1], p[a + 2], p[a + 3], p[a + 4], p[a + 5])
    advance_sparse_fixed(u, v, c, a_in, parameters, m.flags)


def _advance_float(u: Any, v: Any, c: Any, a_in: Any, m: Any, a: Any) -> Any:
    p = m.reals
    parameters = (p[a], p[a + 1], p[a + 2], p[a + 3], p[a + 4], p[a + 5])
    advance_sparse_float(u, v, c, a_in, parameters, m.flags)


_advance = by_numerics(_advance_fixed, _advance_float)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Advance neurons of a sparse layer by one step."""
    n = p[b + ROW.out + SIZE]
    _advance(
        part(m.values, p[b + ROW.u], n),
        part(m.values, p[b + ROW.v], n),
        part(m.values, p[b + ROW.c], n),
        part(m.values, p[b + ROW.a_in + VALUES], n),
        m,
        p[b + ROW.parameters],
    )
    send_flags(p, b + ROW.out, m)


STEP = Step("SparseLIF", ROW, fixed=step, float=step)


def _build(builder: Builder, neurons: AbstractProcess) -> None:
    builder.add(
        STEP,
        out=builder.sent(neurons.s_out),
        a_in=builder.receive(neurons.a_in),
        **{name: builder.store_value(getattr(neurons, name)) for name in ("u", "v", "c")},
        parameters=builder.constant_parameters(neurons, neurons.proc_params["parameters"]),
    )


NODE = Node(_build, steps=(STEP,), sends=("s_out",), receives=("a_in",))
