"""`loihi_sleep.processes.residual_dense`: synapses of a network that learns a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import FLAG, Range
from loihi_sleep.engine.kernels.arrays import Rows, matrix, part
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.synapses.build import count_all, store_activation, synaptic
from loihi_sleep.engine.nodes.synapses.step import SYNAPSES, add_spikes, begin, multiply
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, message
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.engine.stored_parts import in_lavas_type, or_unsupported
from loihi_sleep.processes.kernels.residual_hebb import (
    TAG_UNITS,
    learn_fixed,
    learn_float,
    rate_of_integers,
    trace_fixed,
    trace_float,
)

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

ROW = SYNAPSES.extend(
    "ResidualDense",
    message("post_spikes"),
    # In synaptic.
    "tags",
    # Traces and the rule: in reals or, in fixed, in counters.
    *("x", "y", "rule"),
    # Cell: whether anything is learned.
    "learning",
    # In reals; in fixed a power of two, with its sign.
    "gain",
    *("pre_is_residual", "epoch", "seed"),
)


def _follow_fixed(values: Any, m: Any, x: Any, n: Any, spikes: Any, a: Any) -> Any:
    trace_fixed(part(m.counters, x, n), spikes, m.counters[a], m.counters[a + 1])


def _follow_float(values: Any, m: Any, x: Any, n: Any, spikes: Any, a: Any) -> Any:
    trace_float(part(m.reals, x, n), spikes, m.reals[a], m.reals[a + 1])


def _learn_fixed(
    w: Any, g: Any, m: Any, x: Any, y: Any, a: Any, pre_is_residual: Any, seed: Any, t: Any
) -> Any:
    pre, post = w.shape
    xs, ys = part(m.counters, x, pre), part(m.counters, y, post)
    mantissa, shift, reference, least = (
        m.counters[a + 2],
        m.counters[a + 3],
        m.counters[a + 4],
        m.counters[a + 5],
    )
    if pre_is_residual:
        learn_fixed(w, g, xs, ys, mantissa, shift, reference, least, seed, t)
    else:
        learn_fixed(w.T, g.T, ys, xs, mantissa, shift, reference, least, seed, t)


def _learn_float(
    w: Any, g: Any, m: Any, x: Any, y: Any, a: Any, pre_is_residual: Any, seed: Any, t: Any
) -> Any:
    pre, post = w.shape
    xs, ys = part(m.reals, x, pre), part(m.reals, y, post)
    if pre_is_residual:
        learn_float(w, xs, ys, m.reals[a + 2], m.reals[a + 3], m.reals[a + 4])
    else:
        learn_float(w.T, ys, xs, m.reals[a + 2], m.reals[a + 3], m.reals[a + 4])


_follow = by_numerics(_follow_fixed, _follow_float)
_learn = by_numerics(_learn_fixed, _learn_float)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Follow the spikes of both sides, learn at the end of an epoch, then sum what arrives."""
    pre, post = p[b + ROW.received + SIZE], p[b + ROW.out + SIZE]
    arrived = part(m.index, p[b + ROW.received + EVENTS], m.counters[p[b + ROW.received + COUNT]])
    answered = part(
        m.index, p[b + ROW.post_spikes + EVENTS], m.counters[p[b + ROW.post_spikes + COUNT]]
    )
    x, y, rule = p[b + ROW.x], p[b + ROW.y], p[b + ROW.rule]
    _follow(m.values, m, x, pre, arrived.astype(np.int64), rule)
    _follow(m.values, m, y, post, answered.astype(np.int64), rule)
    if m.counters[p[b + ROW.learning]] > 0 and t % p[b + ROW.epoch] == 0:
        w = matrix(m.synaptic, p[b + ROW.weights], pre, post)
        g = matrix(m.synaptic, p[b + ROW.tags], pre, post)
        _learn(w, g, m, x, y, rule, p[b + ROW.pre_is_residual] > 0, p[b + ROW.seed], t)
    if begin(p, b, m):
        add_spikes(p, b, m)
        multiply(p, b, m, m.reals[p[b + ROW.gain]])


STEP = Step("ResidualDense", ROW, fixed=step, float=step)


def _build(builder: Builder, synapses: AbstractProcess) -> None:
    settings = synapses.proc_params
    before = settings["residual"] == "pre"
    rate, gain = settings["rate"], settings["gain"]
    rates = {"rate": rate}
    if builder.fixed:
        pixels = (synapses.s_in if before else synapses.a_out).size
        found = or_unsupported(synapses, lambda: rate_of_integers(rate, pixels))
        rates = {f"rate {place}": number for place, number in enumerate(found)}
        gain = (-1 if gain < 0 else 1) * 2 ** settings["weight_exp"]
    kind = np.int16 if builder.fixed else np.float64
    weights, tags = (
        builder.store(var, "synaptic", in_lavas_type(var.init, var.shape, kind), by_column=True)
        for var in (synapses.weights, synapses.tag_1)
    )
    count_all(builder, synapses)
    store_activation(builder, synapses)
    store_trace = builder.store_count if builder.fixed else builder.store_real
    builder.add(
        STEP,
        received=builder.receive(synapses.s_in, events=True),
        out=builder.sent(synapses.a_out),
        weights=weights,
        weight_exp=0,
        message_bits=builder.storage.cell("counters"),
        post_spikes=builder.receive(synapses.s_in_bap, events=True),
        tags=tags,
        x=store_trace(synapses.x),
        y=store_trace(synapses.y),
        rule=builder.constant_parameters(
            synapses, {**settings["traces"], **rates, **settings["rule"]}
        ),
        learning=builder.store_count(synapses.learning),
        gain=builder.storage.cell("reals", gain),
        pre_is_residual=int(before),
        epoch=settings["epoch"],
        seed=settings["seed"],
    )


def _ranges(synapses: AbstractProcess, fixed: bool) -> dict[str, Range]:
    return {"learning": FLAG, "tag_1": (1 - TAG_UNITS, TAG_UNITS - 1)}


NODE = synaptic(_build, STEP, receives=("s_in", "s_in_bap"), ranges=_ranges)
