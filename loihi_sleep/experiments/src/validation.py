"""What settings of `src` are worth on validation samples, before anything is tested."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loihi_sleep.datasets.stream import Stream
from loihi_sleep.experiments.src import training
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.experiments.src.training import USES, SrcCase, Trained
from loihi_sleep.experiments.study import Arrays, Condition, Metrics, Results, Study
from loihi_sleep.training import sgd

# In this order: the first that is asked for is what a sweep looks at.
_TRAININGS: dict[str, Callable[[SrcCase], Trained]] = {
    "sleep": training.train_with_sleep,
    "ewc": training.train_with_ewc,
    "si": training.train_with_si,
    "sequential": training.train_sequentially,
}
_PREFIX = "validation_"


def validation_study(config: SrcConfig) -> Study[SrcConfig, Stream]:
    """Return a study of what is learned with each of these settings, on validation samples.

    Raises
    ------
    ValueError
        Nothing is learned that could be looked at.
    """
    names = [name for name in _TRAININGS if name in config.arms]
    if not names:
        raise ValueError(
            f"arms names none of {', '.join(_TRAININGS)}, which a sweep looks at: add one"
        )
    conditions = [Condition(f"{_PREFIX}{name}", _measuring(_TRAININGS[name])) for name in names]
    return Study(
        config,
        conditions,
        _metrics,
        USES,
        load=lambda config: config.data.load_for(config.seeds),
    )


def _measuring(train: Callable[[SrcCase], Trained]) -> Callable[[SrcCase], Arrays]:
    def compute(case: SrcCase) -> Arrays:
        samples, trained = case.data.validation, train(case)
        predicted = sgd.predict(trained.run.after[-1], samples.x, trained.hidden_scale)
        return {"accuracy": np.array((predicted == samples.y).mean())}

    return compute


def _metrics(results: Results[SrcConfig, Stream]) -> Metrics:
    """Summarize accuracy on all validation samples, after the last night."""
    names = [name for name in _TRAININGS if name in results.config.arms]
    return {
        f"validation_accuracy_{name}": results.summary(f"{_PREFIX}{name}", "accuracy", "fraction")
        for name in names
    }
