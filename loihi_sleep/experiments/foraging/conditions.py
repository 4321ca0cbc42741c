"""Conditions of `foraging`: which task follows which, and what alternates with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from loihi_sleep.worlds.foraging import TASK_1, TASK_2, TASK_3, TASK_4

ConditionName = Literal[
    "task1", "task2", "sequential", "interleaved", "sleep", "sleep_no_plasticity",
    "sleep_uniform", "sleep_after_both", "untrained_sleep", "freeze_0.01", "freeze_0.05",
    "freeze_0.10", "sequential_3", "sequential_4", "sleep_3", "sleep_4",
]  # fmt: skip
# Tasks by the number that metrics have in their names.
TASKS = {1: TASK_1, 2: TASK_2, 3: TASK_3, 4: TASK_4}


@dataclass(frozen=True)
class Training:
    """What is trained under a condition, and what it is tested on.

    Parameters
    ----------
    text : str
        Name for titles.
    task : int
        Number of the task that is trained.
    use : int
        Which random numbers of a subject. Trainings that are compared meet the same worlds.
    origin : str, optional
        ConditionName that left the output synapses to begin with; None: new ones.
    other : int, optional
        Number of a task whose blocks alternate with those of `task`.
    asleep : {'replay', 'uniform', 'no_plasticity'}, optional
        Blocks of sleep alternate with those of `task`: hidden neurons are driven at their own rates
        awake, all at the mean rate, or at their own without anything being learned.
    frozen : float
        Share of the output synapses, the strongest, that stay as they are.
    tested : tuple of int
        Numbers of the tasks of the tests after it.
    """

    text: str
    task: int
    use: int
    origin: ConditionName | None = None
    other: int | None = None
    asleep: Literal["replay", "uniform", "no_plasticity"] | None = None
    frozen: float = 0.0
    tested: tuple[int, ...] = (1, 2)

    @property
    def alternates(self) -> bool:
        """Whether something as long is between the blocks of the task."""
        return self.other is not None or self.asleep is not None


_FOUR = tuple(TASKS)
TRAININGS: dict[ConditionName, Training] = {
    "task1": Training("task 1 only", 1, 0),
    "task2": Training("task 2 only", 2, 1),
    "sequential": Training("task 1, then task 2", 2, 1, "task1"),
    "interleaved": Training("task 2 interleaved with task 1", 2, 1, "task1", other=1),
    "sleep": Training("task 2 interleaved with sleep", 2, 1, "task1", asleep="replay"),
    "sleep_no_plasticity": Training(
        "the same, plasticity off asleep", 2, 1, "task1", asleep="no_plasticity"
    ),
    "sleep_uniform": Training("the same, uniform noise", 2, 1, "task1", asleep="uniform"),
    "sleep_after_both": Training(
        "task 1, task 2, then task 1 with sleep", 1, 2, "sequential", asleep="replay"
    ),
    "untrained_sleep": Training("untrained, task 1 with sleep", 1, 2, asleep="replay"),
    "freeze_0.01": Training("task 2, top 1 % of synapses frozen", 2, 1, "task1", frozen=0.01),
    "freeze_0.05": Training("task 2, top 5 % frozen", 2, 1, "task1", frozen=0.05),
    "freeze_0.10": Training("task 2, top 10 % frozen", 2, 1, "task1", frozen=0.10),
    "sequential_3": Training("tasks 1, 2, then 3", 3, 3, "sequential", tested=_FOUR),
    "sequential_4": Training("tasks 1, 2, 3, then 4", 4, 4, "sequential_3", tested=_FOUR),
    "sleep_3": Training("task 3 after 2, both with sleep", 3, 3, "sleep", None, "replay", 0, _FOUR),
    "sleep_4": Training("task 4 after 3, with sleep", 4, 4, "sleep_3", None, "replay", 0, _FOUR),
}
# Of the source, and the control that it lacks.
OF_TWO_TASKS = tuple(name for name, training in TRAININGS.items() if training.task <= 2)


def with_origins(conditions: Sequence[ConditionName]) -> list[ConditionName]:
    """Add the conditions that others begin with, each before those that need it.

    The first condition is always there: rates awake after it are replayed in all nights.
    """
    ordered: list[ConditionName] = ["task1"]
    for name in conditions:
        chain: list[ConditionName] = [name]
        while (origin := TRAININGS[chain[0]].origin) is not None:
            chain.insert(0, origin)
        ordered += [link for link in chain if link not in ordered]
    return ordered
