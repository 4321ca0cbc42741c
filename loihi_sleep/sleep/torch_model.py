"""A torch model as a sleeping network, and back."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.chip_form import ChipSleep
from loihi_sleep.sleep.night import Night, run_night
from processes import checks

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

# Patterns drawn from the drive where no maxima are given.
PATTERNS = 1000
_TAKEN = "Linear, ReLU, Dropout and Flatten"


def slept(
    model: Any,
    night: Night,
    run_cfg: RunConfig,
    maxima: ArrayLike | None,
    form: ChipSleep | None,
) -> nn.Sequential:
    """Return a copy of a torch model that has slept; see :func:`loihi_sleep.sleep.put_to_sleep`."""
    linear = linear_layers(model)
    weights = [layer.weight.detach().cpu().double().numpy() for layer in linear]
    biases = [_bias(layer) for layer in linear]
    inputs = weights[0].shape[1]
    rates = checks.array("rates", night.drive.rates, (inputs,), 0, 1)
    if not rates.max() > 0:
        raise ValueError("night.drive.rates are 0 everywhere; there is nothing to replay")
    if maxima is None:
        (pattern_seed,) = spawn_seeds(night.seed, 1, 0)
        largest = _maxima_on_noise(weights, biases, rates / rates.max(), pattern_seed)
    else:
        largest = checks.array("maxima", maxima, (len(linear),), 0)
    settings = form or ChipSleep()
    network, unit = settings.network(
        weights, largest, numerics=run_cfg.numerics, biases=biases, max_rate=float(rates.max())
    )
    units = run_night(network, night, run_cfg).weights
    morning: nn.Sequential = copy.deepcopy(model)
    with torch.no_grad():
        for layer, matrix, one in zip(linear_layers(morning), units, unit, strict=True):
            layer.weight.copy_(torch.from_numpy(matrix * one))
    return morning


def linear_layers(model: Any) -> list[nn.Linear]:
    """Return the `Linear` layers of a model that can sleep.

    Raises
    ------
    ValueError
        The model, or the first layer that cannot, by its name.
    """
    if not isinstance(model, nn.Sequential):
        raise ValueError(
            f"the model is a {type(model).__name__}; it must be an nn.Sequential of {_TAKEN}, or a "
            "network of loihi_sleep.networks"
        )
    linear: list[nn.Linear] = []
    rectified = True
    for place, layer in model.named_children():
        name = f"layer {place} of the model, {type(layer).__name__},"
        if isinstance(layer, nn.Linear):
            if not rectified:
                raise ValueError(f"{name} follows a Linear without a ReLU between them; put one in")
            linear.append(layer)
            rectified = False
        elif isinstance(layer, nn.ReLU):
            rectified = True
        elif isinstance(layer, nn.Flatten):
            if linear:
                raise ValueError(f"{name} comes after a Linear; it may only be before the first")
        elif not isinstance(layer, nn.Dropout):
            raise ValueError(f"{name} cannot sleep; a model may consist of {_TAKEN}")
    if not linear:
        raise ValueError("the model has no Linear layer; there is nothing that could sleep")
    return linear


def linear_outputs(model: nn.Sequential, x: torch.Tensor) -> list[NDArray[np.floating[Any]]]:
    """Activations of a model for a :class:`loihi_sleep.sleep.memory.Memory`.

    Parameters
    ----------
    model : nn.Sequential
        As :func:`loihi_sleep.sleep.put_to_sleep` takes it; dropout is off.
    x : Tensor, shape (samples, ...)

    Returns
    -------
    list of ndarray, shape (samples, neurons) each
        Output of each ``Linear``, not below 0.
    """
    linear = linear_layers(model)
    training = model.training
    outputs = []
    with torch.no_grad():
        for layer in model.eval():
            x = layer(x)
            if layer in linear:
                outputs.append(torch.relu(x).cpu().numpy())
    model.train(training)
    return outputs


def _bias(layer: nn.Linear) -> NDArray[np.float64]:
    if layer.bias is None:
        return np.zeros(layer.out_features)
    bias: NDArray[np.float64] = layer.bias.detach().cpu().double().numpy()
    return bias


def _maxima_on_noise(
    weights: list[NDArray[np.float64]],
    biases: list[NDArray[np.float64]],
    shares: NDArray[np.float64],
    seed: int,
) -> NDArray[np.float64]:
    """Largest output of each layer on random patterns with given shares of ones."""
    activity = (np.random.default_rng(seed).random((PATTERNS, shares.size)) < shares).astype(float)
    maxima = []
    for matrix, bias in zip(weights, biases, strict=True):
        activity = np.maximum(activity @ matrix.T + bias, 0)
        maxima.append(activity.max())
    return np.array(maxima)
