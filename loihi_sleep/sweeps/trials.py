"""Points that Optuna chooses, each in the light of those before."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sweeps.plan import SweepFolder, SweepPlan
from loihi_sleep.sweeps.points import Point
from loihi_sleep.sweeps.space import Dimension

if TYPE_CHECKING:
    import optuna

# Trials that are drawn at random before there is anything to learn from.
_RANDOM_TRIALS = 10
# What misses a requirement is told to be worse by so many times what is missing.
_WEIGHT = 3.0
_SEED_MASK = 2**32 - 1


class Trials:
    """The trials of a sweep, kept in a file that is gone on with.

    Parameters
    ----------
    folder : SweepFolder
    plan : SweepPlan

    Raises
    ------
    EngineUnavailable
        Optuna is not installed.
    """

    def __init__(self, folder: SweepFolder, plan: SweepPlan) -> None:
        if importlib.util.find_spec("optuna") is None:
            raise EngineUnavailable(
                "--trials needs optuna, which is not installed: pip install 'loihi-sleep[search]'"
            )
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._plan = plan
        self._study = optuna.create_study(
            study_name=plan.experiment,
            storage=f"sqlite:///{folder.trials_path}",
            direction=plan.goal,
            load_if_exists=True,
        )

    def todo(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield number and values of points to measure: those that were cut first, then new ones.

        A trial is chosen when it is asked for, by the results of the others until then.
        """
        for trial in self._study.get_trials(deepcopy=False):
            if trial.state.is_finished():
                continue
            if len(trial.params) == len(self._plan.dimensions):
                yield trial.number, self._values(trial.params)
            else:  # cut while it was chosen
                self.tell(Point(trial.number, {}))
        while (number := len(self._study.get_trials(deepcopy=False))) < self._plan.trials:
            # A sampler of its own for each, so that a sweep that was cut chooses as one that was
            # not.
            self._study.sampler = _sampler(self._plan, number)
            asked = self._study.ask()
            for dimension in self._plan.dimensions:
                _suggest(asked, dimension)
            yield asked.number, self._values(asked.params)

    def done(self) -> list[tuple[int, dict[str, Any]]]:
        """Return number and values of the points whose results are known."""
        trials = self._study.get_trials(deepcopy=False)
        return [
            (t.number, self._values(t.params))
            for t in trials
            if t.state.is_finished() and len(t.params) == len(self._plan.dimensions)
        ]

    def _values(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {d.name: _value(d, params[d.name]) for d in self._plan.dimensions}

    def tell(self, point: Point) -> None:
        """Say what came out of a point."""
        import optuna

        if point.scores and math.isfinite(point.mean):
            worse = -1 if self._plan.goal == "maximize" else 1
            self._study.tell(point.number, point.mean + worse * _WEIGHT * point.missing)
        else:
            self._study.tell(point.number, state=optuna.trial.TrialState.FAIL)


def _sampler(plan: SweepPlan, number: int) -> optuna.samplers.BaseSampler:
    import optuna

    (seed,) = spawn_seeds(plan.sampler_seed, 1, number)
    return optuna.samplers.TPESampler(
        seed=seed & _SEED_MASK, n_startup_trials=_RANDOM_TRIALS, constant_liar=True
    )


def _suggest(trial: optuna.Trial, dimension: Dimension) -> None:
    """Let Optuna choose a value, which :func:`_value` reads."""
    if dimension.values:
        # By its place: Optuna keeps numbers and text only.
        trial.suggest_categorical(dimension.name, list(range(len(dimension.values))))
        return
    assert dimension.low is not None
    assert dimension.high is not None
    low, high, log = dimension.low, dimension.high, dimension.log
    if dimension.integer:
        trial.suggest_int(dimension.name, int(low), int(high), log=log)
    else:
        trial.suggest_float(dimension.name, low, high, log=log)


def _value(dimension: Dimension, chosen: Any) -> Any:
    return dimension.values[chosen] if dimension.values else chosen
