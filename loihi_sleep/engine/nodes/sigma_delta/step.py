"""Neurons that send changes, as lava-nc's `Sigma`, `Delta` and `SigmaDelta`.

A layer is at rest when a step in which nothing arrives could change nothing more: what has not been
sent is below the threshold, and no error accumulates. Then it is skipped until something arrives or
a host sets a Var.
"""

from loihi_sleep.engine.kernels.arrays import Rows, part
from loihi_sleep.engine.kernels.call import uncounted
from loihi_sleep.engine.kernels.messages import clear, list_events, list_flagged
from loihi_sleep.engine.kernels.wrapping import (
    left_factor,
    magnitude,
    right_bits,
    shifted_right,
    wrapped,
)
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel

# What is sent is the sum itself. Cell: 1 where a host has set it.
SIGMA = row("Sigma", message("out"), message("a_in"), "was_set")
DELTA = row(
    "Delta",
    message("out"),
    message("a_in"),
    # Last activation, what of its changes was not sent, the sum of that, and the threshold.
    *("act", "residue", "error", "vth"),
    # Cells: whether errors accumulate, and whether the layer is at rest.
    *("cum_error", "at_rest"),
    # In index: bits by which input is shifted left (with those of the state), and output right.
    *("spike_exp", "state_exp"),
)
# 1 in `rectified` where an activation below 0 is 0.
SIGMA_DELTA = DELTA.extend("SigmaDelta", "sigma", "bias", "rectified")


@kernel
def step_sigma(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Add what arrives to the sum, and send it: what was sent before where nothing arrives."""
    p = uncounted(p)
    m = uncounted(m)
    if not (m.counters[p[b + SIGMA.a_in + COUNT]] or m.counters[p[b + SIGMA.was_set]]):
        return
    n = p[b + SIGMA.out + SIZE]
    sigma = part(m.values, p[b + SIGMA.out + VALUES], n)
    a_in = part(m.values, p[b + SIGMA.a_in + VALUES], n)
    for j in range(n):
        sigma[j] = wrapped(sigma[j] + a_in[j])
    list_events(p, b + SIGMA.out, m)
    m.counters[p[b + SIGMA.was_set]] = 0


@kernel
def _rests(p: Rows, b: int, m: Memory) -> bool:
    """Tell whether a step can change nothing; then take back what was sent in the last one."""
    rests = m.counters[p[b + DELTA.a_in + COUNT]] == 0 and m.counters[p[b + DELTA.at_rest]] > 0
    if rests:
        clear(p, b + DELTA.out, m)
    return rests


@kernel
def _send_changes(p: Rows, b: int, m: Memory) -> None:
    """Send the changes, which are in `residue`, that reach the threshold; keep the others there."""
    n, out = p[b + DELTA.out + SIZE], p[b + DELTA.out + VALUES]
    residue = part(m.values, p[b + DELTA.residue], n)
    vth = m.values[p[b + DELTA.vth]]
    if m.counters[p[b + DELTA.cum_error]]:
        error = part(m.values, p[b + DELTA.error], n)
        for j in range(n):
            error[j] = wrapped(error[j] + residue[j])
            m.values[out + j] = residue[j] if magnitude(error[j]) >= vth else 0
            # As Lava multiplies: infinity does not become 0.
            error[j] = error[j] * (0 if magnitude(m.values[out + j]) > 0 else 1)
    else:
        for j in range(n):
            m.values[out + j] = residue[j] if magnitude(residue[j]) >= vth else 0
    bits = right_bits(vth, m.index[p[b + DELTA.state_exp]])
    for j in range(n):
        residue[j] = wrapped(residue[j] - m.values[out + j])
        m.values[out + j] = shifted_right(m.values[out + j], bits)
        m.flags[j] = m.values[out + j] != 0
    m.counters[p[b + DELTA.out + COUNT]] = list_flagged(m, n, p[b + DELTA.out + EVENTS])


@kernel
def _note_rest(p: Rows, b: int, m: Memory) -> None:
    """Look for rest after a step: the next one without input would be as this one was."""
    rests = m.counters[p[b + DELTA.a_in + COUNT]] == 0
    if rests and m.counters[p[b + DELTA.cum_error]]:
        for j in range(p[b + DELTA.out + SIZE]):
            rests &= m.values[p[b + DELTA.residue] + j] == 0
    m.counters[p[b + DELTA.at_rest]] = rests


@kernel
def step_delta(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `Delta`."""
    p = uncounted(p)
    m = uncounted(m)
    if _rests(p, b, m):
        return
    n = p[b + DELTA.out + SIZE]
    act = part(m.values, p[b + DELTA.act], n)
    residue = part(m.values, p[b + DELTA.residue], n)
    a_in = part(m.values, p[b + DELTA.a_in + VALUES], n)
    vth = m.values[p[b + DELTA.vth]]
    bits = wrapped(m.index[p[b + DELTA.spike_exp]] + m.index[p[b + DELTA.state_exp]])
    factor = left_factor(vth, bits)
    for j in range(n):
        new = wrapped(a_in[j] * factor)
        residue[j] = wrapped(new - act[j] + residue[j])
        act[j] = new
    _send_changes(p, b, m)
    _note_rest(p, b, m)


@kernel
def step_sigma_delta(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `SigmaDelta`."""
    p = uncounted(p)
    m = uncounted(m)
    if _rests(p, b, m):
        return
    n = p[b + DELTA.out + SIZE]
    sigma = part(m.values, p[b + SIGMA_DELTA.sigma], n)
    if m.counters[p[b + DELTA.a_in + COUNT]]:
        a_in = part(m.values, p[b + DELTA.a_in + VALUES], n)
        for j in range(n):
            sigma[j] = wrapped(sigma[j] + a_in[j])
    act = part(m.values, p[b + DELTA.act], n)
    residue = part(m.values, p[b + DELTA.residue], n)
    bias = part(m.values, p[b + SIGMA_DELTA.bias], n)
    rectified = p[b + SIGMA_DELTA.rectified] > 0
    for j in range(n):
        new = wrapped(sigma[j] + bias[j])
        # Not the larger of the two: NaN stays.
        new = wrapped(0 if rectified and new < 0 else new)
        residue[j] = wrapped(new - act[j] + residue[j])
        act[j] = new
    _send_changes(p, b, m)
    _note_rest(p, b, m)


SIGMA_STEP = Step("Sigma", SIGMA, fixed=step_sigma, float=step_sigma)
DELTA_STEP = Step("Delta", DELTA, fixed=step_delta, float=step_delta)
SIGMA_DELTA_STEP = Step("SigmaDelta", SIGMA_DELTA, fixed=step_sigma_delta, float=step_sigma_delta)
