"""A torch model as a sleeping network, and back."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.torch_layers import layers_of, linear_layers
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import WEIGHT_MIN
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.drives import Poisson
from loihi_sleep.sleep.night import Night
from loihi_sleep.sleep.run import run_night

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

# Patterns drawn from the drive where no maxima are given.
PATTERNS = 1000


class TorchAdapter:
    """Puts a torch model to sleep; see :func:`loihi_sleep.sleep.put_to_sleep`."""

    def accepts(self, model: Any) -> bool:
        """Whether it is a torch model, of whatever layers."""
        return isinstance(model, nn.Module)

    def put_to_sleep(
        self,
        model: Any,
        night: Night,
        run_cfg: RunConfig,
        *,
        maxima: ArrayLike | None = None,
        form: ChipSleep | None = None,
    ) -> nn.Sequential:
        """Return a copy of a torch model that has slept."""
        linear = linear_layers(model)
        weights = [layer.weight.detach().cpu().double().numpy() for layer in linear]
        biases = [_bias(layer) for layer in linear]
        inputs = weights[0].shape[1]
        rates = _mean_rates(night, inputs)
        if not rates.max() > 0:
            raise ValueError("night.drive.rates are 0 everywhere; there is nothing to replay")
        if maxima is None:
            (pattern_seed,) = spawn_seeds(night.seed, 1, 0)
            largest = _maxima_on_noise(weights, biases, rates / rates.max(), pattern_seed)
        else:
            largest = checks.array("maxima", maxima, (len(linear),), 0)
        settings = ChipSleep() if form is None else form
        checks.instance("form", settings, ChipSleep, "a ChipSleep")
        network, unit = settings.network(
            weights, largest, numerics=run_cfg.numerics, biases=biases, max_rate=float(rates.max())
        )
        _refuse_overflow(linear, unit)
        slept = _copied(model)
        units = run_night(network, night, run_cfg).weights
        real = [torch.from_numpy(matrix * one) for matrix, one in zip(units, unit, strict=True)]
        _write_weights(linear_layers(slept), real)
        return slept


TORCH = TorchAdapter()


def _mean_rates(night: Night, inputs: int) -> NDArray[np.float64]:
    """Return spikes a step of each input: those of the drive, or of its first steps."""
    if isinstance(night.drive, Poisson):
        return checks.array("night.drive.rates", night.drive.rates, (inputs,), 0, 1)
    if night.drive.graded:
        raise ValueError("night.drive sends graded currents; a torch model asleep takes spikes")
    steps = min(night.steps, PATTERNS)
    rates: NDArray[np.float64] = night.drive.raster(inputs, steps, night.drive_seed).mean(axis=0)
    return rates


def _copied(model: nn.Sequential) -> nn.Sequential:
    """Copy a model before the night, lest it be for nothing."""
    try:
        return copy.deepcopy(model)
    except Exception as error:
        raise ValueError(f"the model cannot be copied: {error}") from error


def _refuse_overflow(linear: Sequence[nn.Linear], unit: Sequence[float]) -> None:
    """Refuse weights whose changes their type does not store: too large or too small ones."""
    for number, (layer, one) in enumerate(zip(linear, unit, strict=True)):
        kind = layer.weight.dtype
        least = torch.finfo(kind).smallest_normal * torch.finfo(kind).eps
        if one < least:
            raise ValueError(
                f"the weights of Linear {number} change in sleep by steps of {one:.3g}, which "
                f"{kind} does not store; use model.float()"
            )
        if -WEIGHT_MIN * one > torch.finfo(kind).max:
            raise ValueError(
                f"the weights of Linear {number} may grow to {-WEIGHT_MIN * one:.3g} in sleep, "
                f"which {kind} does not store; use model.float(), or less headroom in the form"
            )


def _write_weights(linear: Sequence[nn.Linear], weights: Sequence[torch.Tensor]) -> None:
    """Write the weights of layers, and make sure that they are there."""
    with torch.no_grad():
        for layer, values in zip(linear, weights, strict=True):
            layer.weight.copy_(values)
        for number, (layer, values) in enumerate(zip(linear, weights, strict=True)):
            if not torch.equal(layer.weight, values.to(layer.weight)):
                raise AssertionError(f"Linear {number} did not take the weights that have slept")


def linear_outputs(model: nn.Sequential, x: torch.Tensor) -> list[NDArray[np.floating[Any]]]:
    """Activations of a model for a :class:`loihi_sleep.consolidation.memory.Memory`.

    Parameters
    ----------
    model : nn.Sequential
        As :func:`loihi_sleep.sleep.put_to_sleep` takes it; dropout is off.
    x : Tensor, shape (samples, ...)

    Returns
    -------
    list of ndarray, shape (samples, neurons) each
        Output of each ``Linear``, not below 0.

    Raises
    ------
    ValueError
        The model cannot sleep, or does not take such inputs.
    """
    linear = linear_layers(model)
    if not isinstance(x, torch.Tensor):
        raise ValueError(f"x is a {type(x).__name__}; it must be a torch.Tensor")
    activity, outputs = x.to(linear[0].weight), []
    wide = torch.promote_types(activity.dtype, torch.float32)  # NumPy has no bfloat16
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with torch.no_grad():
            for _, layer in layers_of(model):
                activity = layer(activity)
                if isinstance(layer, nn.Linear):
                    outputs.append(torch.relu(activity).cpu().to(wide).numpy())
    except RuntimeError as error:
        raise ValueError(
            f"x has shape {tuple(x.shape)}; the model cannot take it: {error}"
        ) from error
    finally:
        for module in training:
            module.training = True
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
