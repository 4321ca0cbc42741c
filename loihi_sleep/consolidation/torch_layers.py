"""Layers of a torch model, and why one of them cannot sleep."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as torch_module
from torch.nn.utils import parametrize, prune
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

TAKEN = "Linear, ReLU, Dropout, Flatten and Sequential of these"
KINDS: tuple[type[nn.Module], ...] = (nn.Linear, nn.ReLU, nn.Dropout, nn.Flatten)
TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def layers_of(model: Any) -> list[tuple[str, nn.Module]]:
    """Return the layers of a model in the order in which it applies them.

    Parameters
    ----------
    model : nn.Sequential
        Others are refused.

    Returns
    -------
    list of (str, nn.Module)
        Place and layer; those of a Sequential within, such as ``2.0``, in its stead. One that is
        applied several times is there as often.

    Raises
    ------
    ValueError
        It is no Sequential, or one that does not merely apply its layers.
    """
    if not isinstance(model, nn.Sequential):
        raise ValueError(
            f"the model is a {type(model).__name__}; it must be an nn.Sequential of {TAKEN}, or a "
            "network of loihi_sleep.networks"
        )
    return list(_layers_within(model, "the model", ""))


def linear_layers(model: Any) -> list[nn.Linear]:
    """Return the `Linear` layers of a model that can sleep.

    Parameters
    ----------
    model : nn.Sequential
        Others are refused.

    Returns
    -------
    list of nn.Linear

    Raises
    ------
    ValueError
        The model cannot sleep; the message names the first layer because of which it cannot.
    """
    linear: dict[str, nn.Linear] = {}
    rectified = True
    for place, layer in layers_of(model):
        name = _name(place, layer)
        if not isinstance(layer, KINDS):
            raise ValueError(f"{name} cannot sleep; a model may consist of {TAKEN}")
        _refuse_missing_values(layer, name)
        _refuse_changed_behavior(layer, name)
        if isinstance(layer, nn.Linear):
            if not rectified:
                raise ValueError(f"{name} follows a Linear without a ReLU between them; put one in")
            for earlier, other in linear.items():
                if other is layer:
                    raise ValueError(
                        f"{name} is layer {earlier} once more; a layer that is used twice cannot "
                        "sleep: give each place a Linear of its own (copy.deepcopy makes one)"
                    )
            _refuse_parameters(layer, name)
            linear[place] = layer
            rectified = False
        elif isinstance(layer, nn.ReLU):
            rectified = True
        elif isinstance(layer, nn.Flatten):
            if linear:
                raise ValueError(f"{name} comes after a Linear; it may only be before the first")
            if (layer.start_dim, layer.end_dim) != (1, -1):
                raise ValueError(
                    f"{name} has start_dim {layer.start_dim} and end_dim {layer.end_dim}; it must "
                    "flatten all of a sample, nn.Flatten()"
                )
    if not linear:
        raise ValueError("the model has no Linear layer; there is nothing that could sleep")
    _refuse_misfits(linear)
    _refuse_shared_weights(linear)
    return list(linear.values())


def _layers_within(
    container: nn.Sequential, name: str, prefix: str
) -> Iterator[tuple[str, nn.Module]]:
    """Yield place and layer, those of a Sequential within in its stead."""
    _refuse_changed_behavior(container, name)
    for own_place, layer in container._modules.items():
        place = prefix + own_place
        if isinstance(layer, nn.Sequential):
            yield from _layers_within(layer, _name(place, layer), f"{place}.")
        else:
            yield place, layer


def _name(place: str, layer: nn.Module) -> str:
    return f"layer {place} of the model, {type(layer).__name__},"


def _refuse_missing_values(layer: nn.Module, name: str) -> None:
    for values in layer.parameters(recurse=False):
        if nn.parameter.is_lazy(values):
            raise ValueError(f"{name} has no weights yet; apply the model to an input first")
        if values.is_meta:
            raise ValueError(
                f"{name} is on the device 'meta' and has no weights; load them, as with "
                "model.to_empty(device='cpu') and model.load_state_dict(...)"
            )


def _refuse_changed_behavior(module: nn.Module, name: str) -> None:
    """Refuse a module that does other than its class, or whose weights are made from others."""
    if parametrize.is_parametrized(module):
        tensors = ", ".join(map(repr, module.parametrizations))
        raise ValueError(
            f"{name} is parametrized ({tensors}), so that its weights cannot be written; apply "
            "torch.nn.utils.parametrize.remove_parametrizations to each of them first"
        )
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, prune.BasePruningMethod):
            raise ValueError(
                f"{name} is pruned, so that its weights cannot be written; apply "
                f"torch.nn.utils.prune.remove(layer, {hook._tensor_name!r}) first"
            )
        if isinstance(hook, WeightNorm | SpectralNorm):
            norm = "weight" if isinstance(hook, WeightNorm) else "spectral"
            raise ValueError(
                f"{name} has a {norm} norm, so that its weights cannot be written; apply "
                f"torch.nn.utils.remove_{norm}_norm(layer, {hook.name!r}) first"
            )
    if module._forward_hooks or module._forward_pre_hooks:
        raise ValueError(
            f"{name} has forward hooks, which may change what it computes; remove them first "
            "(the handle that registering one returned has remove())"
        )
    if torch_module._global_forward_hooks or torch_module._global_forward_pre_hooks:
        raise ValueError(
            "forward hooks are registered for all modules of torch, which may change what the "
            "model computes; remove them first (the handle that registering one returned has "
            "remove())"
        )
    if type(module).__call__ is not nn.Module.__call__:
        raise ValueError(
            f"{name} has a __call__ of its own, which sleep does not know; it must be that of "
            "nn.Module"
        )
    own = "forward" in vars(module)
    kinds: tuple[type[nn.Module], ...] = (*KINDS, nn.Sequential)
    for kind in kinds:
        if isinstance(module, kind) and (own or type(module).forward is not kind.forward):
            raise ValueError(
                f"{name} has a forward of its own, which sleep does not know; it must be an "
                f"nn.{kind.__name__}"
            )


def _refuse_parameters(layer: nn.Linear, name: str) -> None:
    """Refuse weights or biases that cannot be read, or whose slept values could not be written."""
    for field in ("weight", "bias"):
        values = getattr(layer, field)
        if values is None and field == "bias":
            continue
        if not isinstance(values, nn.Parameter):
            raise ValueError(
                f"{name} has a {field} that is a {type(values).__name__}; it must be an "
                "nn.Parameter, as an nn.Linear has"
            )
        if values.layout is not torch.strided or values.dtype not in TYPES:
            raise ValueError(
                f"{name} has a {field} of {values.dtype}, {values.layout}; it must be a dense "
                "float16, bfloat16, float32 or float64"
            )
        expected = ("out, in", 2) if field == "weight" else (f"{layer.weight.shape[0]},", 1)
        if values.ndim != expected[1] or len(values) != len(layer.weight):
            raise ValueError(
                f"{name} has a {field} of shape {tuple(values.shape)}; it must be ({expected[0]})"
            )
        if not values.numel():
            raise ValueError(
                f"{name} has a {field} of shape {tuple(values.shape)}; a layer that sleeps has "
                "at least one input and one neuron"
            )
        finite = torch.isfinite(values.detach())
        if not finite.all():
            wrong = values.detach()[~finite][0].item()
            raise ValueError(f"{name} has a {field} that holds {wrong}; it must be finite")


def _refuse_misfits(linear: dict[str, nn.Linear]) -> None:
    for (_, before), (place, layer) in pairwise(linear.items()):
        neurons, inputs = before.weight.shape[0], layer.weight.shape[1]
        if neurons != inputs:
            raise ValueError(
                f"{_name(place, layer)} takes {inputs} inputs; the Linear before it has {neurons} "
                "neurons"
            )


def _refuse_shared_weights(linear: dict[str, nn.Linear]) -> None:
    """Refuse weights that lie in one memory with others: they cannot change apart."""
    tensors = [
        (place, field, getattr(layer, field))
        for field in ("weight", "bias")
        for place, layer in linear.items()
        if getattr(layer, field) is not None
    ]
    for (place, field, one), (other, other_field, two) in combinations(tensors, 2):
        # Biases do not change in sleep, and may be shared.
        if field == "weight" and _overlap(one, two):
            raise ValueError(
                f"{_name(other, linear[other])} has a {other_field} that shares memory with the "
                f"weight of layer {place}; weights that sleep cannot be tied: give it a copy, "
                f"layer.{other_field} = nn.Parameter(layer.{other_field}.detach().clone())"
            )


def _overlap(one: torch.Tensor, two: torch.Tensor) -> bool:
    """Tell whether the memory between the first and last values of two tensors has common bytes."""
    (memory, first, last), (other_memory, other_first, other_last) = map(_span, (one, two))
    return memory == other_memory and first <= other_last and other_first <= last


def _span(values: torch.Tensor) -> tuple[tuple[str, int], int, int]:
    """Device and address of the memory of a tensor; its first and last byte there."""
    reach = sum((size - 1) * step for size, step in zip(values.shape, values.stride(), strict=True))
    first = values.storage_offset() * values.element_size()
    memory = (str(values.device), values.untyped_storage().data_ptr())
    return memory, first, first + (reach + 1) * values.element_size() - 1
