"""The loop over time steps and nodes: all of it compiled, none of it Python.

It is compiled when it is first called, for each of the numerics; afterwards it comes from numba's
cache on disk.
"""

import numba

from loihi_sleep.engine.kernels import (
    dictionary,
    forager,
    gated,
    lif,
    map_neurons,
    messages,
    plasticity,
    prototype_lif,
    receptive,
    recorders,
    rewarded,
    shuffling,
    sources,
    synapses,
)
from loihi_sleep.engine.kernels.arrays import (
    Counters,
    Flags,
    Index,
    Program,
    Reals,
    Synaptic,
    Values,
)

(
    JOIN,
    RING,
    SPIKE_DRIVE,
    IMAGE_DRIVE,
    CURRENT_DRIVE,
    GATE,
    LIF,
    LIF_RESET,
    TERNARY_LIF,
    REFRACTORY_LIF,
    PROTOTYPE_LIF,
    DENSE,
    SPARSE,
    DELAY_DENSE,
    SHUFFLE,
    PLASTIC,
    GATED,
    MAP_NEURON,
    FORAGER,
    RECEPTIVE,
    REWARDED,
    PROBE,
    SINK,
    MONITOR,
    RESIDUAL_LIF,
    SPARSE_LIF,
    RESIDUAL_DENSE,
    FRAME_DRIVE,
) = range(28)
# The first counter holds which node failed, counted from 1.
FAILED = 0


@numba.njit(cache=True)
def _other_nodes(
    op: int,
    p: Program,
    b: int,
    t: int,
    k: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
    flags: Flags,
) -> None:
    """Step a node that does the same in both numerics."""
    if op == JOIN:
        messages.join(p, b, values, index, counters)
    elif op == DENSE:
        synapses.accumulate_dense(p, b, values, synaptic, index, counters)
    elif op == PLASTIC:
        plasticity.accumulate_plastic(p, b, t, values, synaptic, index, counters, reals)
        plasticity.learn(p, b, t, k, values, synaptic, index, counters, reals)
    elif op == SHUFFLE:
        shuffling.shuffle(p, b, t, values, index, counters)
    elif op == RING:
        sources.play_ring(p, b, t, values, index, counters)
    elif op == SPIKE_DRIVE:
        sources.drive_spikes(p, b, t, values, index, counters, reals, flags)
    elif op == IMAGE_DRIVE:
        sources.show_images(p, b, t, values, index, counters, reals, flags)
    elif op == CURRENT_DRIVE:
        sources.drive_current(p, b, t, values, index, counters, reals)
    elif op == GATE:
        sources.pass_gate(p, b, values, index, counters)
    elif op == SPARSE:
        synapses.accumulate_sparse(p, b, values, synaptic, index, counters)
    elif op == DELAY_DENSE:
        synapses.accumulate_delayed(p, b, values, synaptic, index, counters)
    elif op == PROBE:
        recorders.count_spikes(p, b, t, index, counters)
    elif op == SINK:
        recorders.fill_sink(p, b, t, values)
    elif op == FORAGER:
        forager.step_forager(p, b, t, values, index, counters, reals)
    elif op == REWARDED:
        rewarded.step_rewarded(p, b, t, values, index, counters, reals)
    elif op == MONITOR:
        recorders.monitor(p, b, t, values, synaptic, index, counters, reals)
    elif op == FRAME_DRIVE:
        sources.show_frames(p, b, t, values, index, counters, reals)
    elif op == RESIDUAL_LIF:
        dictionary.step_residual(p, b, values, index, counters, reals, flags)
    elif op == SPARSE_LIF:
        dictionary.step_sparse(p, b, values, index, counters, reals, flags)
    elif op == RESIDUAL_DENSE:
        dictionary.step_residual_dense(p, b, t, values, synaptic, index, counters, reals)


@numba.njit(cache=True, nogil=True)
def run_fixed(
    ops: Program,
    rows: Program,
    p: Program,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
    flags: Flags,
    done: int,
    steps: int,
) -> None:
    """Run the time steps ``done + 1 .. done + steps`` in Loihi's integers."""
    for k in range(steps):
        t = done + k + 1
        for node in range(ops.size):
            op, b = ops[node], rows[node]
            if op in (LIF, LIF_RESET):
                if op == LIF_RESET:
                    lif.reset_at_interval(p, b, t, values)
                lif.step_lif_fixed(p, b, values, index, counters, flags)
            elif op == TERNARY_LIF:
                lif.step_ternary_fixed(p, b, values, index, counters, flags)
            elif op == PROTOTYPE_LIF:
                if not prototype_lif.step_prototype_lif(p, b, values, index, counters, flags):
                    counters[FAILED] = node + 1
                    return
            else:
                _other_nodes(op, p, b, t, k, values, synaptic, index, counters, reals, flags)


@numba.njit(cache=True, nogil=True)
def run_float(
    ops: Program,
    rows: Program,
    p: Program,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
    flags: Flags,
    done: int,
    steps: int,
) -> None:
    """Run the time steps ``done + 1 .. done + steps`` in floating point."""
    for k in range(steps):
        t = done + k + 1
        for node in range(ops.size):
            op, b = ops[node], rows[node]
            if op in (LIF, LIF_RESET):
                if op == LIF_RESET:
                    lif.reset_at_interval(p, b, t, values)
                lif.step_lif_float(p, b, values, index, counters, reals, flags)
            elif op == TERNARY_LIF:
                lif.step_ternary_float(p, b, values, index, counters, reals, flags)
            elif op == REFRACTORY_LIF:
                lif.step_refractory_float(p, b, t, values, index, counters, reals, flags)
            elif op == MAP_NEURON:
                map_neurons.step_map_neurons(p, b, t, values, index, counters, reals, flags)
            elif op == RECEPTIVE:
                receptive.step_receptive(p, b, t, values, index, counters, reals)
            elif op == GATED:
                gated.step_gated_float(p, b, values, synaptic, index, counters, reals)
            else:
                _other_nodes(op, p, b, t, k, values, synaptic, index, counters, reals, flags)


@numba.njit(cache=True, nogil=True)
def bring_up_to_date(
    p: Program,
    b: int,
    last: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Apply the epochs up to `last` to all synapses of a plastic layer."""
    plasticity.apply_to_all_rows(p, b, last, values, synaptic, index, counters, reals)
