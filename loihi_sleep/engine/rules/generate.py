"""The function of a rule: its frame, around the lines for a dense or a sparse layer."""

from __future__ import annotations

from loihi_sleep.engine.rules import dense, sparse
from loihi_sleep.engine.rules.layer import places
from loihi_sleep.engine.rules.text import RuleText, nested

_HEADER = """\
import numba
import numpy as np
from numba import carray
from numba.cpython.unsafe.numbers import trailing_zeros

from loihi_sleep.engine.kernels.accumulator import (
    added, ends_added, ends_move, ends_of, multiplied, rounded, rounded_alone, scaled, stored,
    summed
)
from loihi_sleep.engine.kernels.arrays import fill, number, part, place
from loihi_sleep.engine.nodes.plastic.marked import (
    is_worth_while, list_marked_posts, list_marked_rows
)
from loihi_sleep.engine.nodes.plastic.parts import (
    epoch_at, find_parts, fixed_range, float_range, last_step, seed_keys, trace_at, traces_at,
    whole_number
)
from loihi_sleep.engine.nodes.plastic.pending import (
    epoch_bits, gather, list_found, list_of, mark_all, mark_listed, oldest_first, own_epoch,
    replace_marks, scatter, set_marks, step_bit, taken, vectors, with_own
)
from loihi_sleep.engine.nodes.plastic.row import (
    APPLY_U, CLIP, FEW_ROWS, OWN, POST_BITS, TOUCH, VECTOR
)
from loihi_sleep.engine.rules.pipeline import RuleCompiler


@numba.njit(
    "void(CPointer({values}), CPointer({synaptic}), CPointer(int32), CPointer(int64),"
    "CPointer(float64), CPointer(int64), int64, int64, int64, int64)",
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
    pipeline_class=RuleCompiler,
)
def rule(values_at, synaptic_at, index_at, counters_at, reals_at, p_at, b, last, rows_at, rows):
    values, synaptic = carray(values_at, 1 << 40), carray(synaptic_at, 1 << 40)
    index, counters = carray(index_at, 1 << 40), carray(counters_at, 1 << 40)
    reals, p = carray(reals_at, 1 << 40), carray(p_at, 1 << 40)
    # Said to the compiler: no place counts from the end.
    if not 0 <= b < 1 << 39:
        return
"""


def source(rule: RuleText) -> str:
    """Write the function of a rule as Python text for numba."""
    kind = ("int32", "int16") if rule.fixed else ("float64", "float64")
    lines = [*places(rule), *(sparse.layer(rule) if rule.sparse else dense.layer(rule))]
    return "\n".join([_HEADER.format(values=kind[0], synaptic=kind[1]), *nested(lines), ""])
