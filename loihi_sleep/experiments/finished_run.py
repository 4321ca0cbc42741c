"""A finished run, as figures and reports read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec

from numpy.typing import NDArray

from loihi_sleep.experiments.case import Arrays, Config, group_name
from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.results.figures import drawn_for_page
from loihi_sleep.results.report import Figure
from loihi_sleep.results.run_folder import RunFolder

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class FinishedRun(Generic[Config]):
    """What a run was asked for, and what came out.

    Parameters
    ----------
    config : ExperimentConfig
    record : dict
        Content of metrics.json.
    folder : RunFolder
        Its checkpoint holds what the cases left; figures go to it.
    """

    config: Config
    record: dict[str, Any]
    folder: RunFolder

    @cached_property
    def _results(self) -> Results[Config, None]:
        return Results(self.config, self.folder.checkpoint, {})

    @property
    def metrics(self) -> Metrics:
        """Metrics by name."""
        metrics: Metrics = self.record["metrics"]
        return metrics

    @property
    def first_seed(self) -> int:
        """The seed of which single cases are shown."""
        return int(self.record["seeds"][0])

    def mean(self, name: str) -> float:
        """Return the mean of a metric over seeds.

        Parameters
        ----------
        name : str
            Of a metric of one number a seed.

        Returns
        -------
        float
        """
        return float(self.metrics[name]["mean"])

    def read(self, condition: str) -> Arrays:
        """Read what a condition left with the first seed.

        Parameters
        ----------
        condition : str

        Returns
        -------
        dict of str to ndarray
        """
        return self._results.read(self.first_seed, condition)

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
        return self._results.of_seeds(condition, array)

    def has(self, condition: str) -> bool:
        """Tell whether a condition was run with the first seed.

        Parameters
        ----------
        condition : str

        Returns
        -------
        bool
        """
        return self.folder.checkpoint.has(group_name(self.first_seed, condition))

    def draw(
        self,
        name: str,
        caption: str,
        function: Callable[Concatenate[Path, Arguments], Path],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Figure:
        """Draw a figure, and draw it again as narrow as a phone.

        Parameters
        ----------
        name : str
            Name of its file, without folder and ending.
        caption : str
        function : callable
            Draws into the file that is its first argument.
        *arguments, **named
            Its other arguments.

        Returns
        -------
        Figure
        """
        path = self.folder.figure(name)
        with drawn_for_page() as drawn:
            made = function(path, *arguments, **named)
        with drawn_for_page(narrow=True) as narrow:
            function(path, *arguments, **named)
        # What draws in another way than by `drawing` has its file alone.
        if not drawn.svg:
            return Figure(made, caption)
        return Figure(made, caption, drawn.svg[-1], narrow.svg[-1], tuple(drawn.numbers))
