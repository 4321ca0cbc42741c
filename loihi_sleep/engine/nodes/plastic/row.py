"""The row of a plastic layer, and the simplest things that it says."""

from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.synapses.step import LISTED
from loihi_sleep.engine.rows import message, row
from loihi_sleep.engine.steps import kernel

TRACE = row(
    "a trace",
    # Where its state begins, in values.
    "state",
    # Where the log of its values begins, in the order of slot, step of the epoch and neuron; -1: no
    # rule asks for it.
    "history",
    # Cell of reals: factor of decay a step, then the impulse and its fraction.
    "decay",
    # Cell: 0 while it is zero everywhere, FITS while it is from 0 to 127 everywhere, else 1.
    "live",
)
TRACE_WIDTH = TRACE.width
X_TRACES, Y_TRACES = 2, 3
PLASTIC = LISTED.extend(
    "plastic synapses",
    # Pre- and post-synaptic spikes as the rule sees them; y1, y2, y3.
    *(message(name) for name in ("pre_spikes", "post_spikes", "y1_in", "y2_in", "y3_in")),
    # x1, x2, y1, y2, y3.
    ("traces", (X_TRACES + Y_TRACES) * TRACE_WIDTH),
    # Where tags are, in synaptic, if the rule has to do with them.
    *("tag_1", "tag_2"),
    "t_epoch",
    # Epochs that the log has room for: a power of two, at most 64.
    "log",
    # `uk`: products apply in every so many epochs, 0 for never.
    "decimate",
    # 1: y1, y2, y3 come from outside.
    "three_factors",
    "graded",
    # Address of the rule's code, in counters: another rule may be set.
    "rule",
    # 1: synapses are listed (sparse), else all are there (dense).
    "sparse",
    # Cell: CLIP, TOUCH and CLEAR of the next epoch; see below.
    "unclipped",
    # Per neuron: step of its last spike within the epoch, 0 for none. In index.
    *("tx", "ty", "x0", "y0"),
    # Per row, in index: epoch of its last spike, step of that, what can change it and is not yet
    # applied: see POST_BITS and OWN. Sparse: of these only the step, which is `tx`.
    *("spike_epoch", "spike_step", "pending"),
    # Dense only: all rows, in index.
    "all_rows",
    # Logs by slot. In index: post-synaptic neurons that spiked, by the step at which each last did.
    # In counters: how many they are, what holds for the whole epoch, the noise of rounding.
    *("log_post", "log_count", "log_whole", "log_noise"),
    # Logs by slot and step. In index: where in `log_post` the neurons of a step end;
    # post-synaptic neurons whose synapses a pre-synaptic spike can change. In counters: how many
    # those are, -1 for too many. Then scratch, `SCRATCH` times as long as the longer side; sparse:
    # once, for longer epochs twice, and of the fields here and in the next line nothing else.
    *("log_ends", "lists", "listed", "looked"),
    # Where a row's synapses of spiking neurons are put aside, in synaptic.
    "aside",
    # Random numbers of a chunk of steps, in reals; see the module `randomness`.
    *("draws", "chunk"),
    # Cell: seed of the rule.
    "seed",
    # Cells, one a trace: in fixed the largest of its values in the last epoch, without a sign.
    "most",
    # Lowest and highest value of w, d and t, six in a row in reals; log2 of the step of weights.
    *("bounds", "step_bits"),
    # Pre-synaptic neurons that have spiked in the epoch, in index, their number, and, step by step,
    # where those end that spiked first in a step; at the end of the epoch that spiked last in it.
    *("pre_spiked", "pre_count", "pre_ends"),
    # Sparse only: where synapses of a neuron are put aside, in index.
    *("partners", "places"),
    # Sparse only: the list by post-synaptic neuron; see the module `coded_list`.
    *("first_by_post", "pre_low", "pre_high", "pre_bits", "pre_buckets"),
)
UPDATE = row("synapses that are brought up to date", "layer")

# Rows of `draws`, `chunk` numbers each.
X_DECAY, X_IMPULSE, Y_DECAY, Y_IMPULSE, Y_IMPULSE_MIDWAY, ROUNDING, DRAW_ROWS = range(7)
# Of `log_whole`: `uk` products apply; values out of range are to be clipped, once; every synapse
# that a spike touches changes, even where products are zero, as some values cannot be stored; x0 or
# y0 were set from outside and are to be cleared.
APPLY_U, CLIP, TOUCH, CLEAR = 1, 2, 4, 8
# What is pending of a row: for each step of the log a bit that says whether post-synaptic neurons
# which spiked then may change it, in the order of slot and step; steps of epochs that have more of
# them share bits. Then whether its own last spike may, of which there is one at most.
POST_BITS, OWN = 16, 1 << 16
# Instead of where rows are listed, if the rule's code is to note what an epoch can change.
ALL_ROWS = -1
# Where fewer neurons than this spike in an epoch their rows are visited as a whole.
FEW_ROWS = 2
# Parts of the scratch.
SCRATCH = 3
# Where neurons of a list are gone through, so many at a time: behind its end there is room for as
# many, and what is there are neurons as well.
VECTOR = 8
# Of a trace, see there.
FITS = 2
# Where fewer values than this decay with the same random number, it is not worth while to look for
# the factor as a whole number.
FEW_VALUES = 1536
# A list of more than this part of the post-synaptic neurons is not kept.
LISTED_PART = 8


@kernel
def draw(p: Rows, b: int, row: int, k: int, m: Memory) -> float:
    """Random number of step k of the chunk."""
    return m.reals[p[b + PLASTIC.draws] + row * p[b + PLASTIC.chunk] + k]


@kernel
def slot_of(p: Rows, b: int, epoch: int) -> int:
    """Where an epoch is in the log."""
    return epoch & (p[b + PLASTIC.log] - 1)


@kernel
def trace_row(b: int, trace: int) -> int:
    """Where the fields of a trace begin: 0, 1 for x1, x2 and 2, 3, 4 for y1, y2, y3."""
    return b + PLASTIC.traces + trace * TRACE_WIDTH
