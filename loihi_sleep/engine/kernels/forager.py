"""`loihi_sleep.processes.forager`: the closed loop through the world, inside the compiled run."""

from typing import Any

import numba

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Reals, Values
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.processes.kernels.foraging_world import view
from loihi_sleep.processes.kernels.movement import act
from loihi_sleep.processes.kernels.reward_unit import to_integer_reward
from loihi_sleep.processes.kernels.schedule import advance, is_asleep

# Row: pulses and reward that are sent, output spikes; in counters the world, what was eaten, spikes
# by direction, schedule; in reals worths, reward asleep, exploration; then numbers.
OUT = 0
REWARD = MESSAGE_FIELDS
SPIKES = REWARD + MESSAGE_FIELDS
(
    GRID,
    WORLD_SIZE,
    PARTICLES,
    PARTICLE_COUNT,
    AGENT,
    DRAWN,
    EATEN,
    DIRECTION_COUNTS,
    WAKE_STEPS,
    SLEEP_STEPS,
    ELAPSED,
    WORTH,
    SLEEP_REWARD,
    EXPLORATION,
    SEED,
    CYCLE_STEPS,
    DECISION_STEPS,
    FIELDS,
) = range(SPIKES + MESSAGE_FIELDS, SPIKES + MESSAGE_FIELDS + 18)
_AGENT_FIELDS, _ORIENTATIONS, _PLACE = 4, 4, 3


def _in_units(values: Any, reward: Any) -> Any:
    return to_integer_reward(reward)


def _as_is(values: Any, reward: Any) -> Any:
    return reward


# sent_reward(values, reward): a reward as the message of these values holds it.
sent_reward = by_numerics(_in_units, _as_is)


@numba.njit(cache=True)
def step_forager(
    p: Program, b: int, t: int, values: Values, index: Index, counters: Counters, reals: Reals
) -> None:
    """Listen to the outputs; at the end of a cycle, move, and decide what is sent next."""
    out, reward_out = p[b + OUT + VALUES], p[b + REWARD + VALUES]
    n = p[b + OUT + SIZE]
    if counters[p[b + OUT + COUNT]] > 0:
        values[out : out + n] = 0
        counters[p[b + OUT + COUNT]] = 0
    values[reward_out] = 0
    counters[p[b + REWARD + COUNT]] = 0
    step = (t - 1) % p[b + CYCLE_STEPS]
    if step < p[b + DECISION_STEPS]:
        for k in range(counters[p[b + SPIKES + COUNT]]):
            counters[p[b + DIRECTION_COUNTS] + index[p[b + SPIKES + EVENTS] + k]] += 1
    wake_steps, sleep_steps = counters[p[b + WAKE_STEPS]], counters[p[b + SLEEP_STEPS]]
    asleep = is_asleep(counters[p[b + ELAPSED]], wake_steps)
    counters[p[b + ELAPSED]] = advance(counters[p[b + ELAPSED]], wake_steps, sleep_steps)
    if step < p[b + CYCLE_STEPS] - 1:
        return
    size = p[b + WORLD_SIZE]
    grid = counters[p[b + GRID] : p[b + GRID] + size * size].reshape(size, size)
    directions = p[b + DIRECTION_COUNTS]
    counts = counters[directions : directions + p[b + SPIKES + SIZE]]
    agent = counters[p[b + AGENT] : p[b + AGENT] + _AGENT_FIELDS]
    if asleep:
        reward = reals[p[b + SLEEP_REWARD]]
    else:
        first, many = p[b + PARTICLES], p[b + PARTICLE_COUNT]
        reward = act(
            grid,
            counters[first : first + _PLACE * many].reshape(many, _PLACE),
            agent,
            counters[p[b + DRAWN] : p[b + DRAWN] + 1],
            p[b + SEED],
            counts,
            counters[p[b + EATEN] : p[b + EATEN] + _ORIENTATIONS],
            reals[p[b + WORTH] : p[b + WORTH] + _ORIENTATIONS + 1],
            reals[p[b + EXPLORATION]],
        )
    values[reward_out] = sent_reward(values, reward)
    counters[p[b + REWARD + COUNT]] = 1 if values[reward_out] != 0 else 0
    counts[:] = 0
    if not is_asleep(counters[p[b + ELAPSED]], wake_steps):
        seen = view(grid, agent)
        for j in range(n):
            values[out + j] = seen[j]
        counters[p[b + OUT + COUNT]] = n
