"""The state of a network on the compiled engine as named arrays, for a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.checkpoint import State

_PREFIX = "state_"
_TIME_STEP, _ARRAY, _KEPT = f"{_PREFIX}time_step", f"{_PREFIX}array_", f"{_PREFIX}kept_"


def as_arrays(state: State) -> dict[str, NDArray[Any]] | None:
    """Return a state as arrays of numbers by name.

    Parameters
    ----------
    state : State
        From :func:`loihi_sleep.engine.state`.

    Returns
    -------
    dict of str to ndarray or None
        None where arrays of numbers cannot hold it: learning rules whose parameters may change,
        models in Python, texts.
    """
    if state.layers or state.models is not None:
        return None
    if not all(isinstance(content, np.ndarray) for content in state.kept):
        return None
    return {
        _TIME_STEP: np.array(state.time_step, dtype=np.int64),
        **{f"{_ARRAY}{name}": array for name, array in state.arrays.items()},
        **{f"{_KEPT}{i}": np.asarray(content) for i, content in enumerate(state.kept)},
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> State:
    """Make the state of arrays that :func:`as_arrays` returned; others among them are left out.

    Raises
    ------
    ValueError
        There is no state among them. What is damaged is found when it is restored.
    """
    if _TIME_STEP not in arrays:
        raise ValueError("there is no state of a network")
    kept = sum(name.startswith(_KEPT) for name in arrays)
    return State(
        time_step=int(arrays[_TIME_STEP]),
        arrays={
            name.removeprefix(_ARRAY): array
            for name, array in arrays.items()
            if name.startswith(_ARRAY)
        },
        kept=tuple(arrays[f"{_KEPT}{i}"] for i in range(kept)),
        layers=(),
    )
