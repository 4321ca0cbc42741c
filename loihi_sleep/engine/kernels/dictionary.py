"""`loihi_sleep.processes.residual_lif`, `sparse_lif` and `residual_dense`."""

from typing import Any

import numba
import numpy as np

from loihi_sleep.engine.kernels.arrays import (
    Counters,
    Flags,
    Index,
    Program,
    Reals,
    Synaptic,
    Values,
)
from loihi_sleep.engine.kernels.messages import (
    COUNT,
    EVENTS,
    MESSAGE_FIELDS,
    SIZE,
    VALUES,
    send_flags,
)
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.engine.kernels.synapses import FIELDS as SYNAPSE_FIELDS
from loihi_sleep.engine.kernels.synapses import IN, OUT, WEIGHTS, add_spikes, begin, multiply
from loihi_sleep.processes.kernels.residual_hebb import (
    learn_fixed,
    learn_float,
    trace_fixed,
    trace_float,
)
from loihi_sleep.processes.kernels.residual_lif import (
    advance_residual_fixed,
    advance_residual_float,
)
from loihi_sleep.processes.kernels.sparse_lif import advance_sparse_fixed, advance_sparse_float

# Row of neurons: what they send and hear, where the state begins, the parameters in reals or, in
# fixed, in counters; of residual ones also what is injected, where the bias begins, and whether a
# spike subtracts.
SENT = 0
HEARD = MESSAGE_FIELDS
U, V, PARAMETERS, FEEDBACK, INJECTED = range(HEARD + MESSAGE_FIELDS, HEARD + MESSAGE_FIELDS + 5)
BIAS, SUBTRACTS = range(INJECTED + MESSAGE_FIELDS, INJECTED + MESSAGE_FIELDS + 2)

# Row of synapses: that of static ones, post-synaptic spikes; tags in synaptic; traces, and whether
# anything is learned; the rule, in reals or, in fixed, in counters; then numbers.
POST_SPIKES = SYNAPSE_FIELDS
(
    TAGS,
    X,
    Y,
    LEARNING,
    RULE,
    # In reals; in fixed a power of two, with its sign.
    GAIN,
    PRE_IS_RESIDUAL,
    EPOCH,
    SEED,
) = range(POST_SPIKES + MESSAGE_FIELDS, POST_SPIKES + MESSAGE_FIELDS + 9)


def _residual_fixed(
    u: Any, v: Any, a_in: Any, i_in: Any, bias: Any, counters: Any, reals: Any, a: Any,
    subtracts: Any, flags: Any,
) -> Any:  # fmt: skip
    parameters = (counters[a], counters[a + 1], counters[a + 2], counters[a + 3])
    advance_residual_fixed(u, v, a_in, i_in, bias, parameters, subtracts, flags)


def _residual_float(
    u: Any, v: Any, a_in: Any, i_in: Any, bias: Any, counters: Any, reals: Any, a: Any,
    subtracts: Any, flags: Any,
) -> Any:  # fmt: skip
    parameters = (reals[a], reals[a + 1], reals[a + 2], reals[a + 3])
    advance_residual_float(u, v, a_in, i_in, bias, parameters, subtracts, flags)


def _sparse_fixed(
    u: Any, v: Any, c: Any, a_in: Any, counters: Any, reals: Any, a: Any, flags: Any
) -> Any:
    p = counters
    parameters = (p[a], p[a + 1], p[a + 2], p[a + 3], p[a + 4], p[a + 5])
    advance_sparse_fixed(u, v, c, a_in, parameters, flags)


def _sparse_float(
    u: Any, v: Any, c: Any, a_in: Any, counters: Any, reals: Any, a: Any, flags: Any
) -> Any:
    p = reals
    parameters = (p[a], p[a + 1], p[a + 2], p[a + 3], p[a + 4], p[a + 5])
    advance_sparse_float(u, v, c, a_in, parameters, flags)


_advance_residual = by_numerics(_residual_fixed, _residual_float)
_advance_sparse = by_numerics(_sparse_fixed, _sparse_float)


@numba.njit(cache=True)
def step_residual(
    p: Program,
    b: int,
    values: Values,
    index: Index,
    counters: Counters,
    reals: Reals,
    flags: Flags,
) -> None:
    """Advance residual neurons by one step."""
    n = p[b + SENT + SIZE]
    heard, injected = p[b + HEARD + VALUES], p[b + INJECTED + VALUES]
    _advance_residual(
        values[p[b + U] : p[b + U] + n],
        values[p[b + V] : p[b + V] + n],
        values[heard : heard + n],
        values[injected : injected + n],
        values[p[b + BIAS] : p[b + BIAS] + n],
        counters,
        reals,
        p[b + PARAMETERS],
        p[b + SUBTRACTS] > 0,
        flags,
    )
    send_flags(p, b + SENT, flags, values, index, counters)


@numba.njit(cache=True)
def step_sparse(
    p: Program,
    b: int,
    values: Values,
    index: Index,
    counters: Counters,
    reals: Reals,
    flags: Flags,
) -> None:
    """Advance neurons of a sparse layer by one step."""
    n = p[b + SENT + SIZE]
    heard = p[b + HEARD + VALUES]
    _advance_sparse(
        values[p[b + U] : p[b + U] + n],
        values[p[b + V] : p[b + V] + n],
        values[p[b + FEEDBACK] : p[b + FEEDBACK] + n],
        values[heard : heard + n],
        counters,
        reals,
        p[b + PARAMETERS],
        flags,
    )
    send_flags(p, b + SENT, flags, values, index, counters)


def _follow_fixed(
    synaptic: Any, counters: Any, reals: Any, x: Any, n: Any, spikes: Any, a: Any
) -> Any:
    trace_fixed(counters[x : x + n], spikes, counters[a], counters[a + 1])


def _follow_float(
    synaptic: Any, counters: Any, reals: Any, x: Any, n: Any, spikes: Any, a: Any
) -> Any:
    trace_float(reals[x : x + n], spikes, reals[a], reals[a + 1])


def _learn_fixed(
    synaptic: Any, counters: Any, reals: Any, shape: Any, pre_is_residual: Any, places: Any,
    seed: Any, t: Any,
) -> Any:  # fmt: skip
    pre, post = shape
    weights, tags, x, y, a = places
    w = synaptic[weights : weights + pre * post].reshape((pre, post))
    g = synaptic[tags : tags + pre * post].reshape((pre, post))
    xs, ys = counters[x : x + pre], counters[y : y + post]
    rule = (counters[a + 2], counters[a + 3], counters[a + 4], counters[a + 5])
    mantissa, shift, reference, least = rule
    if pre_is_residual:
        learn_fixed(w, g, xs, ys, mantissa, shift, reference, least, seed, t)
    else:
        learn_fixed(w.T, g.T, ys, xs, mantissa, shift, reference, least, seed, t)


def _learn_float(
    synaptic: Any, counters: Any, reals: Any, shape: Any, pre_is_residual: Any, places: Any,
    seed: Any, t: Any,
) -> Any:  # fmt: skip
    pre, post = shape
    weights, _, x, y, a = places
    w = synaptic[weights : weights + pre * post].reshape((pre, post))
    xs, ys = reals[x : x + pre], reals[y : y + post]
    if pre_is_residual:
        learn_float(w, xs, ys, reals[a + 2], reals[a + 3], reals[a + 4])
    else:
        learn_float(w.T, ys, xs, reals[a + 2], reals[a + 3], reals[a + 4])


_follow = by_numerics(_follow_fixed, _follow_float)
_learn = by_numerics(_learn_fixed, _learn_float)


@numba.njit(cache=True)
def step_residual_dense(
    p: Program,
    b: int,
    t: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Follow the spikes of both sides, learn at the end of an epoch, then sum what arrives."""
    pre, post = p[b + IN + SIZE], p[b + OUT + SIZE]
    arrived = index[p[b + IN + EVENTS] : p[b + IN + EVENTS] + counters[p[b + IN + COUNT]]]
    first = p[b + POST_SPIKES + EVENTS]
    answered = index[first : first + counters[p[b + POST_SPIKES + COUNT]]]
    x, y, rule = p[b + X], p[b + Y], p[b + RULE]
    _follow(synaptic, counters, reals, x, pre, arrived.astype(np.int64), rule)
    _follow(synaptic, counters, reals, y, post, answered.astype(np.int64), rule)
    if counters[p[b + LEARNING]] > 0 and t % p[b + EPOCH] == 0:
        places = (p[b + WEIGHTS], p[b + TAGS], x, y, rule)
        _learn(
            *(synaptic, counters, reals, (pre, post), p[b + PRE_IS_RESIDUAL] > 0, places),
            *(p[b + SEED], t),
        )
    if begin(p, b, values, counters):
        add_spikes(p, b, values, synaptic, index, counters)
        multiply(p, b, values, reals[p[b + GAIN]])
