"""What a sweep is to do, and the folder that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from loihi_sleep.complaints import shortened
from loihi_sleep.configuration import SEEDS_MAX, ExperimentConfig, Seed, checked
from loihi_sleep.errors import BadParameter
from loihi_sleep.experiments import registry, runner
from loihi_sleep.files import plain_yaml
from loihi_sleep.files.atomic import failing_writes_named, remove_partial_files, write_text
from loihi_sleep.files.locks import owning
from loihi_sleep.files.settings_file import read_settings_file
from loihi_sleep.results.new_folder import make_new_folder
from loihi_sleep.settings import Settings
from loihi_sleep.sweeps.quantities import is_derived, settings_of
from loihi_sleep.sweeps.space import POINTS_MAX, Dimension, as_settings

PLAN, TRIALS, TABLE, SUMMARY, FIGURE, POINTS, FINALISTS, LOCK = (
    "sweep.yaml",
    "trials.db",
    "table.csv",
    "summary.json",
    "effects.png",
    "points",
    "finalists",
    "sweep.lock",
)
# Values of a grid may be written one by one.
_LARGEST = 1 << 22
Text = Annotated[str, Field(min_length=1, max_length=10_000)]
VALIDATION = "validation"
_REQUIREMENT = re.compile(
    r"([\w.\-]{1,200})\s*([<>])\s*"
    r"(-?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,2})?)"
)


class UnknownMetric(BadParameter):
    """The experiment has no metric that a plan names: no point of the sweep can be measured."""


class SweepPlan(Settings):
    """What a sweep is to do; ``sweep.yaml`` holds it.

    Parameters
    ----------
    experiment, preset, engine, numerics : str
    data_dir : str, optional
        Folder of the data set.
    seeds : tuple of int
        Of each point; empty: those of the preset.
    fixed : tuple of str
        ``name=value`` of all points.
    dimensions : tuple of Dimension
        What is swept.
    trials : int
        How many points Optuna chooses; 0: all combinations are run.
    sampler_seed : int
        Of what Optuna draws.
    metric : str
        What is looked at; ``validation``: the first metric on validation samples.
    goal : str
        Whether a large metric is good, ``maximize``, or a small one.
    require : tuple of str
        What metrics must be, ``name<0.5``; points of which they are not come last.
    finalists : int
        How many of the best points are measured again, on `final_seeds`, to choose among them; 0:
        the best of all is the best.
    final_seeds : tuple of int
        Other seeds than those of all points.
    test : bool
        Whether the best point is run as a whole in the end.
    """

    experiment: Text
    preset: Text | None = None
    engine: Text | None = None
    numerics: Text | None = None
    data_dir: Text | None = None
    seeds: Annotated[tuple[Seed, ...], Field(max_length=SEEDS_MAX)] = ()
    fixed: tuple[Text, ...] = ()
    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=1, max_length=100)]
    trials: int = Field(0, ge=0, le=POINTS_MAX)
    sampler_seed: Seed = 0
    metric: Text = VALIDATION
    goal: Literal["maximize", "minimize"] = "maximize"
    require: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    finalists: int = Field(0, ge=0, le=POINTS_MAX)
    final_seeds: Annotated[tuple[Seed, ...], Field(max_length=SEEDS_MAX)] = ()
    test: bool = True

    @property
    def final(self) -> SweepPlan:
        """The same plan on the seeds of the finalists."""
        return self.model_copy(update={"seeds": self.final_seeds})

    @property
    def on_validation(self) -> bool:
        """Whether points are measured on validation samples alone."""
        return self.metric == VALIDATION or self.metric.startswith(f"{VALIDATION}_")

    @property
    def names_metrics(self) -> bool:
        """Whether there are names of metrics that the experiment may not have."""
        return self.metric != VALIDATION or bool(self.require)

    def configure(self, values: dict[str, Any]) -> tuple[registry.Experiment, ExperimentConfig]:
        """Make the configuration of a point.

        Raises
        ------
        ValueError
            A setting is wrong, by its name.
        """
        settings = {name: value for name, value in values.items() if not is_derived(name)}
        found = self._configure(settings)
        if len(settings) == len(values):
            return found
        derived = {name: value for name, value in values.items() if is_derived(name)}
        others = found[1].model_dump(mode="json")
        return self._configure(settings | settings_of(derived, others))

    def _configure(self, settings: dict[str, Any]) -> tuple[registry.Experiment, ExperimentConfig]:
        return runner.configure(
            self.experiment,
            preset=self.preset,
            engine=self.engine,
            numerics=self.numerics,
            seeds=list(self.seeds) or None,
            data_dir=None if self.data_dir is None else Path(self.data_dir),
            settings=[*self.fixed, *as_settings(settings)],
        )

    def missing(self, metrics: Mapping[str, float]) -> float:
        """Return by how much metrics miss what is required of them, together.

        Raises
        ------
        UnknownMetric
            There is no such metric.
        BadParameter
            A requirement cannot be read.
        """
        short = 0.0
        for requirement in self.require:
            name, sign, bar = parse_requirement(requirement)
            if name not in metrics:
                raise UnknownMetric(
                    "require", f"names {name!r}; it must be one of {', '.join(metrics)}"
                )
            short += max(0.0, metrics[name] - bar if sign == "<" else bar - metrics[name])
        # What is missing by the last bits of a difference is not missing.
        return round(short, 9)


def parse_requirement(text: str) -> tuple[str, str, float]:
    """Read a requirement, ``accuracy_sequential<0.22``: name, sign, bar.

    Raises
    ------
    BadParameter
    """
    found = _REQUIREMENT.fullmatch(text)
    if found is None:
        raise BadParameter("require", f"is {shortened(text)}; write metric<0.5, or metric>0.5")
    name, sign, bar = found.groups()
    return name, sign, float(bar)


def plan_of(values: dict[str, Any]) -> SweepPlan:
    """Make a plan of what the command line says.

    Raises
    ------
    ValueError
        Nothing is swept, or an option is wrong, by its name.
    """
    if not values.get("dimensions"):
        raise BadParameter(
            "set", "names no setting with several values; write --set sleep.steps=200,400,800"
        )
    if values.get("final_seeds") and not values.get("finalists"):
        raise BadParameter(
            "final_seeds", "are for --finalists, how many points are measured again: add it"
        )
    for requirement in values.get("require", ()):
        parse_requirement(requirement)
    try:
        return checked(SweepPlan, values)
    except ValueError as error:
        field, _, complaint = str(error).partition(" ")
        name = field.partition(".")[0]
        raise BadParameter("set" if name == "dimensions" else name, complaint) from None


class SweepFolder:
    """``sweep.yaml``, ``points/`` with a run folder each, ``table.csv``, ``effects.png``, ...

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plan_path = path / PLAN
        self.trials_path = path / TRIALS
        self.table_path = path / TABLE
        self.summary_path = path / SUMMARY
        self.figure_path = path / FIGURE

    @classmethod
    def create(cls, path: Path, plan: SweepPlan) -> SweepFolder:
        """Make the folder of a new sweep.

        Raises
        ------
        ValueError
            It exists or cannot be made.
        """
        make_new_folder(path, "sweep")
        folder = cls(path)
        write_text(folder.plan_path, plain_yaml.write(plan.model_dump(mode="json")))
        return folder

    def plan(self) -> SweepPlan:
        """Read what the sweep is to do.

        Raises
        ------
        ValueError
            ``sweep.yaml`` is not there or damaged.
        """
        values = read_settings_file(self.plan_path, "a plan of a sweep", _LARGEST)
        try:
            return checked(SweepPlan, values)
        except ValueError as error:
            raise ValueError(f"{self.plan_path}: {error}") from None

    @property
    def finalists(self) -> SweepFolder:
        """Where the best points are measured again."""
        return SweepFolder(self.path / FINALISTS)

    def point(self, number: int) -> Path:
        """Return the run folder of a point, counted from 0."""
        return self.path / POINTS / f"{number:04}"

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep other processes from running what is in the folder.

        Raises
        ------
        RunFolderInUse
            Another process does.
        """
        with failing_writes_named(self.path), owning(self.path, self.path / LOCK):
            remove_partial_files(self.path)
            yield


def is_sweep(path: Path) -> bool:
    """Tell whether a folder is that of a sweep."""
    return (path / PLAN).is_file()
