"""Values for Vars that are sparse matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse, spmatrix

from loihi_sleep.processes import checks


def with_entries(name: str, pattern: spmatrix, value: Any) -> csr_matrix:
    """Give the entries of a sparse matrix new values; which entries there are stays as it is.

    Parameters
    ----------
    name : str
        For messages.
    pattern : sparse matrix
        Its entries are those of the result, also where they are 0.
    value : array_like or sparse matrix
        Finite numbers of the same shape, or one for all entries.

    Returns
    -------
    csr_matrix

    Raises
    ------
    ValueError
        It has another shape, is not numeric, or is not 0 where the pattern has no entry.
    """
    made = pattern.tocsr().copy()
    places = (np.repeat(np.arange(made.shape[0]), np.diff(made.indptr)), made.indices)
    if issparse(value):
        given = value.tocsr()
        if given.shape != made.shape:
            raise ValueError(f"{name} has shape {given.shape}; it must have shape {made.shape}")
        checks.array(name, given.data, given.data.shape)
        made.data = np.asarray(given[places]).ravel().astype(given.dtype)
        outside = given.count_nonzero() - np.count_nonzero(made.data)
    elif np.ndim(value) == 0:
        made.data = checks.array(name, value, made.data.shape)
        outside = 0
    else:
        dense = checks.array(name, value, made.shape)
        made.data = dense[places]
        outside = np.count_nonzero(dense) - np.count_nonzero(made.data)
    if outside:
        raise ValueError(
            f"{name} is not 0 where there is no synapse (places: {outside}); only the {made.nnz} "
            "synapses that the Process was made with have values"
        )
    return made
