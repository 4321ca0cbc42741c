"""The study of cycles: one dense network, nights of equal length with few cycles or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.stream import Samples, Stream
from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.experiments.pruning.config import PruningConfig, pruned_share
from loihi_sleep.experiments.study import Arrays, Case, Condition
from loihi_sleep.pruning.masks import Mask
from loihi_sleep.pruning.night import prune_and_retrain
from loihi_sleep.results.metrics import chance_of_least, paired_test, summarize
from loihi_sleep.training import sgd

# Validation images by which a night is watched.
WATCHED = 1000
DAY, UNPRUNED = "day", "unpruned"
TEST, VALIDATION = "test", "validation"
_SPLITS = (VALIDATION, TEST)


def night_name(kept: float, cycles: int) -> str:
    """Name a night, in the checkpoint and in reports."""
    return f"pruned_{pruned_share(kept)}_cycles_{cycles}"


def conditions(config: PruningConfig) -> list[Condition[PruningConfig, Stream]]:
    """Return the day, and the nights that begin with its network."""
    nights = {UNPRUNED: partial(_night, kept=None, cycles=1)}
    for kept in config.kept:
        for cycles in config.cycles:
            nights[night_name(kept, cycles)] = partial(_night, kept=kept, cycles=cycles)
    return [
        Condition(DAY, _day),
        *(Condition(name, compute, (DAY,)) for name, compute in nights.items()),
    ]


def validation_conditions(config: PruningConfig) -> list[Condition[PruningConfig, Stream]]:
    """Return the day and its nights of which validation images alone are answered."""
    nights = [(kept, cycles) for kept in config.kept for cycles in config.cycles]
    day = f"{VALIDATION}_{DAY}"
    return [
        Condition(day, partial(_day, splits=(VALIDATION,))),
        *(
            Condition(
                f"{VALIDATION}_{night_name(kept, cycles)}",
                partial(_night, kept=kept, cycles=cycles, splits=(VALIDATION,), day=day),
                (day,),
            )
            for kept, cycles in nights
        ),
    ]


def validation_metrics(results: Results[PruningConfig, Stream]) -> Metrics:
    """Summarize accuracy on validation images: of all nights in the mean, and of each share's best.

    The best number of cycles of a share is that of the mean over seeds.
    """
    config = results.config
    by_share = {
        pruned_share(kept): np.array(
            [
                np.subtract(1, _errors(results, f"{VALIDATION}_{night_name(kept, c)}", VALIDATION))
                for c in config.cycles
            ]
        )
        for kept in config.kept
    }
    return {
        "validation_accuracy": summarize(
            np.concatenate(list(by_share.values())).mean(axis=0), "fraction"
        ),
        **{
            f"validation_accuracy_best_{share}": summarize(
                by_cycles[by_cycles.mean(axis=1).argmax()], "fraction"
            )
            for share, by_cycles in by_share.items()
        },
    }


def metrics_of(results: Results[PruningConfig, Stream]) -> Metrics:
    """Summarize the nights of all seeds.

    The best and the worst number of cycles of a share are chosen by the mean error on validation
    images; what is reported of them is the error on test images. Names without a share mean the
    most pruned network.
    """
    config = results.config
    metrics: Metrics = {
        "error_dense": summarize(_errors(results, DAY, "test"), "fraction"),
        "error_unpruned": summarize(_errors(results, UNPRUNED, "test"), "fraction"),
        "seconds_unpruned": results.summary(UNPRUNED, "seconds", "seconds of a night"),
    }
    for kept in config.kept:
        of_share = _metrics_of_share(results, kept)
        share = pruned_share(kept)
        metrics |= {f"{name}_{share}": entry for name, entry in of_share.items()}
        if kept == min(config.kept):
            metrics |= of_share
    return metrics


def _metrics_of_share(results: Results[PruningConfig, Stream], kept: float) -> Metrics:
    names = {cycles: night_name(kept, cycles) for cycles in results.config.cycles}
    test, validation = (
        {cycles: _errors(results, name, split) for cycles, name in names.items()}
        for split in ("test", "validation")
    )
    seconds = {cycles: results.of_seeds(name, "seconds") for cycles, name in names.items()}
    ranked = sorted(names, key=lambda cycles: (np.mean(validation[cycles]), cycles))
    best, worst = ranked[0], ranked[-1]
    metrics = {
        "error_by_cycles": _by_cycles(test, "fraction"),
        "error_validation": _by_cycles(validation, "fraction"),
        "seconds": _by_cycles(seconds, "seconds of a night"),
        "best_cycles": summarize([best], "cycles of a night"),
        "worst_cycles": summarize([worst], "cycles of a night"),
        "error_best": summarize(test[best], "fraction"),
        "error_worst": summarize(test[worst], "fraction"),
        "synapses": results.summary(names[best], "synapses", "synapses, [layer]"),
    }
    if len(results.config.seeds) > 1:
        counts = sorted(validation)
        likely = chance_of_least([validation[count] for count in counts], seed=0)
        metrics["chance_best"] = {
            str(count): summarize([share], "share of draws of the seeds")
            for count, share in zip(counts, likely, strict=True)
        }
        chance = paired_test(np.subtract(test[worst], test[best]), "greater")
        metrics["p_worst_over_best"] = summarize([chance], "p of a paired t test")
    return metrics


def _by_cycles(values: Mapping[int, list[Any]], unit: str) -> dict[str, Any]:
    """Summaries by number of cycles."""
    return {str(cycles): summarize(values[cycles], unit) for cycles in sorted(values)}


def _errors(results: Results[PruningConfig, Stream], name: str, split: str) -> list[float]:
    """Share of wrong answers by seed."""
    errors = []
    for seed, stream in results.data.items():
        predicted = results.read(seed, name)[f"predicted_{split}"]
        truth = (stream.test if split == "test" else stream.validation).y
        errors.append(float((predicted != truth).mean()))
    return errors


def _day(case: Case[PruningConfig, Stream], splits: Sequence[str] = _SPLITS) -> Arrays:
    config, stream = case.config, case.data
    first = sgd.random_weights(config.shapes, config.wake, case.seed_for("initial"))
    weights = sgd.train(first, stream.train, config.wake, case.seed_for("wake"))
    # They are of single precision, in which torch learns.
    kept = {f"weights_{layer}": w.astype(np.float32) for layer, w in enumerate(weights)}
    return {**kept, **_answers(weights, stream, splits)}


def _night(
    case: Case[PruningConfig, Stream],
    *,
    kept: float | None,
    cycles: int,
    splits: Sequence[str] = _SPLITS,
    day: str = DAY,
) -> Arrays:
    """Sleep one night; without a share of weights to keep the network learns on as it is."""
    config, stream, learned = case.config, case.data, case.read(day)
    dense = [learned[f"weights_{layer}"].astype(float) for layer in range(len(config.shapes))]
    some = Samples(stream.validation.x[:WATCHED], stream.validation.y[:WATCHED])
    through: list[tuple[int, float]] = []

    def watch(done: int, weights: sgd.Weights) -> None:
        case.advance_to(done / config.night.steps)
        through.append((done, float((sgd.predict(weights, some.x) == some.y).mean())))

    watch(0, dense)
    pruned = prune_and_retrain(
        dense,
        stream.train,
        config.retraining,
        kept=[w.size for w in dense] if kept is None else config.kept_counts(kept),
        cycles=cycles,
        steps=config.night.steps,
        seed=case.seed_for("night"),
        ranking=config.ranking(output=config.prune_output),
        watch=watch,
    )
    return {
        "synapses": np.array([np.count_nonzero(w) for w in pruned.weights]),
        "kept": np.array(pruned.kept),
        "synapses_of_inputs": pruned.masks[0].sum(axis=0),
        "through": np.array(through),
        "neurons_left": np.array([_neurons_with_synapses(m).mean() for m in pruned.masks]),
        **_answers(pruned.weights, stream, splits),
    }


def _neurons_with_synapses(mask: Mask) -> Mask:
    """Tell which neurons, or planes, of a layer still have a synapse from the layer before."""
    return mask.reshape(len(mask), -1).any(axis=1)


def _answers(
    weights: sgd.Weights, stream: Stream, splits: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Class of every sample that nothing was learned from."""
    samples = {VALIDATION: stream.validation, TEST: stream.test}
    return {
        f"predicted_{split}": sgd.predict(weights, samples[split].x).astype(np.int8)
        for split in splits
    }
