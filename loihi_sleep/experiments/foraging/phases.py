"""Phases of a life: features, a task, a task with sleep or with the other task, a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.foraging.config import ForagingConfig
from loihi_sleep.networks.foraging import ForagingProcesses, Neuron, OutputSynapses
from loihi_sleep.processes.kernels.foraging_world import Orientation
from loihi_sleep.progress import Progress, Silent
from loihi_sleep.run.session import Session
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.drives import Poisson
from loihi_sleep.sleep.phases import Schedule, run_phases
from loihi_sleep.worlds.foraging import TASK_1, TASK_2, ForagingTask

if TYPE_CHECKING:
    from loihi_sleep.processes.forager.process import Forager

Features = tuple[NDArray[np.int64], NDArray[np.float64]]
# Random words of a second world begin here: no first world draws as many.
_SECOND_WORLD = 2**40
_PART_CYCLES = 500


@dataclass(frozen=True)
class Subject:
    """One seed of a run.

    Parameters
    ----------
    config : ForagingConfig
    seed : int
    run_cfg, feature_run_cfg : RunConfig
        Features are learned by map neurons, in float, whatever the neurons are later.
    progress : Progress
        Told of movement cycles.
    """

    config: ForagingConfig
    seed: int
    run_cfg: Any
    feature_run_cfg: Any
    progress: Progress

    def seed_for(self, *use: int) -> int:
        """Seed of one use of random numbers."""
        return spawn_seeds(self.seed, 1, *use)[0]

    def world(
        self,
        task: ForagingTask | None,
        seed: int,
        particles: int | None = None,
        neuron: Neuron | None = None,
        **more: Any,
    ) -> Forager:
        """Make a world with the particles of a task; None: all four orientations."""
        from loihi_sleep.processes.forager.process import Forager

        config, network = self.config.world, self.config.network
        good, bad = config.reward, config.punishment
        worth = {TASK_1.rewarded: good, TASK_2.rewarded: good}
        worth |= {TASK_1.punished: bad, TASK_2.punished: bad}
        return Forager(
            orientations=tuple(Orientation) if task is None else task.orientations,
            worth=[*(worth[kind] for kind in Orientation), config.step_reward],
            seed=seed,
            particles=particles or config.particles,
            size=config.size,
            **{
                "exploration": config.exploration,
                "cycle_steps": network.steps_of_cycle(neuron or self.config.neuron),
                "decision_steps": network.steps_of_decision(neuron or self.config.neuron),
                **more,
            },
        )


@dataclass(frozen=True)
class Trained:
    """What a phase leaves.

    Parameters
    ----------
    outputs : OutputSynapses
    performance : ndarray, shape (samples,)
        Share of rewarded particles among those eaten, in each part of the phase; 0.5 for none.
    snapshots : ndarray of float32, shape (samples, 8, hidden)
        Output weights at the end of each part.
    """

    outputs: OutputSynapses
    performance: NDArray[np.float64]
    snapshots: NDArray[np.float32]


def learn_features(subject: Subject) -> Features:
    """Wander about among particles of all orientations while input synapses learn.

    Returns
    -------
    ndarray of int64, ndarray of float64
        Sources and weights of the hidden neurons' inputs.
    """
    config = subject.config
    seed = subject.seed_for(0)
    world = subject.world(None, seed, config.world.feature_particles, exploration=1.0, neuron="map")
    made = config.network.build(world, seed, learning="features")
    with Session(world, subject.feature_run_cfg) as session:
        _run(subject, session, config.phases.features, "features", "map")
        weights = session.get(made.receptive.weights).astype(float)
    # What is left of the losers reaches no threshold, but would keep neurons from their rest.
    network = config.network
    weights[weights < network.feature_pruned * network.feature_largest] = 0.0
    return np.asarray(made.receptive.sources.init, dtype=np.int64), weights


def network(config: ForagingConfig) -> Forager:
    """Wire the network that learns a task and sleeps, for :func:`loihi_sleep.fit.check`."""
    subject = Subject(config, 0, None, None, Silent())
    world, made = subject.world(TASK_1, 0), config.network
    sources, weights = made.initial_features(0)
    # Learned input weights end at this bound.
    features = sources, np.minimum(weights, made.feature_largest)
    made.build(world, 0, features=features, learning="outputs", neuron=config.neuron)
    return world


def train(
    subject: Subject,
    features: Features,
    outputs: OutputSynapses | None,
    task: ForagingTask,
    use: int,
    *,
    rates: NDArray[np.float64] | None = None,
    sleep_reward: float = 0.0,
    other: ForagingTask | None = None,
    frozen: NDArray[np.bool_] | None = None,
    note: str = "",
) -> Trained:
    """Train on a task.

    Parameters
    ----------
    subject : Subject
    features : tuple of ndarray
    outputs : OutputSynapses, optional
        As an earlier phase left them; None: new ones.
    task : ForagingTask
    use : int
        Which random numbers of the subject.
    rates : ndarray, shape (hidden,), optional
        Spikes a cycle of each hidden neuron asleep: blocks of the task alternate with blocks of
        sleep, in which they are replayed.
    sleep_reward : float
        After every cycle asleep.
    other : ForagingTask, optional
        Blocks of the task alternate with blocks of this one instead.
    frozen : ndarray of bool, shape (8, hidden), optional
        Output weights that stay as they are.
    note : str
        For the progress.

    Returns
    -------
    Trained
    """
    config, phases = subject.config, subject.config.phases
    steps, seed = config.network.steps_of_cycle(config.neuron), subject.seed_for(1, use)
    alternates = rates is not None or other is not None
    cycles = phases.task * (2 if alternates else 1)
    schedule = Schedule(phases.block * steps, 0 if rates is None else phases.block * steps)
    replay = None
    if rates is not None:
        drive = Poisson(np.minimum(rates / steps, 1.0))
        replay = partial(drive.build, config.network.hidden, cycles * steps)
    world = subject.world(task, seed, sleep_reward=sleep_reward, **vars(schedule))
    made = config.network.build(
        world,
        # The initial weights are those of the subject, whatever is learned first.
        seed if outputs is not None else subject.seed_for(0),
        features=features,
        outputs=outputs,
        frozen=frozen,
        replay=replay,
        learning="outputs",
        neuron=config.neuron,
        **vars(schedule),
    )
    performance, snapshots = [], []
    with Session(world, subject.run_cfg) as session:
        second = (
            None if other is None else _WorldState.of(subject.world(other, seed), _SECOND_WORLD)
        )
        eaten = np.zeros(len(Orientation))
        done = 0
        for part in range(1, phases.samples + 1):
            until = cycles * part // phases.samples
            for over in _cycles(subject, session, schedule, done, until, note):
                if second is not None and over:
                    second = second.swap(session, made)
            done = until
            now = session.get(made.world.eaten)
            performance.append(_share(now - eaten, task))
            eaten = now
            snapshots.append(session.get(made.rewarded.weights).astype(np.float32))
        left = OutputSynapses(
            session.get(made.rewarded.weights).astype(float),
            session.get(made.rewarded.initial_sum).astype(float),
            session.get(made.rewarded.input_sum).astype(float),
            session.get(made.rewarded.rate).astype(float),
        )
    return Trained(left, np.array(performance), np.array(snapshots))


def test(
    subject: Subject,
    features: Features,
    outputs: OutputSynapses,
    task: ForagingTask,
    use: int,
    cycles: int,
) -> tuple[float, NDArray[np.float64]]:
    """Forage with all synapses as they are.

    Parameters
    ----------
    subject : Subject
    features : tuple of ndarray
    outputs : OutputSynapses
    task : ForagingTask
    use : int
        Which random numbers of the subject.
    cycles : int

    Returns
    -------
    float
        Share of rewarded particles among those eaten.
    ndarray, shape (hidden,)
        Spikes a cycle of each hidden neuron.
    """
    config, seed = subject.config, subject.seed_for(2, use)
    world = subject.world(task, seed)
    made = config.network.build(
        world, seed, features=features, outputs=outputs, neuron=config.neuron
    )
    with Session(world, subject.run_cfg) as session:
        _run(subject, session, cycles, "test")
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


def _run(
    subject: Subject, session: Session, cycles: int, note: str, neuron: Neuron | None = None
) -> None:
    """Run some cycles awake."""
    note = f"seed {subject.seed}, {note}"
    for _ in _cycles(subject, session, Schedule(1, 0), 0, cycles, note, neuron):
        pass


def _cycles(
    subject: Subject,
    session: Session,
    schedule: Schedule,
    done: int,
    until: int,
    note: str,
    neuron: Neuron | None = None,
) -> Iterator[bool]:
    """Run movement cycles, in parts that let a run be interrupted; yields whether a block ends."""
    steps = subject.config.network.steps_of_cycle(neuron or subject.config.neuron)
    part = _PART_CYCLES * steps
    for stretch in run_phases(session, schedule, done * steps, until * steps, chunk_steps=part):
        subject.progress.advance((stretch.stop - stretch.start) // steps, note)
        yield stretch.ends_phase


def _share(eaten: NDArray[Any], task: ForagingTask) -> float:
    good, bad = eaten[task.rewarded], eaten[task.punished]
    return float(good / (good + bad)) if good + bad else 0.5
