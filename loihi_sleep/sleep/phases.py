"""Wake and sleep in turn: the schedule, and running a network through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from loihi_sleep.processes.sleep.process import Sleep
    from loihi_sleep.run.session import Session
    from loihi_sleep.sleep.drives import Drive


@dataclass(frozen=True)
class Schedule:
    """Steps awake, then steps asleep, repeated.

    Parameters
    ----------
    wake_steps, sleep_steps : int
        From 0, not both 0.

    Raises
    ------
    ValueError
        Steps below 0, or both 0.
    """

    wake_steps: int
    sleep_steps: int

    def __post_init__(self) -> None:
        checks.schedule(self.wake_steps, self.sleep_steps)

    def phase_at(self, step: int) -> tuple[bool, int]:
        """Find the phase that a step belongs to.

        Parameters
        ----------
        step : int
            From 0, the first step of the first cycle.

        Returns
        -------
        bool, int
            Whether it is sleep, and the first step after it.
        """
        cycle = self.wake_steps + self.sleep_steps
        elapsed = step % cycle
        asleep = elapsed >= self.wake_steps
        return asleep, step - elapsed + (cycle if asleep else self.wake_steps)


@dataclass(frozen=True)
class Stretch:
    """Steps that were run in one go, all of one phase.

    Parameters
    ----------
    start, stop : int
        Steps done before and after.
    asleep : bool
    ends_phase : bool
        Whether another phase begins with the next step.
    """

    start: int
    stop: int
    asleep: bool
    ends_phase: bool


def sleep_process(drive: Drive, schedule: Schedule, inputs: int, steps: int, seed: int) -> Sleep:
    """Build the Process that lets the input through by day and emits a drive by night.

    Parameters
    ----------
    drive : Drive
    schedule : Schedule
    inputs : int
        Neurons of the input.
    steps : int
        Steps that will be run, awake and asleep.
    seed : int
        Seed of the drive, 0 .. 2**63 - 1.

    Returns
    -------
    Sleep

    Raises
    ------
    ValueError
        A drive that does not fit the inputs.
    """
    from loihi_sleep.processes.sleep.process import Sleep

    return Sleep(
        shape=(inputs,),
        wake_steps=schedule.wake_steps,
        sleep_steps=schedule.sleep_steps,
        drive=partial(drive.build, inputs, steps, seed),
    )


def run_phases(
    session: Session,
    schedule: Schedule,
    start: int,
    stop: int,
    *,
    chunk_steps: int | None = None,
) -> Iterator[Stretch]:
    """Run a network whose Processes follow a schedule, and pause after each phase.

    Between two stretches a caller may read and set Vars. What is computed does not depend on where
    the pauses are.

    Parameters
    ----------
    session : Session
    schedule : Schedule
        That of the network's ``Sleep``.
    start, stop : int
        Steps of this network that have been run so far, and that will have been run then.
    chunk_steps : int, optional
        Pause after so many steps of a phase too.

    Yields
    ------
    Stretch
        What has just been run.
    """
    while start < stop:
        asleep, phase_end = schedule.phase_at(start)
        until = min(phase_end, stop, start + (chunk_steps or phase_end))
        session.run(until - start)
        if until in (phase_end, stop):
            session.note_phase("asleep" if asleep else "awake")
        yield Stretch(start, until, asleep, until == phase_end)
        start = until
