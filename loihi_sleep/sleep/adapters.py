"""One call that puts anything to sleep: a spiking network, or a model that an adapter knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.processes import checks
from loihi_sleep.registry import Registry
from loihi_sleep.sleep.night import Night
from loihi_sleep.sleep.run import check_night, run_night
from loihi_sleep.sleep.sleeper import Sleeper, is_sleeper

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig
    from torch import nn


class Adapter(Protocol):
    """Puts models of one kind to sleep, by way of a spiking network and back."""

    def accepts(self, model: Any) -> bool:
        """Whether this is a model of that kind."""

    def put_to_sleep(self, model: Any, night: Night, run_cfg: RunConfig, **options: Any) -> Any:
        """Return a copy of a model that has slept.

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
    network: nn.Sequential,
    night: Night,
    run_cfg: RunConfig | None = None,
    *,
    maxima: ArrayLike | None = None,
    form: Any = None,
) -> nn.Sequential: ...


def put_to_sleep(
    network: Any, night: Night, run_cfg: RunConfig | None = None, **options: Any
) -> Any:
    """Put a network to sleep for a night.

    A torch model becomes a network of LIF neurons with the same weights, whose thresholds make
    spike rates follow its activations; biases become constant currents. It sleeps, and its
    ``Linear`` layers get the weights after sleep. Biases do not change.

    Parameters
    ----------
    network : Sleeper, nn.Sequential, or a model of which an adapter is registered
        A torch model may consist of ``Linear`` (with or without bias), ``ReLU`` (between any two
        ``Linear``), ``Dropout`` and, before the first ``Linear``, ``Flatten``, or of
        ``Sequential`` of these; in float16, bfloat16, float32 or float64, on any device.
        ``Linear`` must be plain and each its own: not pruned, parametrized or normalized, without
        forward hooks, its weight not tied to another's. Other layers may be used several times.
    night : Night
    run_cfg : RunConfig, optional
        From :func:`loihi_sleep.run.select.select`; by default its own default.

    Other Parameters
    ----------------
    maxima : array_like, shape (layers,), optional
        For a torch model: largest output of each ``Linear`` on the data so far, after its ``ReLU``
        (:class:`loihi_sleep.consolidation.memory.Memory` keeps it). Else that on patterns drawn
        from the night's drive.
    form : ChipSleep, optional
        For a torch model: learning rule, thresholds, leak, headroom.

    Returns
    -------
    tuple of ndarray, shape (post, pre) each
        The weights after the night, in weight units.
    nn.Sequential
        Of a torch model: a copy of it that has slept; device, types, training mode and
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
            return ADAPTERS[name].put_to_sleep(network, night, run_cfg, **given)
    raise ValueError(
        f"the model is a {type(network).__name__}; it must be an nn.Sequential, a network of "
        "loihi_sleep.networks, or a class of yours with sizes, graded, learns and build"
    )
