"""A night in which prototypes drive the layers of a torch model and teach the last one."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from loihi_sleep.consolidation.form import spread_over_layers
from loihi_sleep.consolidation.torch_chain import Link, find_chain
from loihi_sleep.consolidation.torch_folding import FoldedLink, fold
from loihi_sleep.hippocampus import Prototypes, ReplayConfig, replay_prototypes
from loihi_sleep.hippocampus.prototypes import FULL_WEIGHT
from loihi_sleep.networks import quantize
from loihi_sleep.networks.normalization import thresholds
from loihi_sleep.processes import checks
from loihi_sleep.run.select import select

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

Array = NDArray[np.float64]
Model = TypeVar("Model", bound=nn.Module)


def answers(
    links: Sequence[Link], x: Array, classes: Sequence[int] | None = None
) -> NDArray[np.int64]:
    """Return which output of a chain, or of some of them, is the largest for each input.

    Parameters
    ----------
    links : sequence of Link
    x : ndarray, shape (samples, inputs)
    classes : sequence of int, optional

    Raises
    ------
    ValueError
        Classes that are no outputs.
    """
    folded = fold(links)
    count = len(folded[-1].weights)
    among = np.arange(count)
    if classes is not None:
        given = checks.sequence("classes", classes, of="outputs")
        among = np.array(
            [
                checks.integer(f"classes[{place}]", each, 0, count - 1)
                for place, each in enumerate(given)
            ]
        )
    for link in folded[:-1]:
        x = np.maximum(x @ link.weights.T + link.biases, 0)
    outputs = x @ folded[-1].weights.T + folded[-1].biases
    return np.asarray(among[outputs[:, among].argmax(axis=1)])


def replay_in(
    model: Model,
    layers: str | Sequence[str] | None,
    means: Array,
    labels: NDArray[np.int64],
    span: float,
    maxima: Array,
    config: ReplayConfig | None,
    run_cfg: RunConfig | None,
    seed: int,
    *,
    in_place: bool,
) -> Model:
    """Return a model whose layers have slept while prototypes were replayed.

    Parameters
    ----------
    model : nn.Module
    layers : str or sequence of str, optional
        As of :func:`loihi_sleep.sleep.put_to_sleep`.
    means : ndarray, shape (prototypes, inputs)
        From 0.
    labels : ndarray of int, shape (prototypes,)
        Output that each asks for.
    span : float
        Largest input, which the strongest synapse of a prototype stands for.
    maxima : ndarray, shape (layers,)
    config : ReplayConfig, optional
    run_cfg : RunConfig, optional
        In ``fixed``.
    seed : int
    in_place : bool

    Raises
    ------
    ValueError
        Layers with biases, ``float`` numerics, or what is none of those above.
    """
    settings = ReplayConfig() if config is None else config
    checks.instance("config", settings, ReplayConfig, "a ReplayConfig")
    checks.boolean("in_place", in_place)
    chosen = select() if run_cfg is None else run_cfg
    if getattr(chosen, "numerics", None) != "fixed":
        raise ValueError("run_cfg must be of 'fixed' numerics; replayed prototypes have no other")
    links = find_chain(model, layers)
    _refuse_biases(links, fold(links))
    inputs = (np.zeros(means.shape[1]), span) if span != 1 else None
    weights = [link.weights for link in fold(links, inputs)]
    quantized = quantize(weights, spread_over_layers(settings.headroom, len(weights)))
    vth = thresholds(
        spread_over_layers(settings.threshold_factors, len(weights)), maxima, quantized.unit
    )
    units = np.rint(FULL_WEIGHT * np.clip(means / span, 0, 1)).astype(np.int64)
    # Those of nothing but zeros drive nothing.
    used = units.any(axis=1)
    if not used.any():
        raise ValueError("the prototypes are 0 everywhere; there is nothing to replay")
    none = np.zeros(int(used.sum()), dtype=np.int64)
    prototypes = Prototypes(units[used], labels[used], none + 1, none, none)
    slept = model if in_place else copy.deepcopy(model)
    record = replay_prototypes(
        prototypes,
        quantized,
        vth,
        settings,
        chosen,
        seed,
        presentations=settings.presentations_after(1.0, len(none)),
    )
    real = quantized.with_units(record.weights).real()
    # Only what has learned is written: the others would only be rounded.
    first = 0 if settings.learning == "all_layers" else len(real) - 1
    for place, link in enumerate(fold(find_chain(slept, layers), inputs)):
        if place >= first:
            link.write(real[place], None)
    return slept


def _refuse_biases(links: Sequence[Link], folded: Sequence[FoldedLink]) -> None:
    for link, each in zip(links, folded, strict=True):
        if each.biases.any():
            raise ValueError(
                f"layer {link.name} of the model has a bias (or a BatchNorm that makes one), which "
                "layers that replay prototypes do not take; give it none (bias=False), or let it "
                "sleep without prototypes (memory.sleep)"
            )
