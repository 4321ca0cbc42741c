"""What is done with Lava's Processes once their network has been given to a runtime."""

from __future__ import annotations

import logging
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
    for process in processes:

        def refuse(*_: Any, process: AbstractProcess = process) -> NoReturn:
            raise UnsupportedGraph(
                f"Process {process.name!r} ({type(process).__name__}) has been run or attached "
                "before; connect and probe before the first run, or build the network anew"
            )

        members = (process.in_ports, process.out_ports, process.ref_ports, process.var_ports)
        for collection in members:
            for port in collection.members:
                # As attributes of the object: Lava calls these methods for each connection.
                vars(port).update(_add_inputs=refuse, _add_outputs=refuse)
            vars(collection).update(add_members=refuse)


def release(processes: Collection[AbstractProcess]) -> None:
    """Take Processes, their Vars and their log handlers out of Lava's lists.

    Lava lists all Processes and Vars that were ever made, and each Process adds a handler to the
    root logger: none of them would ever be freed. Their ids come from a counter and stay unique.

    Parameters
    ----------
    processes : collection of AbstractProcess
        All of a network.
    """
    from lava.magma.core.process.process import ProcessServer
    from lava.magma.core.process.variable import VarServer

    released = {id(process) for process in processes}
    made, variables = ProcessServer().processes, VarServer().vars
    made[:] = [process for process in made if id(process) not in released]
    variables[:] = [var for var in variables if id(var.process) not in released]
    for config in {id(p._log_config): p._log_config for p in processes}.values():
        _drop_repeated_handlers(config.format, config.date_format, config.level_console)


def _drop_repeated_handlers(text: str, date: str, level: int) -> None:
    """Keep the last of the handlers that Lava adds to the root logger, all alike."""
    handlers = logging.getLogger().handlers
    alike = [
        handler
        for handler in handlers
        if type(handler) is logging.StreamHandler
        and handler.formatter is not None
        and (handler.formatter._fmt, handler.formatter.datefmt) == (text, date)
        and handler.level == level
    ]
    repeated = {id(handler) for handler in alike[:-1]}
    handlers[:] = [handler for handler in handlers if id(handler) not in repeated]
