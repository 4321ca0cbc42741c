"""One call that puts anything to sleep: a spiking network, or a model that an adapter knows."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.processes import checks
from loihi_sleep.registry import Registry
from loihi_sleep.sleep.night import Night
from loihi_sleep.sleep.run import check_night, run_night
from loihi_sleep.sleep.sleeper import Sleeper, is_sleeper

if TYPE_CHECKING:
    import torch
    from lava.magma.core.run_configs import RunConfig
    from torch import nn


Model = TypeVar("Model", bound="nn.Module")


class Adapter(Protocol):
    """Puts models of one kind to sleep, by way of a spiking network and back."""

    def accepts(self, model: object) -> bool:
        """Whether this is a model of that kind.

        Parameters
        ----------
        model : object
            Of any kind.

        Returns
        -------
        bool
        """

    def put_to_sleep(self, model: Any, night: Night, run_cfg: RunConfig, **options: Any) -> Any:
        """Return a copy of a model that has slept.

        Parameters
        ----------
        model : object
            Which :meth:`accepts` has accepted.
        night : Night
        run_cfg : RunConfig
            From :func:`loihi_sleep.run.select.select`.
        **options
            Parameters that only this method has, by name; what is None is not passed.

        Returns
        -------
        object
            A model of the same kind.

        Raises
        ------
        ValueError
            A model that cannot sleep, or options that the adapter does not have.
        """


ADAPTERS: Registry[Adapter] = Registry(
    "adapter", "adapters", {"torch": "loihi_sleep.consolidation.torch_model:TORCH"}
)
"""Adapters by name; other packages add theirs by entry points. Those are asked first."""


@overload
def put_to_sleep(
    network: Sleeper, night: Night, run_cfg: RunConfig | None = None
) -> tuple[NDArray[np.float64], ...]: ...


@overload
def put_to_sleep(
    network: Model,
    night: Night,
    run_cfg: RunConfig | None = None,
    *,
    layers: str | Sequence[str] | None = None,
    maxima: ArrayLike | None = None,
    form: object = None,
    biases: str = "follow",
    input_range: tuple[ArrayLike, float] | None = None,
    backbone: torch.Tensor | None = None,
    max_rate: float | None = None,
    in_place: bool = False,
) -> Model: ...


def put_to_sleep(
    network: Any, night: Night, run_cfg: RunConfig | None = None, **options: Any
) -> Any:
    """Put a network to sleep for a night.

    Of a torch model a chain of ``Linear`` layers sleeps: the last ones of the model, or those that
    `layers` names. What comes before them stays as it is, and its output is what the sleeper hears.
    The chain becomes a network of LIF neurons with the same weights, whose thresholds make spike
    rates follow its activations; a BatchNorm is folded into the Linear beside it for the night, and
    biases become constant currents. The ``Linear`` layers get the weights after sleep.

    Parameters
    ----------
    network : Sleeper, nn.Module, or a model of which an adapter is registered
        Between the ``Linear`` layers of a torch model stand ``ReLU``, and, where there are,
        ``BatchNorm``, ``Dropout`` and ``Identity``; behind the last may be ``Softmax`` or
        ``LogSoftmax``. It is traced by torch.fx, so that any forward will do that applies its
        layers always in one way. Types are float16, bfloat16, float32 or float64, on any device.
        ``Linear`` must be plain and each its own: not pruned, parametrized or normalized, without
        forward hooks, its weight not tied to another's.
    night : Night
        For inputs that are negative too, a drive of twice as many neurons: those that stand for
        values above 0 (ON), then those for values below 0 (OFF).
    run_cfg : RunConfig, optional
        From :func:`loihi_sleep.run.select.select`; by default its own default.

    Other Parameters
    ----------------
    layers : str or sequence of str, optional
        For a torch model: the module within whose last ``Linear`` layers sleep, or those ``Linear``
        layers in their order, by the names of ``model.named_modules()``.
    maxima : array_like, shape (layers,), optional
        For a torch model: largest output of each ``Linear`` on the data so far, after its ``ReLU``
        (:class:`loihi_sleep.consolidation.memory.Memory` keeps it). Else that on patterns drawn
        from the night's drive.
    form : ChipSleep, optional
        For a torch model: learning rule, thresholds, leak, headroom.
    biases : {'follow', 'keep'}
        For a torch model: whether biases become smaller as activity does, and those of the output
        equal, so that they decide no more than before (see
        :func:`loihi_sleep.consolidation.torch_model.biases_after_sleep`), or stay as they are.
    input_range : (array_like, float), optional
        For a torch model: lowest value of each input of the layers that sleep, shape (inputs,) or
        scalar, which no spike stands for, and by how much the largest is above it, which the
        highest rate stands for. Else they are from 0 to 1.
    backbone : Tensor, shape (samples, channels, rows, columns), optional
        For a torch model: samples, from 0. What comes before the layers that sleep then spikes too:
        its convolutions and means over windows become layers that do not learn, scaled by the
        largest activations for these samples
        (:class:`loihi_sleep.consolidation.torch_backbone.SpikingBackbone` says which layers may be
        there), and the night's drive is that of the input of the model, in C order of (channels,
        rows, columns). Else the night's drive is that of the layers that sleep.
    max_rate : float, optional
        For a torch model: spikes a step that stand for the largest input (of `input_range`; of the
        samples of `backbone`; else 1), beside which biases are currents; not below the highest rate
        of the night's drive, which it is where it is not given, as for the rates of a
        :class:`loihi_sleep.consolidation.memory.Memory`.
    in_place : bool
        For a torch model: whether its own layers get the weights, as an optimizer that holds them
        needs it, rather than those of a copy.

    Returns
    -------
    tuple of ndarray, shape (post, pre) each
        The weights after the night, in weight units.
    nn.Module
        Of a torch model: a copy of it that has slept, or itself; device, types, training mode and
        ``requires_grad`` are those of the model.

    Raises
    ------
    ValueError
        An argument that is none of those above; maxima or a form for a network that is no torch
        model; a drive or weights that do not fit the network or the numerics; a network without a
        learning rule; a layer of a torch model that cannot sleep, by its name, before the night.
    RunFailed
        The simulation failed.
    """
    if run_cfg is None:
        from loihi_sleep.run.select import select

        run_cfg = select()
    check_night(night, run_cfg)
    given = {name: value for name, value in options.items() if value is not None}
    if is_sleeper(network):
        for name, value in given.items():
            raise ValueError(
                f"{name} is {checks.shown(value)}, which spiking networks do not take; leave it out"
            )
        if not network.learns:
            raise ValueError(
                "no layer of the network has a learning rule; network.plastic('sleep_hebb') adds "
                "one to a CubaNetwork"
            )
        return run_night(network, night, run_cfg).weights
    for name in reversed(ADAPTERS.names()):
        if ADAPTERS[name].accepts(network):
            adapter = ADAPTERS[name]
            _refuse_unknown(adapter, given)
            return adapter.put_to_sleep(network, night, run_cfg, **given)
    raise ValueError(
        f"the model is a {type(network).__name__}; it must be an nn.Module, a network of "
        "loihi_sleep.networks, or a class of yours with sizes, graded, learns and build"
    )


def _refuse_unknown(adapter: Adapter, options: dict[str, Any]) -> None:
    """Refuse options that an adapter does not have."""
    parameters = inspect.signature(adapter.put_to_sleep).parameters.values()
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters):
        return
    known = [each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            raise ValueError(
                f"{name} is no option for such a model; the options are {', '.join(known)}"
            )
