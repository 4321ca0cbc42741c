"""Training of `foraging`: features, and tasks with sleep or with another task in turn; tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.foraging.conditions import TASKS, Training
from loihi_sleep.experiments.foraging.config import ForagingConfig
from loihi_sleep.experiments.study import Arrays, Case
from loihi_sleep.networks.foraging import OUTPUTS, Kind
from loihi_sleep.networks.foraging_chip import STEPS_AFTER_MOVE
from loihi_sleep.networks.foraging_processes import Features, ForagingProcesses, OutputSynapses
from loihi_sleep.processes.kernels.foraging_world import Orientation
from loihi_sleep.run.kept_state import as_arrays, from_arrays
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.drives import Poisson
from loihi_sleep.sleep.phases import Schedule, run_phases
from loihi_sleep.worlds.foraging import TASK_1, TASK_2, ForagingTask

if TYPE_CHECKING:
    from loihi_sleep.processes.forager.process import Forager

ForagingCase = Case[ForagingConfig, None]
# What random numbers are used for; the place of each is part of its seeds.
USES = ("features", "training", "test", "film", "pruned")
# Random words of a second world begin here: no first world draws as many.
_SECOND_WORLD = 2**40
_PART_CYCLES = 500
_WORLD, _WORLD_FIELDS = "second_world_", ("grid", "particles", "agent", "drawn", "pulses")


def make_world(
    config: ForagingConfig,
    task: ForagingTask | None,
    seed: int,
    particles: int | None = None,
    neuron: Kind | None = None,
    **more: Any,
) -> Forager:
    """Make a world with the particles of a task; None: all four orientations."""
    from loihi_sleep.processes.forager.process import Forager

    world, network, kind = config.world, config.network, neuron or config.kind
    good, bad = world.reward, world.punishment
    worth = {TASK_1.rewarded: good, TASK_2.rewarded: good}
    worth |= {TASK_1.punished: bad, TASK_2.punished: bad}
    rewards = [*(worth[each] for each in Orientation), world.step_reward]
    if kind == "chip":
        rewards = [network.chip.units(each) for each in rewards]
        more = {"reward_outs": OUTPUTS, "steps_after_move": STEPS_AFTER_MOVE, **more}
    return Forager(
        orientations=tuple(Orientation) if task is None else task.orientations,
        worth=rewards,
        seed=seed,
        particles=particles or world.particles,
        size=world.size,
        **{
            "exploration": world.exploration,
            "cycle_steps": network.steps_of_cycle(kind),
            "decision_steps": network.steps_of_decision(kind),
            **more,
        },
    )


@dataclass(frozen=True)
class Trained:
    """What a training leaves.

    Parameters
    ----------
    outputs : OutputSynapses
    performance : ndarray, shape (samples,)
        Share of rewarded particles among those eaten, in each part of it; 0.5 for none.
    snapshots : ndarray of float32, shape (samples, 8, hidden)
        Output weights at the end of each part.
    """

    outputs: OutputSynapses
    performance: NDArray[np.float64]
    snapshots: NDArray[np.float32]


def learn_features(case: ForagingCase) -> Features:
    """Wander about among particles of all orientations while input synapses learn, or draw them.

    Returns
    -------
    ndarray of int64, ndarray of float64
        Sources and weights of the hidden neurons' inputs.
    """
    config, network, seed = case.config, case.config.network, case.seed_for("features")
    on_chip = config.kind == "chip"
    if on_chip and network.chip.features == "drawn":
        case.advance(config.phases.features)
        return network.drawn_features(seed)
    particles = config.world.feature_particles
    # Map neurons learn features, in float, on the same engine, also for LIF neurons.
    kind: Kind = "chip" if on_chip else "map"
    world = make_world(config, None, seed, particles, kind, exploration=1.0)
    made = network.build(world, seed, learning="features", neuron=kind)
    run_cfg = case.run_cfg if on_chip else select(case.run_cfg.engine, "float")
    with Session(world, run_cfg) as session:
        kept = case.kept_so_far()
        begin = 0 if kept is None else _go_on(case, session, kept)
        schedule = Schedule(config.phases.features * network.steps_of_cycle(kind), 0)
        for done, _ in _cycles(case, session, schedule, begin, config.phases.features, kind):
            case.keep_so_far(partial(_so_far, session, done))
        weights = session.get(made.receptive.weights).astype(float)
    if on_chip:
        # Its plastic synapses are a whole matrix.
        return made.sources, np.take_along_axis(weights, made.sources, axis=1)
    # What is left of the losers reaches no threshold, but would keep neurons from their rest.
    weights[weights < network.feature_pruned * network.feature_largest] = 0.0
    return made.sources, weights


def network(config: ForagingConfig) -> Forager:
    """Wire the network that learns a task and sleeps, for :func:`loihi_sleep.fit.check`."""
    world, made = make_world(config, TASK_1, 0), config.network
    sources, weights = made.initial_features(0)
    # Learned input weights end at this bound.
    features = sources, np.minimum(weights, made.feature_largest)
    if config.kind == "chip":
        features = sources, made.chip.initial_features(sources, 0).astype(float)
    made.build(world, 0, features=features, learning="outputs", neuron=config.kind)
    return world


def train(
    case: ForagingCase,
    training: Training,
    features: Features,
    outputs: OutputSynapses | None,
    *,
    rates: NDArray[np.float64] | None = None,
    frozen: NDArray[np.bool_] | None = None,
) -> Trained:
    """Train on a task.

    Parameters
    ----------
    case : Case
    training : Training
    features : tuple of ndarray
    outputs : OutputSynapses, optional
        As an earlier training left them; None: new ones.
    rates : ndarray, shape (hidden,), optional
        Spikes a cycle of each hidden neuron asleep: blocks of the task alternate with blocks of
        sleep, in which they are replayed.
    frozen : ndarray of bool, shape (8, hidden), optional
        Output weights that stay as they are.

    Returns
    -------
    Trained
    """
    config, phases, task = case.config, case.config.phases, TASKS[training.task]
    other = None if training.other is None else TASKS[training.other]
    steps, seed = (
        config.network.steps_of_cycle(config.kind),
        case.seed_for("training", training.use),
    )
    cycles = phases.task * (2 if training.alternates else 1)
    schedule = Schedule(phases.block * steps, 0 if rates is None else phases.block * steps)
    replay = None
    if rates is not None:
        drive = Poisson(np.minimum(rates / steps, 1.0))
        replay = partial(drive.build, config.network.hidden, cycles * steps)
    sleep_reward = 0.0 if training.asleep == "no_plasticity" else config.sleep.reward
    if config.kind == "chip":
        sleep_reward = config.network.chip.units(sleep_reward)
    world = make_world(config, task, seed, sleep_reward=sleep_reward, **vars(schedule))
    made = config.network.build(
        world,
        # The initial weights are those of the seed, whatever is learned first.
        seed if outputs is not None else case.seed_for("features"),
        features=features,
        outputs=outputs,
        frozen=frozen,
        replay=replay,
        learning="outputs",
        neuron=config.kind,
        **vars(schedule),
    )
    performance: list[float] = []
    snapshots: list[NDArray[np.float32]] = []
    with Session(world, case.run_cfg) as session:
        second = None
        if other is not None:
            second = _WorldState.of(make_world(config, other, seed), _SECOND_WORLD)
        eaten = np.zeros(len(Orientation))
        begin = 0
        kept = case.kept_so_far()
        if kept is not None:
            begin, eaten = _go_on(case, session, kept), kept["eaten"]
            performance, snapshots = list(kept["performance"]), list(kept["snapshots"])
            second = None if second is None else _WorldState.kept_in(kept)
        for part in range(len(performance) + 1, phases.samples + 1):
            until = cycles * part // phases.samples
            for done, over in _cycles(case, session, schedule, begin, until):
                if second is not None and over:
                    second = second.swap(session, made)
                case.keep_so_far(
                    partial(
                        _so_far,
                        session,
                        done,
                        eaten=eaten,
                        performance=np.array(performance),
                        snapshots=np.array(snapshots),
                        **({} if second is None else second.to_keep()),
                    )
                )
            begin = until
            now = session.get(made.world.eaten)
            performance.append(_share(now - eaten, task))
            eaten = now
            snapshots.append(session.get(made.rewarded.weights).astype(np.float32))
        left = _outputs_left(session, made)
    return Trained(left, np.array(performance), np.array(snapshots))


def _outputs_left(session: Session, made: ForagingProcesses) -> OutputSynapses:
    """Return the state of the output synapses; those for the chip have weights only."""
    from loihi_sleep.processes.rewarded_synapses.process import RewardedSynapses

    rewarded = made.rewarded
    weights = session.get(rewarded.weights).astype(float)
    if not isinstance(rewarded, RewardedSynapses):
        post, pre = weights.shape
        return OutputSynapses(weights, np.zeros(pre), np.zeros(post), np.zeros(post))
    state = (rewarded.initial_sum, rewarded.input_sum, rewarded.rate)
    return OutputSynapses(weights, *(session.get(var).astype(float) for var in state))


def evaluate(
    case: ForagingCase,
    features: Features,
    outputs: OutputSynapses,
    task: ForagingTask,
    use: int,
    cycles: int,
) -> tuple[float, NDArray[np.float64]]:
    """Forage with all synapses as they are.

    Parameters
    ----------
    case : Case
    features : tuple of ndarray
    outputs : OutputSynapses
    task : ForagingTask
    use : int
        Tells tests apart: which random numbers.
    cycles : int

    Returns
    -------
    float
        Share of rewarded particles among those eaten.
    ndarray, shape (hidden,)
        Spikes a cycle of each hidden neuron.
    """
    config, seed = case.config, case.seed_for("test", use)
    world = make_world(config, task, seed)
    made = config.network.build(world, seed, features=features, outputs=outputs, neuron=config.kind)
    with Session(world, case.run_cfg) as session:
        _run(case, session, cycles)
        eaten = session.get(world.eaten)
        return _share(eaten, task), session.get(made.hidden_probe.count) / cycles


@dataclass(frozen=True)
class _WorldState:
    """A world that waits while the agent is in another one."""

    grid: NDArray[np.int64]
    particles: NDArray[np.int64]
    agent: NDArray[np.int64]
    drawn: NDArray[np.int64]
    pulses: NDArray[np.float64]

    @classmethod
    def of(cls, world: Any, drawn: int) -> _WorldState:
        """Take the state of a world that is not run."""
        fields = (world.grid, world.particles, world.agent, world.drawn, world.pulses)
        state = [np.array(var.init) for var in fields]
        state[3] = state[3] + drawn
        return cls(*state)

    def to_keep(self) -> Arrays:
        """Return the state as arrays, for :meth:`kept_in`."""
        return {f"{_WORLD}{name}": getattr(self, name) for name in _WORLD_FIELDS}

    @classmethod
    def kept_in(cls, arrays: Arrays) -> _WorldState:
        """Read the state from what was kept."""
        return cls(*(arrays[f"{_WORLD}{name}"] for name in _WORLD_FIELDS))

    def swap(self, session: Session, made: ForagingProcesses) -> _WorldState:
        """Put this world in the place of the present one; return that."""
        world = made.world
        fields = (world.grid, world.particles, world.agent, world.drawn, world.pulses)
        before = _WorldState(*(session.get(var) for var in fields))
        for var, values in zip(
            fields, (self.grid, self.particles, self.agent, self.drawn, self.pulses), strict=True
        ):
            session.set(var, values)
        return before


def _run(case: ForagingCase, session: Session, cycles: int, neuron: Kind | None = None) -> None:
    """Run some cycles awake."""
    steps = cycles * case.config.network.steps_of_cycle(neuron or case.config.kind)
    for _ in _cycles(case, session, Schedule(steps, 0), 0, cycles, neuron):
        pass


def _so_far(session: Session, done: int, **more: NDArray[Any]) -> Arrays | None:
    """Return all from which a training can go on; None where a network does not tell its state."""
    state = session.state()
    arrays = None if state is None else as_arrays(state)
    return None if arrays is None else {**arrays, "done": np.array(done), **more}


def _go_on(case: ForagingCase, session: Session, kept: Arrays) -> int:
    """Put the network into the state that was kept; return the cycles that were done."""
    session.restore(from_arrays(kept))
    done = int(kept["done"])
    case.advance(done)
    return done


def _cycles(
    case: ForagingCase,
    session: Session,
    schedule: Schedule,
    done: int,
    until: int,
    neuron: Kind | None = None,
) -> Iterator[tuple[int, bool]]:
    """Run movement cycles, in parts that let a run be interrupted.

    Yields
    ------
    int, bool
        Cycles that are done, and whether a block ends with them.
    """
    steps = case.config.network.steps_of_cycle(neuron or case.config.kind)
    part = _PART_CYCLES * steps
    for stretch in run_phases(session, schedule, done * steps, until * steps, chunk_steps=part):
        case.advance((stretch.stop - stretch.start) // steps)
        yield stretch.stop // steps, stretch.ends_phase


def _share(eaten: NDArray[Any], task: ForagingTask) -> float:
    good, bad = eaten[task.rewarded], eaten[task.punished]
    return float(good / (good + bad)) if good + bad else 0.5
