"""Samples by which a backbone is scaled, and whether its layers compute what the model does."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import nn

from loihi_sleep.consolidation.torch_backbone_parts import LEAVE_OUT
from loihi_sleep.consolidation.torch_chain import Link
from loihi_sleep.consolidation.torch_layers import heard
from loihi_sleep.processes import checks

# Layers agree to this share of the largest value, or to what the type of the weights can tell.
_AGREEMENT = 1e-3


def checked_samples(samples: object) -> torch.Tensor:
    """Return samples of images whose values spikes can stand for.

    Parameters
    ----------
    samples : Tensor, shape (samples, channels, rows, columns)
        From 0.

    Raises
    ------
    ValueError
        It is something else, or of another shape, not finite, below 0, or 0 everywhere.
    """
    if not isinstance(samples, torch.Tensor):
        raise ValueError(
            f"backbone is {checks.shown(samples)}; it must be a torch.Tensor of samples, by whose "
            "activations spiking layers are scaled"
        )
    if samples.is_complex() or samples.layout is not torch.strided or samples.is_meta:
        kind: Any = "complex" if samples.is_complex() else samples.device
        if samples.layout is not torch.strided:
            kind = samples.layout
        raise ValueError(
            f"backbone is a tensor that is {kind}; it must hold real numbers, all of them, in the "
            "memory of a device (samples.to_dense() makes sparse ones so)"
        )
    if samples.ndim != 4 or not samples.numel():
        raise ValueError(
            f"backbone has shape {tuple(samples.shape)}; it must be samples of shape (samples, "
            "channels, rows, columns)"
        )
    if not torch.isfinite(samples).all() or not (samples >= 0).all() or not samples.max() > 0:
        raise ValueError(
            "backbone holds samples that are not finite, below 0, or 0 everywhere; spikes stand "
            "for values from 0: leave out the standardization, "
            f"{LEAVE_OUT}"
        )
    return samples


class _HeardError(Exception):
    """What the first layer that sleeps gets; nothing behind it needs to be computed."""

    def __init__(self, values: torch.Tensor) -> None:
        super().__init__()
        self.values = values


def handed_to(
    model: nn.Module, link: Link, samples: torch.Tensor
) -> torch.Tensor | Exception | None:
    """Return what a model hands to its first layer that sleeps, or why it does not."""

    def stop(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        raise _HeardError(heard(args, kwargs).detach().clone())

    training = [module for module in model.modules() if module.training]
    model.eval()
    handle = link.linear.register_forward_pre_hook(stop, with_kwargs=True)
    try:
        with torch.no_grad():
            model(samples)
    except _HeardError as stopped:
        return stopped.values
    except Exception as error:
        return error
    finally:
        handle.remove()
        for module in training:
            module.training = True
    return None


def compare(values: torch.Tensor, handed: torch.Tensor | Exception | None, link: Link) -> None:
    """Refuse a chain that computes something else than the model does."""
    if not isinstance(handed, torch.Tensor):
        reason = f"fails for them: {handed}" if handed else "does not apply it to them"
        raise ValueError(f"backbone: the samples do not reach {link.name}; the model {reason}")
    found = f"they give shape {tuple(values.shape)}, and the model {tuple(handed.shape)}"
    if handed.numel() == values.numel():
        one, two = (each.flatten().cpu().double() for each in (handed, values))
        difference = float((one - two).abs().max())
        coarsest = max(torch.finfo(each.dtype).eps for each in (handed, values))
        if difference <= max(_AGREEMENT, coarsest**0.5) * float(
            torch.maximum(one.abs(), two).max()
        ):
            return
        found = f"values differ by up to {difference:.3g}"
    refuse_difference(found, link)


def refuse_difference(found: str, link: Link) -> NoReturn:
    """Refuse a chain whose layers differ from the model; `found` says in what."""
    raise ValueError(
        f"backbone: what comes before {link.name}, one layer after another, does not compute "
        f"what the model hands to it for these samples ({found}): maps whose shape changes between "
        "two layers, a decision by sizes, and a hook that changes values cannot be followed; leave "
        f"them out, {LEAVE_OUT}"
    )
