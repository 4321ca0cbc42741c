"""Networks that have been given to a runtime take no more connections."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NoReturn

from loihi_sleep.errors import UnsupportedGraph

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess


def close_connections(processes: Collection[AbstractProcess]) -> None:
    """Refuse whatever is connected to Processes from now on, a Monitor's probe as well.

    A runtime knows the connections that were there when it got the network; Lava accepts later ones
    without a word, and nothing ever passes through them.

    Parameters
    ----------
    processes : collection of AbstractProcess
        All of a network.
    """
    from loihi_sleep.graphs.hierarchy import label, ports_of

    for process in processes:

        def refuse(*_: Any, process: AbstractProcess = process) -> NoReturn:
            raise UnsupportedGraph(
                f"{label(process)} has been run or attached before; connect and probe before the "
                "first run, or build the network anew"
            )

        for collection in ports_of(process):
            for port in collection.members:
                # As attributes of the object: Lava calls these methods for each connection.
                vars(port).update(_add_inputs=refuse, _add_outputs=refuse)
            vars(collection).update(add_members=refuse)
