"""The Processes that carry spikes between host and chip; they come with Intel's extension."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loihi_sleep.errors import EngineUnavailable

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

ADAPTER_MODULE = "lava.proc.embedded_io.spike"


@dataclass(frozen=True)
class Adapters:
    """Kinds of Process that stand where spikes cross the boundary.

    Both are made as ``kind(shape=..., num_message_bits=...)``, where 0 bits stand for spikes
    without a value, and have the ports ``inp`` and ``out``.

    Parameters
    ----------
    to_chip : type of AbstractProcess
        ``PyToNxAdapter``, or a stand-in.
    from_chip : type of AbstractProcess
        ``NxToPyAdapter``, or a stand-in.

    Notes
    -----
    The interface is that of public code: lava-nc ``networks/gradedvecnetwork.py``, lava-dnf
    ``demos/motion_tracking``.
    """

    to_chip: type[Any]
    from_chip: type[Any]

    def include(self, process: AbstractProcess) -> bool:
        """Whether a Process is one of these.

        Parameters
        ----------
        process : AbstractProcess

        Returns
        -------
        bool
        """
        return isinstance(process, self.to_chip | self.from_chip)


def find_adapters() -> Adapters:
    """Import the adapters of Intel's extension.

    Raises
    ------
    EngineUnavailable
        They cannot be imported.
    """
    try:
        module = importlib.import_module(ADAPTER_MODULE)
        return Adapters(module.PyToNxAdapter, module.NxToPyAdapter)
    except (ImportError, AttributeError) as error:
        raise EngineUnavailable(
            f"the spike adapters of Intel's hardware extension cannot be imported from "
            f"{ADAPTER_MODULE}: {error}"
        ) from None
