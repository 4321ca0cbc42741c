"""The decorator of the ProcessModels here: which Process they run, and in which numerics."""

from collections.abc import Callable
from typing import TypeVar

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

Model = TypeVar("Model", bound=type)


def model_of(process: type[AbstractProcess], *tags: str) -> Callable[[Model], Model]:
    """Declare a model that runs a Process on this computer, in Loihi's phases of a step.

    Parameters
    ----------
    process : type of AbstractProcess
    *tags : str
        ``floating_pt`` or ``fixed_pt``, and others by which a run configuration may choose it.
    """

    def declare(model: Model) -> Model:
        declared: Model = implements(proc=process, protocol=LoihiProtocol)(
            requires(CPU)(tag(*tags)(model))
        )
        return declared

    return declare
