"""Lava's ports of dense vectors, with fewer calls on the way of a message.

Models send and receive in every step, and Lava's ports take as long for it as a small model for its
arithmetic. What arrives is the same, in the same type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.core.model.py.ports import (
    IdentityTransformer,
    PyInPortVectorDense,
    PyOutPortVectorDense,
)
from numpy.typing import NDArray

from loihi_sleep.engine.python.channels import ReceivePort, SendPort

if TYPE_CHECKING:
    from lava.magma.core.model.py.model import AbstractPyProcessModel


def shorten_paths(model: AbstractPyProcessModel) -> None:
    """Let ports of a model that have one channel of ours send and receive by it directly.

    Parameters
    ----------
    model : AbstractPyProcessModel
        Ports of kinds that are not Lava's, with several channels, or behind virtual ports stay as
        they are.
    """
    for port in model.py_ports:
        # Reference ports have no list of channels.
        if type(port) not in (PyInPortVectorDense, PyOutPortVectorDense):
            continue
        if len(port.csp_ports) != 1:
            continue
        end = port.csp_ports[0]
        if isinstance(port, PyOutPortVectorDense):
            if isinstance(end, SendPort):
                port.send = end.channel.put
        elif isinstance(end, ReceivePort) and type(port._transformer) is IdentityTransformer:
            port.recv = _receiver(port, end)


def _receiver(port: PyInPortVectorDense, end: ReceivePort) -> Callable[[], NDArray[Any]]:
    """Return what receives as Lava's port, which adds what arrives to zeros of its type."""
    zeros, channel = np.zeros(port._shape, port._d_type), end.channel
    kind = np.result_type(zeros.dtype, channel.kind)
    # To add zero makes a difference to reals: there are two zeros.
    if channel.kind == kind and kind.kind in "bui" and zeros.shape == channel.shape != ():
        return channel.take
    return partial(_add_message, zeros, channel.take)


def _add_message(zeros: NDArray[Any], take: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    total: NDArray[Any] = zeros + take()
    return total
