"""What settings of `src` are worth on validation samples, before anything is tested."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from loihi_sleep.datasets.stream import Stream
from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.experiments.src import training
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.experiments.src.prototypes import measure_on_validation
from loihi_sleep.experiments.src.training import USES, SrcCase, Trained
from loihi_sleep.experiments.study import Arrays, Condition, Study
from loihi_sleep.training import sgd

_PREFIX = "validation_"


def _measuring(train: Callable[[SrcCase], Trained]) -> Callable[[SrcCase], Arrays]:
    def compute(case: SrcCase) -> Arrays:
        samples, trained = case.data.validation, train(case)
        predicted = sgd.predict(trained.run.after[-1], samples.x, trained.hidden_scale)
        return {"accuracy": np.array((predicted == samples.y).mean())}

    return compute


def _train_with_least_rehearsal(case: SrcCase, *, asleep: bool) -> Trained:
    fraction = min(case.config.rehearsal.fractions)
    return training.train_with_rehearsal(case, fraction=fraction, asleep=asleep)


# In this order: the first that is asked for is what a sweep looks at.
_MEASURES: dict[str, Callable[[SrcCase], Arrays]] = {
    "sleep": _measuring(training.train_with_sleep),
    "ewc": _measuring(training.train_with_ewc),
    "si": _measuring(training.train_with_si),
    "prototypes": measure_on_validation,
    "rehearsal": _measuring(partial(_train_with_least_rehearsal, asleep=False)),
    "sleep_rehearsal": _measuring(partial(_train_with_least_rehearsal, asleep=True)),
    "sequential": _measuring(training.train_sequentially),
}


def validation_study(config: SrcConfig) -> Study[SrcConfig, Stream]:
    """Return a study of what is learned with each of these settings, on validation samples.

    Raises
    ------
    ValueError
        Nothing is learned that could be looked at.
    """
    names = [name for name in _MEASURES if name in config.arms]
    if not names:
        raise ValueError(
            f"arms names none of {', '.join(_MEASURES)}, which a sweep looks at: add one"
        )
    conditions = [Condition(f"{_PREFIX}{name}", _MEASURES[name]) for name in names]
    return Study(
        config,
        conditions,
        _metrics,
        USES,
        load=lambda config: config.data.load_for(config.seeds),
    )


def _metrics(results: Results[SrcConfig, Stream]) -> Metrics:
    """Summarize accuracy on all validation samples, after the last night."""
    names = [name for name in _MEASURES if name in results.config.arms]
    metrics = {
        f"validation_accuracy_{name}": results.summary(f"{_PREFIX}{name}", "accuracy", "fraction")
        for name in names
    }
    if "prototypes" in names:
        metrics["validation_accuracy_prototypes_spiking"] = results.summary(
            f"{_PREFIX}prototypes", "accuracy_spiking", "fraction"
        )
    return metrics
