"""Looking through a state before a network takes it: no number may lead out of the arrays.

The compiled code believes what the arrays say: which neurons have spiked, how many, where a ring
begins. A state from a damaged file could make it read or write anywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from loihi_sleep.engine.bounds import Arrays, part
from loihi_sleep.engine.memory import Storage
from loihi_sleep.engine.program import Program
from loihi_sleep.engine.schedules import check_schedules, schedules_of
from loihi_sleep.engine.variables import StoredVariable

# Arrays in which there is something that leads the compiled code; others hold amounts only, which a
# network in float may also have made NaN or infinite by itself.
_LEADING = ("index", "counters", "reals")


def check_arrays(program: Program, arrays: Arrays, time_step: int, kept: list[Any]) -> None:
    """Refuse arrays that would lead the compiled code out of them, or nowhere.

    Parameters
    ----------
    program : Program
        Program of the network that is to take them.
    arrays : dict of str to ndarray
        Arrays of its sizes and types.
    time_step : int
    kept : list
        What the state holds of :meth:`Program.kept`, in its order.

    Raises
    ------
    ValueError
        The message names what is damaged.
    """
    for bound in program.bounds:
        bound.check(arrays)
    for what, region in program.constants:
        if not np.array_equal(part(arrays, region), program.storage.view(region)):
            raise ValueError(f"the state is damaged, or of another network: {what} differ")
    for var_id, variable in program.variables.items():
        if isinstance(variable, StoredVariable) and variable.region.array in _LEADING:
            try:
                values = variable.shaped(part(arrays, variable.region))
                program.domain(var_id).within(values, finite=False)
            except ValueError as error:
                raise ValueError(f"the state is damaged: {error}") from error
    check_schedules(schedules_of(program), arrays["counters"])
    for (_, variable), content in zip(program.kept(), kept, strict=True):
        if hasattr(variable, "check_content"):
            variable.check_content(content, arrays)
    for check in program.checks:
        check(arrays, time_step)


def check_shapes(storage: Storage, arrays: Arrays) -> None:
    """Refuse arrays of other sizes or types than a memory's.

    Raises
    ------
    ValueError
    """
    for name, array in storage.remembered.items():
        other = arrays.get(name)
        if not isinstance(other, np.ndarray):
            raise ValueError(f"the state is of another network: its {name!r} has nothing")
        if other.shape != array.shape or other.dtype != array.dtype:
            raise ValueError(
                f"the state is of another network: its {name!r} has {other.shape} {other.dtype}, "
                f"the network's {array.shape} {array.dtype}"
            )
