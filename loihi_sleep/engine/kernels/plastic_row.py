"""The row of a plastic layer: which numbers it has, and the simplest things that they say."""

import numba

from loihi_sleep.engine.kernels.arrays import Program, Reals
from loihi_sleep.engine.kernels.messages import MESSAGE_FIELDS
from loihi_sleep.engine.kernels.synapses import FIELDS as SYNAPSE_FIELDS

# Row: that of static synapses, the messages of pre- and post-synaptic spikes as the rule sees them,
# the messages of y1, y2, y3.
PRE_SPIKES = SYNAPSE_FIELDS
POST_SPIKES = PRE_SPIKES + MESSAGE_FIELDS
Y_IN = POST_SPIKES + MESSAGE_FIELDS
TRACES = Y_IN + 3 * MESSAGE_FIELDS
# Of each trace x1, x2, y1, y2, y3, five in a row.
(
    # Where its state begins, in values.
    STATE,
    # Where the log of its values begins, -1: no rule asks for it. Pre-synaptic traces lie by slot,
    # neuron and step of the epoch, post-synaptic ones by slot, step and neuron.
    HISTORY,
    # Cell of reals: factor of decay a step, then the impulse and its fraction.
    DECAY,
    # Cell: 0 while it is zero everywhere.
    LIVE,
    TRACE_FIELDS,
) = range(5)
X_TRACES, Y_TRACES = 2, 3
(
    # Where tags lie, in synaptic, if the rule has to do with them.
    TAG_1,
    TAG_2,
    T_EPOCH,
    # Epochs that the log holds: a power of two, at most 64.
    LOG,
    # `uk`: products apply in every so many epochs, 0 for never.
    DECIMATE,
    # 1: y1, y2, y3 come from outside.
    THREE_FACTORS,
    GRADED,
    # Address of the rule's code, in counters: another rule may be set.
    RULE,
    # 1: synapses are listed (sparse), else all are there (dense).
    SPARSE,
    # Cell: CLIP, TOUCH and CLEAR of the next epoch; see below.
    UNCLIPPED,
    # Per neuron: step of its last spike within the epoch, 0 for none. In index.
    TX,
    TY,
    X0,
    Y0,
    # Per row: epoch of its last spike, step of that, in index; the slots of the epochs that can
    # change it and are not yet applied, a bit each, in counters.
    SPIKE_EPOCH,
    SPIKE_STEP,
    PENDING,
    # Logs by slot. In index: post-synaptic neurons that spiked, the step at which each last did. In
    # counters: how many they are, what holds for the whole epoch, the noise of rounding.
    LOG_POST,
    LOG_STEP,
    LOG_COUNT,
    LOG_WHOLE,
    LOG_NOISE,
    # Logs by slot and step: post-synaptic neurons whose synapses a pre-synaptic spike can change,
    # in index, and how many they are, in counters, -1 for too many; then room to find them.
    LISTS,
    LISTED,
    LOOKED,
    # Where a row's synapses of spiking neurons are put aside, in synaptic.
    ASIDE,
    # Random numbers of a chunk of steps, in reals; see `loihi_sleep.engine.randomness`.
    DRAWS,
    CHUNK,
    SEED,
    # Lowest and highest value of w, d and t, six in a row in reals; log2 of the step of weights.
    BOUNDS,
    STEP_BITS,
    # Pre-synaptic neurons that have spiked in the epoch, in index, and their number.
    PRE_SPIKED,
    PRE_COUNT,
    # Sparse only: for each post-synaptic neuron where its synapses are listed, their places and
    # pre-synaptic neurons.
    FIRST_BY_POST,
    PLACE_BY_POST,
    PRE_BY_POST,
    FIELDS,
) = range(TRACES + 5 * TRACE_FIELDS, TRACES + 5 * TRACE_FIELDS + 37)

# Rows of DRAWS, CHUNK numbers each.
X_DECAY, X_IMPULSE, Y_DECAY, Y_IMPULSE, Y_IMPULSE_MIDWAY, ROUNDING, DRAW_ROWS = range(7)
# Of LOG_WHOLE: `uk` products apply; values out of range are to be clipped, once; every synapse that
# a spike touches changes, even where products are zero, as some values cannot be stored; x0 or y0
# were set from outside and are to be cleared.
APPLY_U, CLIP, TOUCH, CLEAR = 1, 2, 4, 8
# Instead of a row, where the rule's code is to note what an epoch can change.
ALL_ROWS = -1
# Where fewer neurons than this spike in an epoch their rows are visited as a whole.
FEW_ROWS = 4
# A list of more than this part of the post-synaptic neurons is not kept.
LISTED_PART = 8


@numba.njit(cache=True)
def draw(p: Program, b: int, row: int, k: int, reals: Reals) -> float:
    """Random number of step k of the chunk."""
    return reals[p[b + DRAWS] + row * p[b + CHUNK] + k]


@numba.njit(cache=True)
def slot_of(p: Program, b: int, epoch: int) -> int:
    """Where an epoch is in the log."""
    return epoch & (p[b + LOG] - 1)


@numba.njit(cache=True)
def trace_row(b: int, trace: int) -> int:
    """Where the fields of a trace begin: 0, 1 for x1, x2 and 2, 3, 4 for y1, y2, y3."""
    return b + TRACES + trace * TRACE_FIELDS
