"""`loihi_sleep.processes.rewarded_synapses`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import FLAG, NOT_NEGATIVE, Range
from loihi_sleep.engine.kernels.arrays import Rows, matrix, part
from loihi_sleep.engine.kernels.messages import send_nothing
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.synapses.build import count_all, synaptic
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.reward_unit import REWARD_UNIT
from loihi_sleep.processes.kernels.rewarded_stdp import (
    chip_weight,
    finish_cycle,
    pair,
    transmit_balanced,
)

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

_REALS = ("initial_sum", "mean_weight", "input_sum", "rate", "eligibility", "x", "y")
_COUNTS = ("eligible", "x_step", "y_step", "spikes", "cycles", "asleep", "learning")
ROW = row(
    "RewardedSynapses",
    # What is sent; pre- and post-synaptic spikes, reward, phase.
    *(message(name) for name in ("out", "pre", "post", "reward", "phase")),
    # State in reals, then in counters.
    *("weights", *_REALS),
    *("frozen", *_COUNTS),
    # In reals: the scale is that of integer weights, the worth that of a reward of 1 on the port.
    *("inhibition", "release", "scale", "reward_worth", "pairing", "stabilizers"),
    *("memory", "seed", "cycle_steps", "scaled_asleep"),
)


def _transmit_integers(
    activation: Any, weights: Any, mean_weight: Any, inhibition: Any, release: Any, scale: Any,
    seed: Any, t: Any, neuron: Any,
) -> Any:  # fmt: skip
    for j in range(activation.size):
        activation[j] += np.int32(
            chip_weight(weights[neuron, j], mean_weight[neuron], inhibition, scale)
        )


def _transmit_conductance(
    conductance: Any, weights: Any, mean_weight: Any, inhibition: Any, release: Any, scale: Any,
    seed: Any, t: Any, neuron: Any,
) -> Any:  # fmt: skip
    transmit_balanced(weights, mean_weight, inhibition, release, seed, t, neuron, conductance)


# transmit(sums, ...): add what a spike brings to what is sent, in the numerics of the sums.
transmit = by_numerics(_transmit_integers, _transmit_conductance)


@kernel
def _finish_cycle(p: Rows, b: int, asleep: int, m: Memory) -> None:
    pre, post, memory = p[b + ROW.pre + SIZE], p[b + ROW.out + SIZE], p[b + ROW.memory]
    first, a = p[b + ROW.eligibility], p[b + ROW.stabilizers]
    finish_cycle(
        matrix(m.reals, p[b + ROW.weights], pre, post),
        matrix(m.counters, p[b + ROW.frozen], pre, post),
        part(m.reals, first, memory * pre * post).reshape((memory, pre, post)),
        matrix(m.counters, p[b + ROW.eligible], memory, pre),
        part(m.reals, p[b + ROW.initial_sum], pre),
        part(m.reals, p[b + ROW.input_sum], post),
        part(m.reals, p[b + ROW.mean_weight], pre),
        part(m.reals, p[b + ROW.rate], post),
        part(m.reals, p[b + ROW.y], post),
        part(m.counters, p[b + ROW.spikes], post),
        part(m.counters, p[b + ROW.cycles], 1),
        m.reals[p[b + ROW.reward_worth]] * m.values[p[b + ROW.reward + VALUES]],
        m.counters[p[b + ROW.asleep]] > 0,
        m.counters[p[b + ROW.asleep]] != asleep,
        m.counters[p[b + ROW.learning]] > 0,
        p[b + ROW.scaled_asleep] > 0,
        (
            m.reals[a],
            m.reals[a + 1],
            m.reals[a + 2],
            m.reals[a + 3],
            m.reals[a + 4],
            m.reals[a + 5],
        ),
    )


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """End the last cycle where a new one begins, pair spikes, then sum what arrives."""
    pre, post, memory = p[b + ROW.pre + SIZE], p[b + ROW.out + SIZE], p[b + ROW.memory]
    out = p[b + ROW.out + VALUES]
    send_nothing(p, b + ROW.out, m)
    asleep = 1 if m.values[p[b + ROW.phase + VALUES]] != 0 else 0
    if t > 1 and (t - 1) % p[b + ROW.cycle_steps] == 0:
        _finish_cycle(p, b, asleep, m)
    m.counters[p[b + ROW.asleep]] = asleep
    arrived, answered = m.counters[p[b + ROW.pre + COUNT]], m.counters[p[b + ROW.post + COUNT]]
    if arrived == 0 and answered == 0:
        return
    pre_spikes = part(m.index, p[b + ROW.pre + EVENTS], arrived).astype("int64")
    if m.counters[p[b + ROW.learning]] > 0:
        post_spikes = part(m.index, p[b + ROW.post + EVENTS], answered).astype("int64")
        for j in post_spikes:
            m.counters[p[b + ROW.spikes] + j] += 1
        slot = m.counters[p[b + ROW.cycles]] % memory
        rows = p[b + ROW.eligibility] + slot * pre * post
        eligible = p[b + ROW.eligible] + slot * pre
        a = p[b + ROW.pairing]
        pair(
            matrix(m.reals, rows, pre, post),
            part(m.reals, p[b + ROW.x], pre),
            part(m.counters, p[b + ROW.x_step], pre),
            part(m.reals, p[b + ROW.y], post),
            part(m.counters, p[b + ROW.y_step], post),
            part(m.counters, eligible, pre),
            pre_spikes,
            post_spikes,
            t,
            (m.reals[a], m.reals[a + 1], m.reals[a + 2]),
        )
    if arrived > 0:
        m.counters[p[b + ROW.out + COUNT]] = post
        weights = matrix(m.reals, p[b + ROW.weights], pre, post)
        mean_weight = part(m.reals, p[b + ROW.mean_weight], pre)
        conductance = part(m.values, out, post)
        inhibition, release = m.reals[p[b + ROW.inhibition]], m.reals[p[b + ROW.release]]
        for i in pre_spikes:
            transmit(
                conductance,
                weights,
                mean_weight,
                inhibition,
                release,
                m.reals[p[b + ROW.scale]],
                p[b + ROW.seed],
                t,
                i,
            )


STEP = Step("RewardedSynapses", ROW, fixed=step, float=step)


def _build(builder: Builder, synapses: AbstractProcess) -> None:
    parameters, out = synapses.proc_params, builder.sent(synapses.a_out)
    builder.expose_message(synapses.conductance, out, begins=True)
    count_all(builder, synapses)
    cell = builder.storage.cell
    builder.add(
        STEP,
        out=out,
        pre=builder.receive(synapses.s_in, events=True),
        post=builder.receive(synapses.s_in_bap, events=True),
        reward=builder.receive(synapses.reward_in),
        phase=builder.receive(synapses.phase_in),
        weights=builder.store_real(synapses.weights, by_column=True),
        **{name: builder.store_real(getattr(synapses, name)) for name in _REALS},
        frozen=builder.store_count(synapses.frozen, by_column=True),
        **{name: builder.store_count(getattr(synapses, name)) for name in _COUNTS},
        **{name: cell("reals", parameters[name]) for name in ("inhibition", "release", "scale")},
        reward_worth=cell("reals", REWARD_UNIT if builder.fixed else 1.0),
        pairing=builder.parameters("reals", parameters["pairing"]),
        stabilizers=builder.parameters("reals", parameters["stabilizers"]),
        memory=synapses.eligible.shape[0],
        seed=parameters["seed"],
        cycle_steps=parameters["cycle_steps"],
        scaled_asleep=int(parameters["scaled_asleep"]),
    )


def _ranges(synapses: AbstractProcess, fixed: bool) -> dict[str, Range]:
    flags = ("frozen", "eligible", "asleep", "learning")
    sums = ("weights", "initial_sum", "mean_weight", "input_sum", "rate")
    steps = ("x_step", "y_step", "spikes", "cycles")
    return dict.fromkeys(flags, FLAG) | dict.fromkeys((*sums, *steps), NOT_NEGATIVE)


NODE = synaptic(
    _build, STEP, receives=("s_in", "s_in_bap", "reward_in", "phase_in"), ranges=_ranges
)
