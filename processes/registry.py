"""Lava's lists of all Processes and Vars that were ever made."""

import logging
from collections.abc import Collection

from lava.magma.core.process.process import AbstractProcess, ProcessServer
from lava.magma.core.process.variable import VarServer


def release(processes: Collection[AbstractProcess]) -> None:
    """Take Processes, their Vars and their log handlers out of Lava's lists.

    Lava lists all Processes and Vars that were ever made, and each Process adds a handler to the
    root logger: none of them would ever be freed. Their ids come from a counter and stay unique.

    Parameters
    ----------
    processes : collection of AbstractProcess
        All of a network.
    """
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
