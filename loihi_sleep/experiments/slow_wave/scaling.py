"""What takes the place of sleep in controls: features are scaled until their mean norm is given."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scaling = Literal["renorm", "decay", "common"]
# Share of a feature that a spike may take at most.
DECAY_MAX = 0.1


def scales(
    kind: Scaling, norms: NDArray[np.float64], spikes: ArrayLike, norm: float
) -> NDArray[np.float64]:
    """Find the factors of features that bring their mean norm to a given one.

    Parameters
    ----------
    kind : {'renorm', 'decay', 'common'}
        Each feature is brought to the norm; each spike of its neuron takes the same share of a
        feature, none where norms are small already; or all features are scaled alike.
    norms : ndarray, shape (features,)
        Norms of the features.
    spikes : array_like, shape (features,)
        Spikes of their neurons since features were scaled last.
    norm : float
        That is asked for, above 0.

    Returns
    -------
    ndarray, shape (features,)
    """
    if kind == "renorm":
        return norm / np.maximum(norms, 1e-9)
    if kind == "common":
        return np.full(len(norms), norm / max(norms.mean(), 1e-9))
    from scipy.optimize import brentq

    counts = np.asarray(spikes, dtype=float)

    def above(share: float) -> float:
        return float((norms * (1 - share) ** counts).mean()) - norm

    if above(0.0) <= 0:
        share = 0.0
    elif above(DECAY_MAX) >= 0:
        share = DECAY_MAX
    else:
        share = float(brentq(above, 0.0, DECAY_MAX))
    scaled: NDArray[np.float64] = (1 - share) ** counts
    return scaled
