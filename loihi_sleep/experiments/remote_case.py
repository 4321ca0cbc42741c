"""A case that is computed in another process, as a pure function of what is sent there."""

from __future__ import annotations

import platform
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from loihi_sleep.errors import CheckpointRefused
from loihi_sleep.experiments.case import Arrays, Case, CaseProgress, SharedValues, group_name
from loihi_sleep.experiments.jobs import Outcome
from loihi_sleep.host import processor_name
from loihi_sleep.progress import Silent

Value = TypeVar("Value")
# Runs whose data, and seeds whose common values, a worker keeps.
_RUNS, _SEEDS = 2, 4


@dataclass(frozen=True)
class RemoteCase:
    """All that a worker needs to compute a case; it is called there, without arguments.

    Parameters
    ----------
    compute : callable
        From a :class:`Case` to arrays by name, with its time.
    load : callable
        From `config` to data by seed; a worker loads those of a run once.
    config : ExperimentConfig
    condition : str
    seed : int
    uses : tuple of str
        As of :class:`Case`.
    engine : (str, str, str)
        Engine, numerics and rounding, for :func:`loihi_sleep.run.select.select`.
    needed : mapping of str to dict
        What the conditions that are needed have left, by group of the checkpoint.
    run : str
        Tells runs apart: cases of one have data, and those of one seed have values in common.
    """

    compute: Callable[[Case[Any, Any]], Arrays]
    load: Callable[[Any], Mapping[int, Any]]
    config: Any
    condition: str
    seed: int
    uses: tuple[str, ...]
    engine: tuple[str, str, str]
    needed: Mapping[str, Arrays]
    run: str

    def __call__(self) -> Outcome:
        """Compute the case in this process."""
        from loihi_sleep.run.select import select

        data = _DATA.get(self.run, lambda: self.load(self.config))[self.seed]
        case = Case(
            self.config,
            self.condition,
            self.seed,
            select(*self.engine),
            CaseProgress(Silent()),
            data,
            _Needed(self.condition, self.needed),
            self.uses,
            _SHARED.get((self.run, self.seed), SharedValues),
        )
        return Outcome(self.compute(case), platform.node(), processor_name())


@dataclass(frozen=True)
class _Needed:
    """What was sent of the checkpoint."""

    condition: str
    groups: Mapping[str, Arrays]

    def read(self, group: str) -> Arrays:
        """Read what is in a group.

        Raises
        ------
        CheckpointRefused
            The condition does not name it in its needs.
        """
        if group not in self.groups:
            raise CheckpointRefused(
                f"condition {self.condition} reads {group}, which is not among what it needs: "
                "name it in needs"
            )
        return dict(self.groups[group])


def read_needed(
    read: Callable[[str], Arrays], needs: tuple[str, ...], seed: int
) -> dict[str, Arrays]:
    """Read what a case needs of others, by group."""
    groups = [group_name(seed, need) for need in needs]
    return {group: read(group) for group in groups}


class _Recent:
    """The last few values of a process, by key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key not in self._values:
                self._values[key] = make()
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
            value: Value = self._values[key]
        return value


_DATA, _SHARED = _Recent(_RUNS), _Recent(_SEEDS)
