"""How much hangs on each of many parameters, from few runs: a two-level screening design.

All parameters are moved at once, each up or down by the same factor, in combinations that are
orthogonal (columns of a Hadamard matrix; Plackett and Burman, Biometrika 33, 1946). Each is run
together with its mirror image, in which all are moved the other way, on the same seed:
differences within such pairs hold neither what is special to the seed nor interactions of two
parameters (Box and Wilson, J. R. Stat. Soc. B 13, 1951).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import hadamard
from scipy.stats import t as student_t


@dataclass(frozen=True)
class Effect:
    """What a measure gains when a parameter goes from its low to its high level.

    Parameters
    ----------
    mean : float
        In the unit of the measure, in the mean over what the other parameters are.
    standard_error : float
        From what all parameters together leave unexplained.
    p : float
        Two-sided, of a t test against no effect.
    """

    mean: float
    standard_error: float
    p: float


def combinations(parameters: int, pairs: int) -> NDArray[np.int64]:
    """Return which way each parameter is moved in the first run of each pair.

    Parameters
    ----------
    parameters : int
        At least 1.
    pairs : int
        A power of 2 above `parameters` + 1, so that something is left to tell the error from.

    Returns
    -------
    ndarray of int64, shape (pairs, parameters)
        1 or -1; columns are orthogonal. The second run of a pair has the opposite signs.

    Raises
    ------
    ValueError
        For other numbers.
    """
    if parameters < 1:
        raise ValueError(f"parameters is {parameters}; it must be at least 1")
    if pairs < parameters + 2 or pairs & (pairs - 1):
        raise ValueError(
            f"pairs is {pairs}; it must be a power of 2 and at least parameters + 2, "
            f"{parameters + 2}"
        )
    return np.asarray(hadamard(pairs)[:, 1 : parameters + 1], dtype=np.int64)


def effects(
    signs: NDArray[np.int64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> list[Effect]:
    """Estimate the effect of each parameter on a measure.

    Parameters
    ----------
    signs : ndarray of int64, shape (pairs, parameters)
        From :func:`combinations`.
    first, second : ndarray, shape (pairs,)
        The measure in the two runs of each pair.

    Returns
    -------
    list of Effect
        By parameter.
    """
    pairs, parameters = signs.shape
    differences = first - second
    # Half a difference is what the signs add; from the low to the high level it is twice that.
    means = signs.T @ differences / pairs
    left = differences - signs @ means
    freedom = pairs - parameters
    error = float(np.sqrt((left**2).sum() / freedom / pairs))
    # Where nothing is left unexplained, any effect is certain.
    ratios = np.divide(abs(means), error, out=np.where(means, np.inf, 0.0), where=error > 0)
    chances = 2 * student_t.sf(ratios, freedom)
    return [Effect(float(m), error, float(p)) for m, p in zip(means, chances, strict=True)]
