"""What neurons have in common that learn presentation after presentation, and teach synapses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.rows import Field, message

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Spikes, once more to synapses that learn, a trace of them; what arrives; when presentations begin.
FIELDS: tuple[Field, ...] = (
    *(message(name) for name in ("out", "bap", "y1_out", "a_in")),
    "interval",
    "offset",
)
SENDS = ("s_out", "s_out_bap", "s_out_y1")


def fields_of(builder: Builder, neurons: AbstractProcess) -> dict[str, Any]:
    """Return the values of :data:`FIELDS`.

    Parameters
    ----------
    builder : Builder
    neurons : AbstractProcess
        With the ports of :data:`SENDS`, and ``a_in``; of parameters ``interval`` and ``offset``,
        where a presentation begins in the steps t with ``t % interval == offset % interval``.

    Returns
    -------
    dict
        As :meth:`Builder.add` takes them.
    """
    interval = neurons.proc_params["interval"]
    return {
        "out": builder.sent(neurons.s_out),
        "bap": builder.sent(neurons.s_out_bap),
        "y1_out": builder.sent(neurons.s_out_y1),
        "a_in": builder.receive(neurons.a_in),
        "interval": interval,
        "offset": neurons.proc_params["offset"] % interval,
    }
