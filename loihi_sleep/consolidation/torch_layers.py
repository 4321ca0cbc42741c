"""What hooks hear of a layer of a torch model, and why a model or a layer cannot sleep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as torch_module
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils import parametrize, prune
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from loihi_sleep.processes import checks

TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_SPIKING = ("snntorch", "norse", "spikingjelly", "sinabs", "rockpool", "lava")


class Follower:
    """A forward hook of ours, which changes nothing; models that have it sleep."""

    def shifted_range(self) -> tuple[float, float] | None:
        """Return the lowest and the highest input heard, where nights replay them from 0 on."""
        return None


def heard(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> torch.Tensor:
    """Return the input of a layer, as a hook is handed it: the only argument, by name or not."""
    values: torch.Tensor = args[0] if args else kwargs["input"]
    return values


def layer_name(place: str, layer: nn.Module) -> str:
    """Return how messages call a layer."""
    return f"layer {place} of the model, {type(layer).__name__}," if place else "the model"


def submodule(model: nn.Module, name: Any) -> nn.Module:
    """Return a module within a model by the name that a user gives, and refuse other names."""
    try:
        return model.get_submodule(name)
    except (AttributeError, TypeError):
        linear = [place for place, each in model.named_modules() if isinstance(each, nn.Linear)]
        raise ValueError(
            f"layers names {checks.shown(name)}, which the model does not have; its Linear layers "
            f"are {', '.join(map(repr, linear)) or 'none'}"
        ) from None


def refuse_unsleepable(model: nn.Module, chain: Sequence[tuple[str, nn.Linear]]) -> None:
    """Refuse a chain of Linear layers of which one cannot sleep.

    Parameters
    ----------
    model : nn.Module
        All of it.
    chain : sequence of (str, nn.Linear)
        Names and layers, in the order in which they are applied.

    Raises
    ------
    ValueError
        It names the first layer that cannot sleep, and says what to do.
    """
    linear = dict(chain)
    for place, layer in linear.items():
        name = layer_name(place, layer)
        refuse_changed_behavior(layer, name, nn.Linear)
        _refuse_parameters(layer, name)
    _refuse_misfits(linear)
    _refuse_shared_weights(model, linear)


def _refuse_missing_values(layer: nn.Module, name: str) -> None:
    for values in layer.parameters(recurse=False):
        if nn.parameter.is_lazy(values):
            raise ValueError(f"{name} has no weights yet; apply the model to an input first")
        if values.is_meta:
            raise ValueError(
                f"{name} is on the device 'meta' and has no weights; load them, as with "
                "model.to_empty(device='cpu') and model.load_state_dict(...)"
            )


def refuse_wrappers(model: nn.Module) -> None:
    """Refuse what runs a model in another way; the model within has the same layers."""
    if isinstance(model, torch.jit.ScriptModule):
        raise ValueError(
            "the model is scripted (torch.jit), so that its layers cannot be found; let the model "
            "that it was made of sleep, and script it afterwards"
        )
    for name in ("_orig_mod", "module"):  # of torch.compile, and of (Distributed)DataParallel
        within = model._modules.get(name)
        if within is not None and type(model).__module__.startswith("torch."):
            raise ValueError(
                f"the model is a {type(model).__name__} around another; use model.{name}, whose "
                "layers are the same (with in_place=True both have slept)"
            )


def refuse_spiking_layers(model: nn.Module) -> None:
    """Refuse spiking networks of other tools, which sleep by way of a file."""
    for name, module in model.named_modules():
        tool = type(module).__module__.split(".")[0]
        if tool in _SPIKING:
            way = "as .net (export_hdf5) and read it by loihi_sleep.read_net"
            if tool != "lava":
                way = "as NIR (nirtorch, or the exporter of that tool) and read it by "\
                    "loihi_sleep.read_nir"  # fmt: skip
            raise ValueError(
                f"{layer_name(name, module)} is a layer of a spiking network ({tool}); write the "
                f"network {way}, or name Linear layers that sleep as a ReLU network, layers=[...]"
            )


def refuse_norm(name: str, norm: _BatchNorm) -> None:
    """Refuse a BatchNorm that cannot be folded."""
    label = layer_name(name, norm)
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError(
            f"{label} keeps no running statistics (track_running_stats=False), and so cannot be "
            "folded into weights; let it keep them"
        )
    for field_name, values in (*norm.named_parameters(), *norm.named_buffers()):
        if not torch.isfinite(values.detach()).all():
            raise ValueError(f"{label} has a {field_name} that is not finite")
    if (norm.running_var < 0).any():
        raise ValueError(f"{label} has a running_var below 0, which no variance is")


def refuse_global_hooks() -> None:
    """Refuse hooks on all modules of torch."""
    if torch_module._global_forward_hooks or torch_module._global_forward_pre_hooks:
        raise ValueError(
            "forward hooks are registered for all modules of torch, which may change what the "
            "model computes; remove them first (the handle that registering one returned has "
            "remove())"
        )


def refuse_changed_behavior(
    module: nn.Module,
    name: str,
    kind: type[nn.Module] | None = None,
    *,
    containers: bool = False,
    only_read: bool = False,
) -> None:
    """Refuse a module that does other than its class, or whose weights are made from others.

    Parameters
    ----------
    module : nn.Module
    name : str
        How messages call it.
    kind : type, optional
        Class whose forward it must have; by default the first one of torch that it derives from.
    containers : bool
        Its forward may be its own class's: it is traced.
    only_read : bool
        Its weights are not written, and what it computes is compared: they may be made from others,
        and it may have hooks.
    """
    _refuse_missing_values(module, name)
    if not only_read:
        _refuse_made_weights_and_hooks(module, name)
    if type(module).__call__ is not nn.Module.__call__:
        raise ValueError(
            f"{name} has a __call__ of its own, which sleep does not know; it must be that of "
            "nn.Module"
        )
    if kind is None:
        kind = next(each for each in type(module).__mro__ if each.__module__.startswith("torch.nn"))
    own = not containers and type(module).forward is not kind.forward
    if "forward" in vars(module) or own:
        raise ValueError(
            f"{name} has a forward of its own, which sleep does not know; it must be "
            f"{'that of its class' if containers else f'an nn.{kind.__name__}'}"
        )


def _refuse_made_weights_and_hooks(module: nn.Module, name: str) -> None:
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
    hooks = (*module._forward_hooks.values(), *module._forward_pre_hooks.values())
    if not all(isinstance(hook, Follower) for hook in hooks):
        raise ValueError(
            f"{name} has forward hooks, which may change what it computes; remove them first "
            "(the handle that registering one returned has remove())"
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
                f"{layer_name(place, layer)} takes {inputs} inputs; the Linear before it has "
                f"{neurons} neurons"
            )


def _refuse_shared_weights(model: nn.Module, linear: dict[str, nn.Linear]) -> None:
    """Refuse weights that lie in one memory with others: they cannot change apart."""
    places = {id(layer): place for place, layer in linear.items()}
    tensors = [
        (places.get(id(layer), name), field, values, layer)
        for name, layer in model.named_modules()
        for field, values in layer.named_parameters(recurse=False, remove_duplicate=False)
        if not nn.parameter.is_lazy(values) and values.layout is torch.strided
    ]
    own = [each for each in tensors if id(each[3]) in places and each[1] == "weight"]
    for place, field, values, layer in own:
        for other_place, other_field, other, other_layer in tensors:
            if (other_layer is layer and other_field == field) or not _overlap(values, other):
                continue
            raise ValueError(
                f"{layer_name(other_place, other_layer)} has a {other_field} that shares memory "
                f"with the weight of layer {place}; weights that sleep cannot be tied: give it a "
                f"copy, layer.{other_field} = "
                f"nn.Parameter(layer.{other_field}.detach().clone())"
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
