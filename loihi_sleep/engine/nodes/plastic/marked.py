"""Synapses of a neuron whose partners are marked, put aside as places and partners.

Which of them are marked nobody can foresee: they are listed without a branch, and what is done with
each comes afterwards, so that the processor waits for the memory for several at once.
"""

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows, Values, number
from loihi_sleep.engine.kernels.call import fetch_ahead
from loihi_sleep.engine.nodes.plastic.coded_list import first_bit, next_partner
from loihi_sleep.engine.nodes.plastic.row import PLASTIC
from loihi_sleep.engine.nodes.synapses.partners import (
    partner,
    place_near,
    place_of,
    synapses_with,
)
from loihi_sleep.engine.rows import SIZE
from loihi_sleep.engine.steps import kernel

# Synapses that spikes reach for each partner that is looked at before.
WORTH_WHILE = 0.125


@kernel
def is_worth_while(p: Rows, b: int, spikes: int, index: Values, rows: bool) -> bool:
    """Tell whether so many spikes, of `rows` or not, reach enough synapses to look at partners."""
    pre, post = p[b + PLASTIC.received + SIZE], p[b + PLASTIC.out + SIZE]
    neurons, partners = (pre, post) if rows else (post, pre)
    synapses = number(index, p[b + PLASTIC.first_by_post] + post)
    return spikes * synapses > WORTH_WHILE * partners * neurons


@kernel
def list_by_pre(p: Rows, b: int) -> tuple[int, int, int]:
    """Where the list by pre-synaptic neuron begins, its partners are, and its blocks."""
    return p[b + PLASTIC.first_synapse], p[b + PLASTIC.post], p[b + PLASTIC.post_blocks]


@kernel
def aside(p: Rows, b: int) -> tuple[int, int, int]:
    """Where the marks are, and the places and partners that are put aside."""
    return p[b + PLASTIC.looked], p[b + PLASTIC.places], p[b + PLASTIC.partners]


@kernel
def list_marked_posts(p: Rows, b: int, row: int, index: Values) -> int:
    """List synapses of a pre-synaptic neuron; return how many there are."""
    first, listed, blocks = list_by_pre(p, b)
    marks, places, partners = aside(p, b)
    found = 0
    for block in range(max(1, blocks)):
        begin, stop = synapses_with(index, first, blocks, block, row)
        for s in range(begin, stop):
            i = partner(index, listed, blocks, block, s)
            index[np.uint64(places + found)] = s
            index[np.uint64(partners + found)] = i
            found += number(index, marks + i)
    return found


@kernel
def list_marked_rows(p: Rows, b: int, i: int, index: Values, synaptic: Values) -> int:
    """List synapses of a post-synaptic neuron, fetch their weights; return how many there are."""
    low, high, bits, buckets = (
        p[b + PLASTIC.pre_low],
        p[b + PLASTIC.pre_high],
        p[b + PLASTIC.pre_bits],
        p[b + PLASTIC.pre_buckets],
    )
    marks, places, partners = aside(p, b)
    found = 0
    by_post = p[b + PLASTIC.first_by_post] + i
    begin, stop = number(index, by_post), number(index, by_post + 1)
    at = first_bit(buckets, begin, i)
    for q in range(begin, stop):
        row, at = next_partner(index, low, high, bits, buckets, i, q, at)
        index[np.uint64(partners + found)] = row
        found += number(index, marks + row)
    first, listed, blocks = list_by_pre(p, b)
    post = p[b + PLASTIC.out + SIZE]
    for k in range(found):
        row = number(index, partners + k)
        near = place_near(index, first, blocks, post, row, i)
        index[np.uint64(places + k)] = near
        fetch_ahead(index, listed + (near >> 1 if blocks else near))
    for k in range(found):
        row, near = number(index, partners + k), number(index, places + k)
        s = place_of(index, first, listed, blocks, row, i, near)
        index[np.uint64(places + k)] = s
        fetch_ahead(synaptic, p[b + PLASTIC.weights] + s)
    return found
