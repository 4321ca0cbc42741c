"""Checks of arguments: what is wrong, by field and value, and what would be right."""

from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.processes.kernels.integers import STATE_MAX, UNITY

SEED_MAX = 2**63 - 1
SHOWN_CHARACTERS = 100


def integer(field: str, value: object, lowest: int, highest: int | None = None) -> int:
    """Return `value` as an int in lowest .. highest, or raise a ValueError that names `field`."""
    bounds = f"an integer from {lowest}" + ("" if highest is None else f" to {highest}")
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ValueError(f"{field} is {shown(value)}; it must be {bounds}")
    if value < lowest or (highest is not None and value > highest):
        raise ValueError(f"{field} is {shown(int(value))}; it must be {bounds}")
    return int(value)


def seed(field: str, value: object) -> int:
    """Return `value` as a seed, 0 .. 2**63 - 1."""
    return integer(field, value, 0, SEED_MAX)


def one_of(field: str, value: object, allowed: Sequence[str]) -> str:
    """Return a value that is among those allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{field} is {shown(value)}; it must be one of {', '.join(allowed)}")
    return value


def instance(field: str, value: Any, kind: Any, description: str) -> None:
    """Refuse a value that is not of a kind; the description says what it must be."""
    if not isinstance(value, kind):
        raise ValueError(f"{field} is {shown(value)}; it must be {description}")


def boolean(field: str, value: object) -> bool:
    """Return `value` as a bool."""
    instance(field, value, bool | np.bool_, "True or False")
    return bool(value)


def function(field: str, value: object) -> Callable[..., Any]:
    """Return a value that can be called."""
    if not callable(value):
        raise ValueError(f"{field} is {shown(value)}; it must be callable")
    return value


def sequence(field: str, value: object, count: int | None = None, of: str = "values") -> list[Any]:
    """Return a list, tuple or array as a list, which must have `count` elements, at least one."""
    if not isinstance(value, list | tuple | np.ndarray) or (
        isinstance(value, np.ndarray) and value.ndim == 0
    ):
        raise ValueError(f"{field} is {shown(value)}; it must be a sequence of {of}")
    if len(value) != count if count is not None else len(value) == 0:
        needed = "at least one" if count is None else count
        raise ValueError(f"{field} has {len(value)} {of}; it must have {needed}")
    return list(value)


def shown(value: object) -> str:
    """Return what a message says of a value: its repr, or the beginning of it."""
    try:
        text = repr(value)
    except Exception:  # such as that of an integer of many digits
        return f"of type {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def number(field: str, value: Any, lowest: float, highest: float = np.inf) -> float:
    """Return `value` as a finite float in lowest .. highest."""
    if isinstance(value, bool | np.bool_):
        raise ValueError(f"{field} is {value}; it must be a number")
    return float(array(field, value, (), lowest, highest))


def positive(field: str, value: object, highest: float = np.inf) -> float:
    """Return `value` as a finite float above 0, at most highest."""
    checked = number(field, value, 0, highest)
    if checked == 0:
        raise ValueError(f"{field} is 0; it must be above 0")
    return checked


def array(
    field: str,
    value: ArrayLike,
    shape: tuple[int, ...] | None,
    lowest: float = -np.inf,
    highest: float = np.inf,
) -> NDArray[np.float64]:
    """Return `value` as a finite float64 array of a shape, within bounds.

    A scalar is spread over the shape; None: of any shape.

    Raises
    ------
    ValueError
        Not numeric, NaN or infinite, out of bounds, or of another shape; the message names the
        field, the first offending value and what would be right.
    """
    values = _numeric(field, value)
    if shape is None:
        shape = values.shape
    if values.shape not in ((), shape):
        raise ValueError(f"{field} has shape {values.shape}; it must have shape {shape}")
    finite = np.isfinite(values)
    if not finite.all():
        raise ValueError(f"{field} holds {values[~finite].flat[0]}; it must be finite")
    outside = (values < lowest) | (values > highest)
    if outside.any():
        bounds = f"from {lowest:g}" + ("" if np.isinf(highest) else f" to {highest:g}")
        raise ValueError(f"{field} holds {values[outside].flat[0]:g}; it must be {bounds}")
    return np.broadcast_to(values, shape).copy()


def _numeric(field: str, value: object) -> NDArray[np.float64]:
    """Return `value` as float64; text, complex numbers, None and masked arrays are not numeric."""
    try:
        given = np.asarray(value)
        if given.dtype.kind in "biufO" and not isinstance(value, NoneType | np.ma.MaskedArray):
            return given.astype(np.float64, copy=False)
    except Exception:  # whatever an object's conversion raises
        pass
    raise ValueError(f"{field} is {shown(value)}; it must be numeric")


def matrix(
    field: str,
    value: ArrayLike,
    axes: str = "post, pre",
    lowest: float = -np.inf,
    highest: float = np.inf,
) -> NDArray[np.float64]:
    """Return `value` as a finite float64 matrix that is not empty, within bounds; see `array`."""
    checked = array(field, value, None, lowest, highest)
    if checked.ndim != 2 or checked.size == 0:
        raise ValueError(f"{field} has shape {checked.shape}; it must be ({axes})")
    return checked


def schedule(wake_steps: object, sleep_steps: object) -> tuple[int, int]:
    """Return the steps of both phases of a cycle, from 0, not both 0."""
    steps = integer("wake_steps", wake_steps, 0), integer("sleep_steps", sleep_steps, 0)
    if sum(steps) == 0:
        raise ValueError("wake_steps and sleep_steps are both 0; a cycle needs at least one step")
    return steps


def layer_shape(field: str, value: object) -> tuple[int]:
    """Return `value`, the shape of a layer, as a tuple of one positive int."""
    if not isinstance(value, tuple) or len(value) != 1:
        raise ValueError(
            f"{field} is {shown(value)}; it must be a tuple of one integer, (neurons,)"
        )
    return (integer(f"{field}[0]", value[0], 1),)


def plane(field: str, value: object, neurons: int) -> tuple[int, int]:
    """Return `value`, (rows, columns) of an input plane, whose product must be `neurons`."""
    if not isinstance(value, tuple) or len(value) != 2 or value[0] * value[1] != neurons:
        raise ValueError(
            f"{field} is {value!r}; it must be (rows, columns) with rows * columns = {neurons}"
        )
    return value


def decay(field: str, value: object) -> float:
    """Return `value` as a decay: a share 0 .. 1, or an integer number of 4096ths, 2 .. 4096."""
    share = number(field, value, 0, UNITY)
    if share > 1 and share != int(share):
        raise ValueError(
            f"{field} is {value}; it must be from 0 to 1, or a whole number of 4096ths in fixed_pt"
        )
    return share


def threshold(field: str, value: object) -> float:
    """Return `value` as a threshold, above 0 and below 2**23."""
    return positive(field, value, STATE_MAX)


def integers(parameters: dict[str, float]) -> tuple[int, ...]:
    """Return parameters for Loihi's integers, in their order.

    Raises
    ------
    ValueError
        One is no integer; the message names it.
    """
    for field, value in parameters.items():
        if value != int(value):
            raise ValueError(f"{field} is {value:g}; in fixed_pt it must be an integer")
    return tuple(int(value) for value in parameters.values())
