"""Plastic synapses of `processes.gated_dense`: float only, weights by pre-synaptic neuron."""

import numba

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Reals, Synaptic, Values
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES
from loihi_sleep.engine.kernels.synapses import FIELDS as SYNAPSE_FIELDS
from loihi_sleep.engine.kernels.synapses import IN, OUT, WEIGHTS, add_spikes, begin, multiply
from loihi_sleep.processes.kernels.gated_hebb import learn_gated

# Row: that of static synapses, the messages of pre- and post-synaptic spikes as the rule sees them,
# then in reals: what arrived in the last step, and the cells of the parameters.
PRE_SPIKES = SYNAPSE_FIELDS
POST_SPIKES = PRE_SPIKES + MESSAGE_FIELDS
BEFORE, GAIN, POTENTIATION, DEPRESSION, WIDTH, FIELDS = range(
    POST_SPIKES + MESSAGE_FIELDS, POST_SPIKES + MESSAGE_FIELDS + 6
)


@numba.njit(cache=True)
def step_gated_float(
    p: Program,
    b: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Learn from the spikes that the last step caused, then sum what arrives in this one."""
    pre, post = p[b + IN + SIZE], p[b + OUT + SIZE]
    before = reals[p[b + BEFORE] : p[b + BEFORE] + pre]
    spikes = counters[p[b + POST_SPIKES + COUNT]]
    if spikes:
        events = p[b + POST_SPIKES + EVENTS]
        weights = synaptic[p[b + WEIGHTS] : p[b + WEIGHTS] + pre * post].reshape((pre, post))
        learn_gated(
            weights.T,
            before,
            index[events : events + spikes],
            reals[p[b + POTENTIATION]],
            reals[p[b + DEPRESSION]],
            reals[p[b + WIDTH]],
        )
    if begin(p, b, values, counters):
        add_spikes(p, b, values, synaptic, index, counters)
        multiply(p, b, values, reals[p[b + GAIN]])
    spikes_at = p[b + PRE_SPIKES + VALUES]
    before[:] = values[spikes_at : spikes_at + pre]
