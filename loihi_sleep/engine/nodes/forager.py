"""`loihi_sleep.processes.forager`: the closed loop through the world, inside the compiled run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import NOT_NEGATIVE, Range
from loihi_sleep.engine.kernels.arrays import Rows, fill, matrix, part
from loihi_sleep.engine.kernels.messages import send_nothing
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.foraging_world import DIRECTIONS, EMPTY, Orientation, view
from loihi_sleep.processes.kernels.movement import act
from loihi_sleep.processes.kernels.reward_unit import to_integer_reward
from loihi_sleep.processes.kernels.schedule import advance, is_asleep

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Of the world, its schedule and what was eaten, in counters.
_COUNTS = (
    *("grid", "particles", "agent", "drawn", "eaten", "counts"),
    *("wake_steps", "sleep_steps", "elapsed"),
)
ROW = row(
    "Forager",
    # Pulses and reward that are sent, output spikes.
    *(message(name) for name in ("out", "reward", "spikes")),
    "world_size",
    "particle_count",
    *_COUNTS,
    # In reals.
    *("worth", "sleep_reward", "exploration"),
    *("seed", "cycle_steps", "decision_steps", "steps_after_move"),
)
_AGENT_FIELDS, _ORIENTATIONS, _PLACE = 4, 4, 3


def _in_units(values: Any, reward: Any) -> Any:
    return to_integer_reward(reward)


def _as_is(values: Any, reward: Any) -> Any:
    return reward


# sent_reward(values, reward): a reward as the message of these values holds it.
sent_reward = by_numerics(_in_units, _as_is)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Listen to the outputs; at the end of a cycle, move, and decide what is sent next."""
    out, reward_out = p[b + ROW.out + VALUES], p[b + ROW.reward + VALUES]
    n = p[b + ROW.out + SIZE]
    send_nothing(p, b + ROW.out, m)
    lines = p[b + ROW.reward + SIZE]
    sent = part(m.values, reward_out, lines)
    fill(sent, 0)
    m.counters[p[b + ROW.reward + COUNT]] = 0
    step = (t - 1) % p[b + ROW.cycle_steps]
    if step < p[b + ROW.decision_steps]:
        for i in range(m.counters[p[b + ROW.spikes + COUNT]]):
            m.counters[p[b + ROW.counts] + m.index[p[b + ROW.spikes + EVENTS] + i]] += 1
    wake_steps, sleep_steps = m.counters[p[b + ROW.wake_steps]], m.counters[p[b + ROW.sleep_steps]]
    asleep = is_asleep(m.counters[p[b + ROW.elapsed]], wake_steps)
    m.counters[p[b + ROW.elapsed]] = advance(
        m.counters[p[b + ROW.elapsed]], wake_steps, sleep_steps
    )
    last = p[b + ROW.cycle_steps] - 1
    moves = step == last - p[b + ROW.steps_after_move]
    if step < last and not moves:
        return
    size = p[b + ROW.world_size]
    grid = matrix(m.counters, p[b + ROW.grid], size, size)
    counts = part(m.counters, p[b + ROW.counts], p[b + ROW.spikes + SIZE])
    agent = part(m.counters, p[b + ROW.agent], _AGENT_FIELDS)
    if not moves:
        reward = 0.0
    elif asleep:
        reward = m.reals[p[b + ROW.sleep_reward]]
    else:
        first, many = p[b + ROW.particles], p[b + ROW.particle_count]
        reward = act(
            grid,
            matrix(m.counters, first, many, _PLACE),
            agent,
            part(m.counters, p[b + ROW.drawn], 1),
            p[b + ROW.seed],
            counts,
            part(m.counters, p[b + ROW.eaten], _ORIENTATIONS),
            part(m.reals, p[b + ROW.worth], _ORIENTATIONS + 1),
            m.reals[p[b + ROW.exploration]],
        )
    sent_now = sent_reward(m.values, reward)
    fill(sent, sent_now)
    m.counters[p[b + ROW.reward + COUNT]] = lines if sent_now != 0 else 0
    if moves:
        fill(counts, 0)
    if step == last and not is_asleep(m.counters[p[b + ROW.elapsed]], wake_steps):
        seen = view(grid, agent)
        for j in range(n):
            m.values[out + j] = seen[j]
        m.counters[p[b + ROW.out + COUNT]] = n


STEP = Step("Forager", ROW, fixed=step, float=step)


def _build(builder: Builder, world: AbstractProcess) -> None:
    out, reward = builder.sent(world.s_out), builder.sent(world.reward_out)
    builder.expose_message(world.pulses, out, begins=True)
    builder.expose_message(world.reward, reward, begins=True)
    parameters = world.proc_params
    builder.add(
        STEP,
        out=out,
        reward=reward,
        spikes=builder.receive(world.s_in, events=True),
        world_size=world.grid.shape[0],
        particle_count=world.particles.shape[0],
        **{name: builder.store_count(getattr(world, name)) for name in _COUNTS},
        worth=builder.store_real(world.worth),
        sleep_reward=builder.store_real(world.sleep_reward),
        exploration=builder.storage.cell("reals", parameters["exploration"]),
        seed=parameters["seed"],
        cycle_steps=parameters["cycle_steps"],
        decision_steps=parameters["decision_steps"],
        steps_after_move=parameters["steps_after_move"],
    )


def _ranges(world: AbstractProcess, fixed: bool) -> dict[str, Range]:
    last, particles = world.grid.shape[0] - 1, world.particles.shape[0]
    return dict.fromkeys(_COUNTS, NOT_NEGATIVE) | {
        "grid": (EMPTY, particles - 1),
        # Row, column and orientation of each.
        "particles": (0, [last, last, len(Orientation) - 1]),
        # Row, column, heading and moves since the last particle.
        "agent": (0, [last, last, DIRECTIONS - 1, np.inf]),
    }


NODE = Node(
    _build,
    steps=(STEP,),
    sends=("s_out", "reward_out"),
    receives=("s_in",),
    lists_events=False,
    delayed=True,
    ranges=_ranges,
)
