"""What the cases of a run left, read from its checkpoint and summarized over seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.experiments.case import Arrays, Config, Data, group_name
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.metrics import summarize
from loihi_sleep.results.recent_groups import RecentGroups

# By name, each as :func:`loihi_sleep.results.metrics.summarize` makes it.
Metrics = dict[str, Any]


@dataclass(frozen=True)
class Results(Generic[Config, Data]):
    """What all cases of a run left.

    Parameters
    ----------
    config : ExperimentConfig
    checkpoint : Checkpoint
    data : mapping of int to object
        By seed.
    """

    config: Config
    checkpoint: Checkpoint
    data: Mapping[int, Data]

    @cached_property
    def _groups(self) -> RecentGroups:
        return RecentGroups(self.checkpoint)

    def read(self, seed: int, condition: str) -> Arrays:
        """Read what one case left.

        Parameters
        ----------
        seed : int
        condition : str

        Returns
        -------
        dict of str to ndarray
        """
        return self._groups.read(group_name(seed, condition))

    def of_seeds(self, condition: str, array: str) -> list[NDArray[Any]]:
        """Read an array that a condition left, for each seed.

        Parameters
        ----------
        condition, array : str
            Their names.

        Returns
        -------
        list of ndarray
            One a seed, in the order of the seeds.
        """
        return [
            self._groups.array(group_name(seed, condition), array) for seed in self.config.seeds
        ]

    def summary(
        self,
        condition: str,
        array: str,
        unit: str,
        reduce: Callable[[NDArray[Any]], ArrayLike] = np.asarray,
    ) -> dict[str, Any]:
        """Summarize an array that a condition left over seeds.

        Parameters
        ----------
        condition, array : str
            Their names.
        unit : str
            Such as ``fraction``.
        reduce : callable
            From the array of a seed to what is summarized; by default the array itself.

        Returns
        -------
        dict
            As :func:`loihi_sleep.results.metrics.summarize` makes it.
        """
        return summarize([reduce(values) for values in self.of_seeds(condition, array)], unit)

    def summarize(self, measure: Callable[[int], Mapping[str, tuple[ArrayLike, str]]]) -> Metrics:
        """Summarize over seeds what is measured of each.

        Parameters
        ----------
        measure : callable
            From a seed to values and their units, by name: the same names for each seed.

        Returns
        -------
        dict
            By name, as :func:`loihi_sleep.results.metrics.summarize` makes them.
        """
        by_seed = [measure(seed) for seed in self.config.seeds]
        return {
            name: summarize([values[name][0] for values in by_seed], unit)
            for name, (_, unit) in by_seed[0].items()
        }
