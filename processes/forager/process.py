"""The Process `Forager`."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels import foraging_world
from loihi_sleep.processes.kernels.foraging_world import DIRECTIONS, EMPTY, VIEW_SIDE, Orientation
from loihi_sleep.processes.role import Role


class Forager(CheckedProcess):
    """An agent in a world of particles: what it sees goes out, where it goes comes in.

    Time runs in movement cycles. In the first step of a cycle every square of the 7 x 7 window that
    holds a pixel sends a pulse. Spikes that come back in the first ``decision_steps`` steps are
    counted by direction; at the end of the cycle the agent moves, and in the next step the reward
    is sent. In a cycle that ends asleep it neither sees nor moves, and the reward is
    ``sleep_reward``. World and policy: :mod:`loihi_sleep.processes.kernels.foraging_world` and
    :mod:`loihi_sleep.processes.kernels.movement`.

    Parameters
    ----------
    orientations : sequence of int
        Which particles there are, in equal numbers; see
        :class:`loihi_sleep.processes.kernels.foraging_world.Orientation`.
    particles : int
        How many, from 1.
    size : int
        Side of the world in squares, from 8.
    worth : array_like, shape (5,)
        Reward for a particle of each orientation, and for an empty square.
    sleep_reward : float
        After each cycle asleep.
    seed : int
        Seed of the world and the policy, 0 .. 2**63 - 1.
    cycle_steps : int
        Steps of a movement cycle, from 2.
    decision_steps : int
        First steps of a cycle in which output spikes count, 1 .. cycle_steps.
    exploration : float
        Chance of a random move right after a meal, 0 .. 1; grows by as much with every move
        without one.
    reward_outs : int
        On how many lines the reward is sent, from 1: one for each neuron that hears it.
    steps_after_move : int
        Steps of a cycle that are left when the agent has moved, 0 .. cycle_steps - 1; the reward is
        sent in the first of them. 0: in the first step of the next cycle.
    wake_steps, sleep_steps : int
        The schedule, as of :class:`loihi_sleep.processes.phase_gate.process.PhaseGate`; give both
        Processes the same. By default always awake.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    s_in : InPort, shape (8,)
        Spikes of the outputs: up left, up, up right, left, right, down left, down, down right.
    s_out : OutPort, shape (49,)
        Pulses, one step after the Process has decided on them.
    reward_out : OutPort, shape (reward_outs,)
        Reward of the last move, the same on each line, in the step after it; else 0. In ``fixed``
        in units of
        :data:`loihi_sleep.processes.kernels.reward_unit.REWARD_UNIT`.
    grid, particles, agent, drawn : Var
        The world.
    eaten : Var, shape (4,)
        Particles eaten so far, by orientation.
    worth, sleep_reward, wake_steps, sleep_steps, elapsed : Var
        As the parameters; a host may set them between runs.
    counts, pulses, reward : Var
        Output spikes that count, and what is sent in the next step.

    Raises
    ------
    ValueError
        A parameter out of range, or particles that do not fit.
    """

    role: ClassVar[Role] = Role.ENVIRONMENT
    on_host: ClassVar[str] = "the world is outside of the chip"

    def __init__(
        self,
        *,
        orientations: Sequence[int],
        worth: ArrayLike,
        seed: int,
        particles: int = 125,
        size: int = 50,
        sleep_reward: float = 0.0,
        cycle_steps: int = 600,
        decision_steps: int = 300,
        exploration: float = 0.01,
        reward_outs: int = 1,
        steps_after_move: int = 0,
        wake_steps: int = 1,
        sleep_steps: int = 0,
        **kwargs: Any,
    ) -> None:
        cycle_steps = checks.integer("cycle_steps", cycle_steps, 2)
        seed = checks.seed("seed", seed)
        size = checks.integer("size", size, VIEW_SIDE + 1)
        kinds = [checks.integer("orientations", kind, 0, 3) for kind in orientations]
        if not kinds:
            raise ValueError("orientations is empty; name at least one")
        wake_steps, sleep_steps = checks.schedule(wake_steps, sleep_steps)
        super().__init__(
            seed=seed,
            cycle_steps=cycle_steps,
            decision_steps=checks.integer("decision_steps", decision_steps, 1, cycle_steps),
            exploration=checks.number("exploration", exploration, 0, 1),
            steps_after_move=checks.integer(
                "steps_after_move", steps_after_move, 0, cycle_steps - 1
            ),
            **kwargs,
        )
        grid = np.full((size, size), EMPTY, dtype=np.int64)
        placed = np.zeros((checks.integer("particles", particles, 1), 3), dtype=np.int64)
        agent, drawn = np.zeros(4, dtype=np.int64), np.zeros(1, dtype=np.int64)
        if not foraging_world.fill(grid, placed, agent, drawn, seed, np.array(kinds)):
            raise ValueError(
                f"particles is {particles}; so many find no places in {size} x {size} squares "
                "where they do not touch"
            )
        self.s_in = InPort(shape=(DIRECTIONS,))
        self.s_out = OutPort(shape=(VIEW_SIDE**2,))
        lines = (checks.integer("reward_outs", reward_outs, 1),)
        self.reward_out = OutPort(shape=lines)
        self.grid = Var(shape=grid.shape, init=grid)
        self.particles = Var(shape=placed.shape, init=placed)
        self.agent = Var(shape=agent.shape, init=agent)
        self.drawn = Var(shape=drawn.shape, init=drawn)
        self.eaten = Var(shape=(len(Orientation),), init=0)
        self.worth = Var(shape=(5,), init=checks.array("worth", worth, (5,)))
        self.sleep_reward = Var(shape=(1,), init=checks.number("sleep_reward", sleep_reward, -1e9))
        self.wake_steps = Var(shape=(1,), init=wake_steps)
        self.sleep_steps = Var(shape=(1,), init=sleep_steps)
        self.elapsed = Var(shape=(1,), init=0)
        self.counts = Var(shape=(DIRECTIONS,), init=0)
        first_view = foraging_world.view(grid, agent) & (wake_steps > 0)
        self.pulses = Var(shape=(VIEW_SIDE**2,), init=first_view.astype(float))
        self.reward = Var(shape=lines, init=0.0)
