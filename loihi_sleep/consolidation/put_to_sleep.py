"""One call that puts a network to sleep: spiking, or a torch model on its way there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.networks import CubaNetwork, Network
from loihi_sleep.processes import checks
from loihi_sleep.sleep.night import Night
from loihi_sleep.sleep.run import check_night, run_night

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig
    from torch import nn

    from loihi_sleep.consolidation.chip_form import ChipSleep


@overload
def put_to_sleep(
    network: Network, night: Night, run_cfg: RunConfig | None = None
) -> tuple[NDArray[np.float64], ...]: ...


@overload
def put_to_sleep(
    network: nn.Sequential,
    night: Night,
    run_cfg: RunConfig | None = None,
    *,
    maxima: ArrayLike | None = None,
    form: ChipSleep | None = None,
) -> nn.Sequential: ...


def put_to_sleep(
    network: Any,
    night: Night,
    run_cfg: RunConfig | None = None,
    *,
    maxima: ArrayLike | None = None,
    form: ChipSleep | None = None,
) -> Any:
    """Put a network to sleep for a night.

    A torch model becomes a network of LIF neurons with the same weights, whose thresholds make
    spike rates follow its activations; biases become constant currents. It sleeps, and its
    ``Linear`` layers get the weights of the morning. Biases do not change.

    Parameters
    ----------
    network : LayeredNetwork, GatedNetwork, CubaNetwork or nn.Sequential
        A torch model may consist of ``Linear`` (with or without bias), ``ReLU`` (between any two
        ``Linear``), ``Dropout`` and, before the first ``Linear``, ``Flatten``, or of
        ``Sequential`` of these; in float16, bfloat16, float32 or float64, on any device.
        ``Linear`` must be plain and each its own: not pruned, parametrized or normalized, without
        forward hooks, its weight not tied to another's. Other layers may be used several times.
    night : Night
    run_cfg : RunConfig, optional
        From :func:`loihi_sleep.run.select.select`; by default its own default.
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
    if isinstance(network, CubaNetwork) and all(layer.rule is None for layer in network.layers):
        raise ValueError(
            "no layer of the network has a learning rule; network.plastic('sleep_hebb') adds one"
        )
    if isinstance(network, Network):
        for name, value in (("maxima", maxima), ("form", form)):
            if value is not None:
                raise ValueError(
                    f"{name} is {checks.shown(value)}, which only torch models have; leave it out"
                )
        return run_night(network, night, run_cfg).weights
    from loihi_sleep.consolidation import torch_model

    return torch_model.slept(network, night, run_cfg, maxima, form)
